"""Whose word for a row it is, a trigger compares with the caller."""

from dataclasses import replace

import pytest

from pytest_readiness.judges.purpose.approvals import vouching
from relations import column, relation


def told(body, events=("UPDATE",), name="approved_by"):
    results = relation("public.results", column("id"), column(name), body=body)
    (trigger,) = results.triggers
    results = replace(results, triggers=(replace(trigger, events=events, body=body),))
    return list(vouching(results, [name]))


@pytest.mark.parametrize(
    "body",
    [
        "if new.approved_by <> auth.uid() then raise exception 'no'; end if;",
        "if NEW.approved_by is distinct from (select auth.uid()) then raise exception 'no'; end if;",
        "if (select auth.uid()) <> new.approved_by then raise exception 'no'; end if;",
        "if new.approved_by != current_setting('app.user')::uuid then raise exception 'no'; end if;",
    ],
)
def test_a_name_that_only_its_bearer_may_write(body):
    assert told(body) == ["approved_by"]


@pytest.mark.parametrize(
    ("body", "events", "name"),
    [
        ("if old.approved_by <> auth.uid() then raise exception 'no'; end if;", ("UPDATE",), "approved_by"),
        ("if new.approved_by <> auth.uid() then raise exception 'no'; end if;", ("INSERT",), "approved_by"),
        ("if new.assigned_to <> auth.uid() then raise exception 'no'; end if;", ("UPDATE",), "assigned_to"),
        ("new.approved_at := now();", ("UPDATE",), "approved_by"),
    ],
)
def test_what_says_nothing_of_it(body, events, name):
    assert not told(body, events, name)
