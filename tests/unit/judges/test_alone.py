"""A list of users that alone shows rows by what both name says who belongs there, without a table of that."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Argument, CheckConstraint, Function, Privileges
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

ASKED = (
    "EXISTS ( SELECT 1 FROM rowers r WHERE r.boat = logs.boat AND r.rower = auth.uid() AND r.standing = 'in')"
)
STATE = CheckConstraint("c", ("standing",), "CHECK (standing = ANY (ARRAY['asked', 'in']))")


def members(kind="uuid", using=(ASKED,), unique=(("boat", "rower"),), checks=(), more=()):
    """Return the tables of memberships."""
    listing = relation(
        "public.rowers", column("boat", kind), column("rower"), column("standing", "text"), key=(), using=()
    )
    logs = relation(
        "public.logs", column("id"), column("boat", kind), column("entry", "text"), *more, using=using
    )
    found = catalog(replace(listing, unique=unique, checks=checks), logs)
    return [one.relation for one in infer(found, Isolation(), "auth.users").memberships]


@pytest.mark.parametrize(
    "given",
    [{}, {"checks": (STATE,)}, {"kind": "integer", "checks": (STATE,)}],
    ids=["key", "state", "number"],
)
def test_it_is_one_of_members(given):
    assert members(**given) == ["public.rowers"]


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "integer"},
        {"kind": "text"},
        {"unique": ()},
        {"using": (ASKED, "true")},
        {"using": (ASKED + " OR (skipper = auth.uid())",), "more": (column("skipper"),)},
    ],
    ids=["levels reached", "topics followed", "several times", "shown to all", "shown to others"],
)
def test_else_it_is_none(given):
    assert not members(**given)


BEGUN = "EXISTS ( SELECT 1 FROM rowers r WHERE r.rower = auth.uid() AND {})"
GIVEN = Function(
    schema="public",
    name="public.may",
    signature="public.may(n text)",
    kind="function",
    returns="boolean",
    definer=True,
    owner="postgres",
    volatility="stable",
    language="sql",
    config=(),
    body=f"select {BEGUN.format('starts_with(n, r.{name})')}",
    defaults=0,
    arguments=(Argument("n", "text", "text", "b"),),
    callers=(),
)


def folders(asked="", *, name="slug", wrote=False):
    """Return the tables of memberships where paths begin with what a list names."""
    listing = relation("public.rowers", column(name, "text"), column("rower"), key=(), using=())
    held = {"authenticated": Privileges(select=frozenset(), insert=frozenset({name} if wrote else ()))}
    listing = replace(listing, unique=((name, "rower"),), privileges=held, rls=False)
    using = BEGUN.format(asked.format(name=name)) if asked else "may(path)"
    logs = relation("public.logs", column("id"), column("path", "text"), using=(using,))
    given = replace(GIVEN, body=GIVEN.body.format(name=name))
    found = infer(replace(catalog(listing, logs), functions=(given,)), Isolation(), "auth.users")
    return [one.relation for one in found.memberships], found.owned.get("public.logs")


@pytest.mark.parametrize(
    "asked",
    ["starts_with(logs.path, r.{name})", "split_part(logs.path, '/', 1) = r.{name}", ""],
    ids=["begins", "its first part", "given to a function"],
)
def test_words_are_keys_where_paths_begin_with_them(asked):
    listed, logs = folders(asked)
    assert (listed, logs.tenants, logs.paths) == (["public.rowers"], ("path",), (("path", "/", "text"),))


@pytest.mark.parametrize(
    "given", [{"name": "path_prefix"}, {"wrote": True}], ids=["ends anywhere", "followed at will"]
)
def test_nor_are_they_where_they_end_as_somebody_wrote_them(given):
    listed, _ = folders("starts_with(logs.path, r.{name})", **given)
    assert not listed
