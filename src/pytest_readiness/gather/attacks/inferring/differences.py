"""Learns what alice has from functions that say another thing of it than of what nobody has."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.attempts import Attempt, Talk
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.codes import CAPABILITY, handles
from pytest_readiness.gather.attacks.factors import pairs, said
from pytest_readiness.gather.attacks.inferring.collisions import SURROGATES
from pytest_readiness.gather.attacks.inferring.existence import answered_apart, refused_apart
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field

_NOBODYS_KEY = ("481599999", "0b0d1e5a-4815-4162-8342-000000000009")
"""A number and a uuid that no row has."""
_GUESSES = 4
"""Values of hers that each function is asked for."""


class Differences:
    """Calls functions with what she has, and with what nobody has."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)

    def by_text(self, function: Function, given: tuple[str, ...]) -> Talk[list[Assault]]:
        """Call a function with a value that she has and with one that nobody has; both may be refused."""
        found = []
        for place, argument in enumerate(function.arguments[: len(given)]):
            kind = argument.type
            if not kind.startswith(("text", "character", "citext")) or kind.endswith("[]"):
                continue
            harm: Harm | None = None
            tried = dict.fromkeys((given[place], *self._guesses(function, argument)))
            for value in tried:
                absent = value.replace("'::", "0'::", 1)
                if harm or absent == value:
                    continue
                calls = [
                    call_sql(function, (*given[:place], one, *given[place + 1 :])) for one in (value, absent)
                ]
                hers, nobodys, again = yield [Attempt(self.bob, (call,)) for call in (*calls, calls[1])]
                spelt = [text.partition("::")[0].strip("'") for text in (value, absent)]
                what = self._apart(hers, nobodys, again, *spelt)
                listed = bool(what) and self._is_listed(function, spelt[0])
                if (
                    what
                    and not listed
                    and not (
                        yield from self._asks_both(
                            function, (*given[:place], value, *given[place + 1 :]), place
                        )
                    )
                ):
                    script = self.field.script(function.name, self.bob, (calls[0],), "select 1")
                    harm = Harm(BOB.name, "told", function.signature, ALICE.name, what, script)
            harms = (harm,) if harm else ()
            found.append(Assault(function.signature, f"CALL {argument.name}", 2 * len(tried), harms))
        return found

    def _asks_both(self, function: Function, given: tuple[str, ...], place: int) -> Talk[bool]:
        """Whether a function tells of what is in her row only beside what else is hidden there."""
        for pair in pairs(self.field, function, given):
            if (hidden := pair.beside(place)) is None:
                continue
            (*_, absent) = pair.without(given, place)
            strange = zip(pair.without(given, hidden), pair.without(absent, hidden), strict=True)
            told = False
            for one, other in strange:
                calls = [call_sql(function, tried) for tried in (one, other, other)]
                hers, nobodys, again = yield [Attempt(self.bob, (call,)) for call in calls]
                spelt = (said(values[place]) for values in (given, absent))
                told = told or bool(self._apart(hers, nobodys, again, *spelt))
            if not told:
                return True
        return False

    def by_key(self, function: Function, given: tuple[str, ...]) -> Talk[list[Assault]]:
        """Ask a function that answers yes or no about her by her key, which others may know."""
        keyed = [a.type in SURROGATES for a in function.arguments[: len(given)]]
        if function.returns != "boolean" or not any(keyed):
            return []
        strange = tuple(
            f"{literal(_NOBODYS_KEY[a.type == 'uuid'])}::{a.declared}" if key else value
            for a, key, value in zip(function.arguments, keyed, given, strict=False)
        )
        calls = [call_sql(function, one) for one in (given, strange)]
        hers, nobodys = yield [Attempt(self.bob, (call,)) for call in calls]
        harms: tuple[Harm, ...] = ()
        if not hers.state and not nobodys.state and hers.rows != nobodys.rows:
            script = self.field.script(function.name, self.bob, (calls[0],), "select 1")
            what = f"{hers.rows[0]} about alice, and {nobodys.rows[0]} about nobody"
            harms = (Harm(BOB.name, "residual", function.signature, ALICE.name, what, script),)
        return [Assault(function.signature, "CALL", 2, harms)]

    def _guesses(self, function: Function, argument: Argument) -> list[str]:
        """Return content of her rows that somebody could guess, for a function that looks for it."""
        rows = (
            self.field.population.row(n, ALICE.name)
            for n in sorted(self.field.texts.function_reach(function))
        )
        marks = (mark for row in rows if row for mark in row.canaries if mark in self._secret_texts)
        return [f"{literal(mark)}::{argument.declared}" for mark in dict.fromkeys(marks)][:_GUESSES]

    def _apart(self, hers: Outcome, nobodys: Outcome, again: Outcome, value: str, other: str) -> str:
        """Say how a function told what she has from what nobody has; empty if it did not.

        Args:
            hers: What it said of what she has.
            nobodys: What it said of what nobody has.
            again: The same, asked once more.
            value: What she has.
            other: What nobody has.
        """
        if what := refused_apart(hers, nobodys, again, value, other):
            return what
        return answered_apart(hers, nobodys, again, value, other) if value in self._secret_texts else ""

    def _is_listed(self, function: Function, value: str) -> bool:
        """Whether bob reads a value, as he may, wherever a function may look it up in rows of hers."""
        texts = self.field.texts
        bodies = (function.body, *(one.body for one in texts.called([function.body])))
        holders = [
            relation
            for name in sorted(frozenset().union(*map(texts.mentioned, bodies)))
            if (relation := self.field.catalog.relation(name))
            and (row := self.field.population.row(name, ALICE.name))
            and value in row.texts.values()
        ]
        return bool(holders) and all(self._shows(relation, value) for relation in holders)

    def _shows(self, relation: Relation, value: str) -> bool:
        if self.bob.role not in relation.readable or relation.kind == "materialized view":
            return False
        rows = self.field.runner.one(Attempt(self.bob, (read(relation),))).rows
        return any(value in json.loads(text).values() for text in rows)

    @cached_property
    def _secret_texts(self) -> frozenset[str]:
        """Content of her rows that bob does not see, nor has in a row of his.

        Whether a name is taken everybody may ask, and whoever has a token was given it.
        """
        field, owners = self.field, self.field.owners
        marks = {
            mark
            for (name, owner), row in field.population.rows.items()
            if owner == ALICE.name and name not in {*owners.people, *owners.roots}
            if (relation := field.catalog.relation(name))
            for column, text in row.texts.items()
            if text is not None and not CAPABILITY.search(column) and column not in handles(relation)
            for mark in CANARY.findall(text)
        }
        return frozenset(marks - self._his_texts - field.shown_texts)

    @cached_property
    def _his_texts(self) -> frozenset[str]:
        """Texts in bob's rows: where hers has the same, as keys of two owners may, his is meant."""
        rows = (row for (_, owner), row in self.field.population.rows.items() if owner == BOB.name)
        texts = (text for row in rows for text in row.texts.values() if text)
        return frozenset(mark for text in texts for mark in CANARY.findall(text))
