"""Changes to views: whose rights they use, and what they filter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.fixes.predicates import conditions, wrapped
from pytest_readiness.fixes.system import Change, unwrapped
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.fixes.system import System

_INVOKER_SINCE = 150000
_WHERE = "\n  WHERE "
"""Where the server begins the filter of a whole query."""

_BEYOND_WHERE = re.compile(
    r"\b(group by|having|order by|limit|offset|union|intersect|except|window|distinct|join)\b",
    re.IGNORECASE,
)
_WRITES = ("insert", "update", "delete")


def changes(view: Relation, system: System) -> Iterator[Change]:
    """Yield what may close a view to strangers."""
    if view.kind == "view":
        if system.catalog.server_version >= _INVOKER_SINCE:
            yield from _invoker(view, system)
        yield from _checked(view, system)
        yield from _filtered(view, system)
        yield from _read_only(view, system)
    if view.kind in {"materialized view", "foreign table"}:
        roles = ", ".join(identifier(role) for role in system.held(view, "select"))
        yield Change((f"revoke select on {view.name} from {roles}",), "leaves it to the backend", 9)


def barrier(view: Relation, system: System) -> Iterator[Change]:
    """Yield what makes a view apply its filter before a caller's."""
    set_barrier = f"alter view {view.name} set (security_barrier = true)"
    yield Change((set_barrier,), "makes it filter before anything that a caller adds", 1)
    below = _chain(view, system)
    if len(below) > 1:
        every = tuple(f"alter view {one.name} set (security_barrier = true)" for one in below)
        yield Change(every, "makes it and the views below filter before anything that a caller adds", 2)


def _invoker(view: Relation, system: System) -> Iterator[Change]:
    chain = _chain(view, system)
    option = "set (security_invoker = true)"
    yield Change((f"alter view {view.name} {option}",), "lets it use the rights of whoever asks", 1)
    if len(chain) > 1:
        every = tuple(f"alter view {one.name} {option}" for one in chain)
        yield Change(every, "lets it and the views below use the rights of whoever asks", 2)
        for one in chain[1:]:
            yield Change(
                (f"alter view {one.name} {option}",), f"lets {one.name} use the rights of whoever asks", 2
            )


def _chain(view: Relation, system: System) -> list[Relation]:
    """Return a view and the views below it."""
    below = sorted(system.texts.depends_on(view.name) - {view.name})
    found = (system.catalog.relation(name) for name in below)
    return [view, *(one for one in found if one and one.kind == "view")]


def _filtered(view: Relation, system: System) -> Iterator[Change]:
    """Yield the view with a filter on the owner; who asks keeps the rights of its owner."""
    query = view.view.strip().rstrip(";")
    columns = ", ".join(f"v.{column.quoted}" for column in view.columns)
    written = any(system.held(view, verb) for verb in _WRITES)
    head = f"create or replace view {view.name} with (security_barrier = true"
    for place, condition in enumerate(conditions(view, system)):
        weight, what = 4 + 2 * place, "shows the caller's own rows"
        if not _BEYOND_WHERE.search(query):  # what stays plain can be written through as before
            option = ", check_option = cascaded" if written else ""
            yield Change((f"{head}{option}) as {_narrowed(query, condition)}",), what, weight)
        around = f"select {columns} from ({query}) v where {condition}"
        yield Change((f"{head}) as {around}",), what, weight + 1)


def _narrowed(query: str, condition: str) -> str:
    start, where, own = query.partition(_WHERE)
    if not where:
        return f"{start} where {condition}"
    return f"{start}{_WHERE}{wrapped(unwrapped(own))} and {wrapped(condition)}"


def _checked(view: Relation, system: System) -> Iterator[Change]:
    """Yield the check that a row which is written is one that the view shows."""
    if any(system.held(view, verb) for verb in _WRITES):
        option = f"alter view {view.name} set (check_option = cascaded)"
        yield Change((option,), "takes only rows that it shows", 1)


def _read_only(view: Relation, system: System) -> Iterator[Change]:
    held = [verb for verb in _WRITES if system.held(view, verb)]
    roles = sorted({role for verb in held for role in system.held(view, verb)})
    if held:
        said = ", ".join(identifier(role) for role in roles)
        yield Change((f"revoke {', '.join(held)} on {view.name} from {said}",), "leaves it to be read", 5)
