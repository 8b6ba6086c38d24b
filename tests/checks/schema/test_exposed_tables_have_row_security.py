"""SCH001 on evidence made by hand."""

import pytest

from pointed import CLOSED, OPEN, UNTRIED, attacked, table
from pytest_readiness import Status
from readiness_checks.schema.exposed_tables_have_row_security import exposed_tables_have_row_security


@pytest.mark.parametrize("evidence", [(table(rls=False), OPEN, UNTRIED)])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = exposed_tables_have_row_security(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (table(rls=True), OPEN, UNTRIED),
        (table(rls=False), CLOSED, UNTRIED),
        (table(rls=False), OPEN, attacked(0)),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in exposed_tables_have_row_security(*evidence)} == {Status.PASSED}
