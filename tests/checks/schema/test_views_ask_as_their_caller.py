"""SCH004 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, NOTES, OPEN, UNTRIED, attacked, function, table
from pytest_readiness import Status
from readiness_checks.schema.views_ask_as_their_caller import views_ask_as_their_caller
from relations import catalog


@pytest.mark.parametrize(
    "evidence", [(table(kind="view"), OPEN, UNTRIED), (table(kind="view"), OPEN, attacked(1))]
)
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = views_ask_as_their_caller(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (table(kind="view"), OPEN, attacked(0)),
        (table(kind="view", options=("security_invoker=on",)), OPEN, UNTRIED),
        (table(kind="view"), CLOSED, UNTRIED),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in views_ask_as_their_caller(*evidence)} == {Status.PASSED}


@pytest.mark.parametrize(
    ("foreign", "facts"), [(1, {"unclear": "rows with is_template"}), (0, {"untold": "aid beside a key"})]
)
def test_what_others_may_be_meant_to_read_is_unknown(foreign, facts):
    access = attacked(foreign)
    doubted = replace(access, relations=tuple(replace(one, **facts) for one in access.relations))
    (finding,) = views_ask_as_their_caller(table(kind="view"), OPEN, doubted)
    assert finding.status is Status.UNKNOWN
    assert 'world_readable = ["public.notes"]' in finding.fix


@pytest.mark.parametrize(
    ("rls", "asks", "status"),
    [(False, True, Status.PASSED), (True, True, Status.FAILED), (False, False, Status.FAILED)],
    ids=["its own guard", "beside policies", "asks nobody"],
)
def test_a_view_that_guards_what_has_no_policies_has_nobody_to_ask(rls, asks, status):
    told = function(name="public.me", body="select current_setting('app.user')" if asks else "select 1")
    view = replace(NOTES, kind="view", rls=False, view="select * from totals where id = me()")
    beneath = replace(NOTES, name="public.totals", table="totals", kind="materialized view", rls=rls)
    evidence = replace(catalog(view, beneath), functions=told.functions)
    (finding,) = views_ask_as_their_caller(evidence, OPEN, UNTRIED)
    assert finding.status is status
