"""Whose name an entry has that has the owner's of a function, and which functions write entries."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.judges.audit.recorders import recorders, says_the_owner
from relations import catalog, column, relation

SERVICE, ALICE = ("service_role", "authenticator"), ("authenticated", "authenticator")
ROOT = ("root", "root")
OWNER = ("keeper", "keeper")


def said(*held):
    return says_the_owner([(who, entry) for who, entry in held], "keeper", ["who", "as_whom"])


def test_an_entry_of_several_roles_that_has_one_name_names_nobody():
    assert said((SERVICE, {"who": "keeper"}), (ROOT, {"who": "keeper"})) == ["who"]


@pytest.mark.parametrize(
    "held",
    [
        [(SERVICE, {"who": "keeper"})],
        [(SERVICE, {"who": "keeper"}), (SERVICE, {"who": "keeper"})],
        [(SERVICE, {"who": "keeper"}), (ROOT, {"who": "root"})],
        [(SERVICE, {"who": "authenticator"}), (ROOT, {"who": "root"})],
        [(OWNER, {"who": "keeper"}), (OWNER, {"who": "keeper"})],
        [
            (SERVICE, {"who": "keeper", "as_whom": "service_role"}),
            (ROOT, {"who": "keeper", "as_whom": "root"}),
        ],
    ],
    ids=["one", "one role", "the role", "the login", "the owner", "who acted beside it"],
)
def test_who_may_have_acted_is_no_lie(held):
    assert said(*held) == []


def function(name, body, *, definer=True, returns="trigger"):
    return Function(
        *("public", f"public.{name}", f"public.{name}()", "function", returns, definer, "keeper", "volatile"),
        *("plpgsql", (), body, 0, (), ()),
    )


def test_what_triggers_run_and_call_with_its_owners_rights_records():
    jobs = relation("public.jobs", column("id"), body="begin perform public.note(); end")
    found = replace(
        catalog(jobs),
        functions=(
            function("f", "begin perform public.note(); end", definer=False),
            function("note", "select 1", returns="void"),
            function("pay", "select 2", returns="void"),
        ),
    )
    assert [one.name for one in recorders(found, jobs)] == ["public.note"]
