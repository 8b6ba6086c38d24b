"""SCH005 on evidence made by hand."""

import pytest

from pointed import CLOSED, guarded
from pytest_readiness import Status
from readiness_checks.schema.policies_ask_no_user_metadata import policies_ask_no_user_metadata


@pytest.mark.parametrize("evidence", [(guarded("(auth.jwt() -> 'user_metadata') is not null"), CLOSED)])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = policies_ask_no_user_metadata(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize("evidence", [(guarded("(auth.jwt() -> 'app_metadata') is not null"), CLOSED)])
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in policies_ask_no_user_metadata(*evidence)} == {Status.PASSED}
