"""SCH022 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, function, guarded
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


HIDDEN = replace(CLOSED, exposed=("api",), calls=(Call("public.f()", "anon"),))


@pytest.mark.parametrize(
    ("using", "status"),
    [
        ("f(id)", Status.PASSED),
        ('"public".f (id)', Status.PASSED),
        ("(f = 1)", Status.FAILED),
        ("other.f(id)", Status.FAILED),
    ],
)
def test_what_policies_need_is_not_told_where_the_api_does_not_show_it(using, status):
    catalog = replace(guarded(using), functions=function().functions)
    (finding,) = definer_functions_are_not_for_all(catalog, HIDDEN)
    assert finding.status is status
    (finding,) = definer_functions_are_not_for_all(catalog, replace(HIDDEN, exposed=("public",)))
    assert finding.status is Status.FAILED
