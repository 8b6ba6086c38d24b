"""SCH017 on evidence made by hand."""

import pytest

from pointed import CLOSED, OPEN, guarded, table
from pytest_readiness import Status
from readiness_checks.schema.row_security_has_policies import row_security_has_policies


@pytest.mark.parametrize("evidence", [(table(rls=True), OPEN)])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = row_security_has_policies(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence", [(guarded("true"), CLOSED), (table(rls=False), OPEN), (table(rls=True), CLOSED)]
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in row_security_has_policies(*evidence)} == {Status.PASSED}
