"""Puts functions into conditions on hidden rows: one that is LEAKPROOF may run before the policies."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.meanings import family

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.field import Field

_MOST = 2000
"""Conditions that are tried of one function, on as many relations as there are before a second on any."""


_BY = "it is declared LEAKPROOF, so that it is asked before policies, and tells of what it is asked about"


def told_by_conditions(field: Field, function: Function) -> Iterator[Harm]:
    """Yield what comes out where bob filters what he may select by a function.

    The server applies it before a policy only if it is declared LEAKPROOF; of any other nothing is tried.
    """
    bob = field.cast.user(BOB)
    if not function.leakproof or bob.role not in function.callers:
        return
    lots = (
        [Attempt(bob, (step,), about=relation) for step in _conditions(field, function, relation)]
        for relation in field.catalog.relations
        if bob.role in relation.readable and relation.name not in field.published
    )
    abreast = itertools.zip_longest(*lots)
    attempts = [attempt for place in abreast for attempt in place if attempt]
    seen: set[str] = set()
    for attempt, outcome in field.runner.run(attempts[:_MOST]):
        name = attempt.about.name
        if name not in seen and (told := field.told(attempt, outcome, BOB)):
            seen.add(name)  # the first is about her row, others may be about any
            script = field.script(name, bob, attempt.steps, "select 1")
            mend = f"alter function {function.signature} not leakproof;"
            yield Harm(BOB.name, "read", name, ALICE.name, told, script, _BY, mend)


def _conditions(field: Field, function: Function, relation: Relation) -> Iterator[str]:
    """Yield queries with each column in the place of each argument that it fits, of her row first."""
    row = field.population.row(relation.name, ALICE.name)
    (own,) = list(field.arguments.own(function))[:1] or [()]
    readable = relation.readable[field.cast.user(BOB).role]
    for column in relation.columns:
        for place, argument in enumerate(function.arguments):
            if column.name not in readable or family(column.type) != family(argument.type):
                continue
            given = (*own[:place], f"t.{column.quoted}", *own[place + 1 :])
            asked = f"{function.name}({', '.join(given)}) is null"
            for condition in (f"case when {row.where} then {asked} end", asked) if row else (asked,):
                yield f"{QUERY}select 1::text from {relation.name} t where {condition}"
