"""SCH002 on evidence made by hand."""

import pytest

from pointed import CLOSED, guarded, table
from pytest_readiness import Status
from readiness_checks.schema.policies_are_in_force import policies_are_in_force


@pytest.mark.parametrize("evidence", [(guarded("true", rls=False), CLOSED)])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = policies_are_in_force(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize("evidence", [(guarded("true"), CLOSED), (table(rls=False), CLOSED)])
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in policies_are_in_force(*evidence)} == {Status.PASSED}
