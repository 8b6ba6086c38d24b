"""Calls functions that ask whether the caller may see whom he names, and names nobody."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.asked_states import besides, named
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Argument, Function
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field

    IsWindow = Callable[[Attempt, Outcome], bool]

_NUMBER = re.compile(r"(?<![\w.-])\d{5,}(?:\.\d+)?(?![\w-])")
"""An amount that hardly two rows have; smaller ones are counts and years."""

_KEYS = ("uuid", "bigint", "text")
"""Types of keys, each of which has another value."""

_STATES = 32
"""States of her rows in which a function is asked."""


def told_without_a_name(field: Field, function: Function, is_window: IsWindow) -> Iterator[Harm]:
    """Yield what bob is told of alice by a function that shows it to her, and refuses it to him by her name.

    Args:
        field: Her rows.
        function: That is called.
        is_window: Whether a call shows what is published and no more: whoever names nobody may get that.
    """
    bob = field.cast.user(BOB)
    if not function.definer or function.kind != "function" or bob.role not in function.callers:
        return
    for place in _naming(field, function):
        if harm := _harm(field, function, place, is_window):
            yield harm


def _naming(field: Field, function: Function) -> Iterator[int]:
    """Yield the places of the arguments that take a key of alice's or of her tenant's."""
    own = [ALICE.key(kind) for kind in _KEYS]
    keys = {str(key) for key in (*own, *(tenant.key(kind) for tenant in ALICE.tenants for kind in _KEYS))}
    for place, argument in enumerate(function.arguments):
        first = field.arguments.first(argument, function, ALICE)
        if argument.name and first.partition("::")[0].strip("'") in keys:
            yield place


def _harm(field: Field, function: Function, place: int, is_window: IsWindow) -> Harm | None:
    alice, bob = field.cast.user(ALICE), field.cast.user(BOB)
    by_name, without = _calls(field, function, place)
    reach = sorted(field.texts.function_reach(function))
    tables = [r for name in reach if (r := field.catalog.relation(name)) and r.kind in TABLE_KINDS]
    table = tables[0].name if tables else function.signature
    asked = ((among, one) for among in (named, besides) for one in tables)
    states = (state.statements for among, one in asked for state in among(field, one, function.body))
    for before in itertools.islice(itertools.chain([()], states), _STATES):
        tried = [Attempt(who, (by_name[0],), before=before) for who in (alice, bob)]
        tried += [Attempt(bob, (call,), before=before) for call in (by_name[1], *without)]
        (_, hers), (_, refused), (_, own), *others = field.runner.run(tried)
        if hers.state or (refused.rows and not refused.state):
            continue
        for attempt, outcome in others:
            told = (
                ""
                if outcome.state
                else _told(hers, outcome, own) or _moved(field, function, attempt, tried[0])
            )
            if told and not is_window(attempt, outcome):
                script = field.script(table, bob, attempt.steps, "select 1", before=before)
                what = f"{told}, which it refuses to him where {function.arguments[place].name} names her"
                return Harm(BOB.name, "read", table, ALICE.name, what, script)
    return None


def _moved(field: Field, function: Function, attempt: Attempt, by_name: Attempt) -> str:
    """Say what follows from her numbers, as what she gets by her name does.

    Whoever knows his own part of a sum knows the rest of it. What only counts rows moves with no number.
    """
    change = field.content_changed(field.texts.function_reach(function), ALICE)
    if not change:
        return ""
    once, again, then, named, otherwise = (
        outcome
        for _, outcome in field.runner.run(
            replace(one, before=(*one.before, *more))
            for one, more in (
                *((attempt, more) for more in ((), (), (change,))),
                *((by_name, more) for more in ((), (change,))),
            )
        )
    )
    moved = [text for text in once.rows if text not in then.rows]
    follows = once.rows == again.rows and not then.state and named.rows != otherwise.rows
    return f"`{moved[0][:60]}` follows from her numbers" if moved and follows else ""


def _told(hers: Outcome, came: Outcome, own: Outcome) -> str:
    """Return what tells of her in a row that she gets by her name, and that bob does not get by his."""
    shared = [text for text in hers.rows if text in came.rows and text not in own.rows]
    found = (mark for text in shared for mark in (*CANARY.findall(text), *_NUMBER.findall(text)))
    said = "\n".join(own.rows)
    return next((f"`{mark}`" for mark in found if mark not in said), "")


def _calls(field: Field, function: Function, place: int) -> tuple[tuple[str, str], list[str]]:
    """Return calls with alice's key and bob's in a place, and with NULL or nothing, where that may be."""
    optional = len(function.arguments) - function.defaults
    given = {
        number: field.arguments.first(argument, function, BOB)
        for number, argument in enumerate(function.arguments)
        if number < optional and number != place
    }
    naming = (field.arguments.first(function.arguments[place], function, one) for one in (ALICE, BOB))
    hers, his = (_call(function, {**given, place: value}) for value in naming)
    null = f"null::{function.arguments[place].declared}"
    without = [{**given, place: null}, *([given] if place >= optional else [])]
    return (hers, his), [_call(function, one) for one in without]


def _call(function: Function, given: dict[int, str]) -> str:
    """Return a call that names its arguments, so that any that has a default may be left out."""
    said = ", ".join(_said(function.arguments[place], value) for place, value in sorted(given.items()))
    return f"{QUERY}select to_jsonb(f)::text from {function.name}({said}) f"


def _said(argument: Argument, value: str) -> str:
    return f"{identifier(argument.name)} => {value}"
