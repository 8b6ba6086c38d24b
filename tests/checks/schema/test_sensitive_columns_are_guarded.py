"""SCH007 on evidence made by hand."""

import pytest

from pointed import CLOSED, OPEN, table
from pytest_readiness import Status
from readiness_checks.schema.sensitive_columns_are_guarded import sensitive_columns_are_guarded
from relations import column


@pytest.mark.parametrize("name", ["card_number", "API-Key", "creditCardNumber", "Date of Birth"])
def test_what_the_catalog_points_at_fails(name):
    (finding, *_) = sensitive_columns_are_guarded(table(rls=False, columns=(column(name, "text"),)), OPEN)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (table(rls=True, columns=(column("card_number", "text"),)), OPEN),
        (table(rls=False, columns=(column("tokens", "integer"),)), OPEN),
        (table(rls=False, columns=(column("password", "text"),)), CLOSED),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in sensitive_columns_are_guarded(*evidence)} == {Status.PASSED}
