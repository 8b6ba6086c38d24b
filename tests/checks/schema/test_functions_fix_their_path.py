"""SCH010 on evidence made by hand."""

import pytest

from pointed import CLOSED, function
from pytest_readiness import Status
from readiness_checks.schema.functions_fix_their_path import functions_fix_their_path


@pytest.mark.parametrize("evidence", [(function(definer=False), CLOSED)])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = functions_fix_their_path(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence", [(function(definer=False, config=("search_path=public",)), CLOSED), (function(), CLOSED)]
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in functions_fix_their_path(*evidence)} == {Status.PASSED}
