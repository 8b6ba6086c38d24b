"""SCH009 on evidence made by hand."""

import pytest

from pointed import CLOSED, function
from pytest_readiness import Status
from readiness_checks.schema.definer_functions_fix_their_path import definer_functions_fix_their_path


@pytest.mark.parametrize("evidence", [(function(), CLOSED)])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = definer_functions_fix_their_path(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence", [(function(config=('search_path=""',)), CLOSED), (function(definer=False), CLOSED)]
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in definer_functions_fix_their_path(*evidence)} == {Status.PASSED}
