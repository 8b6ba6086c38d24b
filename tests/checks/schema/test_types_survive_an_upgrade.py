"""SCH021 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, table
from pytest_readiness import Status
from readiness_checks.schema.types_survive_an_upgrade import types_survive_an_upgrade


@pytest.mark.parametrize(
    "evidence", [(table(), replace(CLOSED, odd_types=(("public.notes", "body", "regproc"),)))]
)
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = types_survive_an_upgrade(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize("evidence", [(table(), CLOSED)])
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in types_survive_an_upgrade(*evidence)} == {Status.PASSED}
