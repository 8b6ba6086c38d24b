"""SCH022 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, function
from pytest_readiness import Status
from pytest_readiness.evidence.schema import Call
from readiness_checks.schema.definer_functions_are_not_for_all import definer_functions_are_not_for_all


@pytest.mark.parametrize("evidence", [(function(), replace(CLOSED, calls=(Call("public.f()", "anon"),)))])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = definer_functions_are_not_for_all(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [(function(), CLOSED), (function(definer=False), replace(CLOSED, calls=(Call("public.f()", "anon"),)))],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in definer_functions_are_not_for_all(*evidence)} == {Status.PASSED}
