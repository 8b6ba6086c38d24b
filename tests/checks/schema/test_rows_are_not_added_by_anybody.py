"""SCH019 on evidence made by hand."""

import pytest

from pointed import CLOSED, guarded
from pytest_readiness import Status
from readiness_checks.schema.rows_are_not_added_by_anybody import rows_are_not_added_by_anybody


@pytest.mark.parametrize("evidence", [(guarded(check="true", command="INSERT"), CLOSED)])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = rows_are_not_added_by_anybody(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize("evidence", [(guarded(check="(id = auth.uid())", command="INSERT"), CLOSED)])
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in rows_are_not_added_by_anybody(*evidence)} == {Status.PASSED}
