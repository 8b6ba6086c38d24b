"""SCH020 on evidence made by hand."""

import pytest

from pointed import CLOSED, OPEN, table
from pytest_readiness import Status
from readiness_checks.schema.the_api_shows_what_policies_guard import the_api_shows_what_policies_guard


@pytest.mark.parametrize("evidence", [(table(kind="materialized view"), OPEN)])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = the_api_shows_what_policies_guard(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize("evidence", [(table(kind="materialized view"), CLOSED), (table(), OPEN)])
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in the_api_shows_what_policies_guard(*evidence)} == {Status.PASSED}
