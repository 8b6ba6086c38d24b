"""Writes her key into a document of bob's, and lets a function show him the document.

Of what stands in a row of his, a function with its owner's rights asks whether the row is his. That a part of
it names a row of hers, no key of the table says, and no policy.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.records import asked_for
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.values import canary
from pytest_readiness.judges.sql.lexis import plain, strings
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Column, Function, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field

    IsWindow = Callable[[Attempt, Outcome], bool]

_SILENT = frozenset({"boolean", "void"})
_WORD = re.compile(r"[\w.:-]{1,40}")
_WORDS, _ALONE, _REFERRED = 12, 12, 3


@dataclass(frozen=True, slots=True)
class _Place:
    """A column of documents that bob may write, with his row and hers.

    Attributes:
        over: Whether he may update his row, and need not put in a new one.
    """

    relation: Relation
    column: Column
    mine: SyntheticRow
    hers: SyntheticRow
    over: bool


class Embedded:
    """Tries functions with their owner's rights that take documents of rows apart."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.arguments = field.arguments
        self.bob = field.cast.user(BOB)

    def harms(self, function: Function, is_window: IsWindow) -> Iterator[Harm]:
        """Yield the first text of hers that comes out by way of a document of his."""
        keys = [*asked_for(plain(function.body))]
        if not function.definer or not keys or not function.arguments or function.returns in _SILENT:
            return
        attempts = (one for place in self._places(function) for one in self._attempts(function, keys, place))
        for attempt, came in self.field.in_states(attempts):
            relation, hers = attempt.about
            shown = {*CANARY.findall("\n".join(came.rows))} & hers
            told = shown - {*CANARY.findall("\n".join(self.field.seen(attempt.before)))} if shown else shown
            if told and not is_window(attempt, came):
                script = self.field.script(
                    relation, self.bob, attempt.steps, "select 1", before=attempt.before
                )
                what = f"`{min(told)}`, where a document of his names a row of hers"
                yield Harm(BOB.name, "read", relation, ALICE.name, what, script)
                return

    def _places(self, function: Function) -> Iterator[_Place]:
        for name in sorted(self.field.texts.function_reach(function)):
            relation = self.field.catalog.relation(name)
            mine, hers = (self.field.population.row(name, who.name) for who in (BOB, ALICE))
            held = relation.privileges.get(self.bob.role) if relation else None
            if relation is None or held is None or relation.kind not in TABLE_KINDS or not mine or not hers:
                continue
            for column in relation.columns:
                may = column.name in held.update or column.name in held.insert
                if column.type in {"json", "jsonb"} and may and mine.where and hers.where:
                    yield _Place(relation, column, mine, hers, over=column.name in held.update)

    def _attempts(self, function: Function, keys: list[str], place: _Place) -> Iterator[Attempt]:
        call = call_sql(function, next(iter(self.arguments.own(function))))
        name, column = place.relation.name, place.column.quoted
        texts = {key: canary(self.field.target.seed, name, "embedded", key) for key in keys}
        words = self._words(function, keys)
        for key in self._hers(function):
            for its, said in zip(
                _documents(texts, words), _documents(dict.fromkeys(keys, key), words), strict=True
            ):
                set_hers, set_mine = (
                    f"update {name} set {column} = {literal(json.dumps(document))} where {row.where}"
                    for document, row in ((its, place.hers), (said, place.mine))
                )
                state = (QUIETLY, set_hers, *(() if place.over else (set_mine,)), AS_EVER)
                steps = (*((set_mine,) if place.over else ()), call)
                yield Attempt(self.bob, steps, about=(name, {*texts.values()}), before=state)

    def _words(self, function: Function, keys: list[str]) -> list[str]:
        """Return what a body may compare a part of a document with."""
        said = dict.fromkeys(text for text in strings(function.body) if _WORD.fullmatch(text))
        return sorted(said, key=lambda text: text in keys)[:_WORDS]

    def _hers(self, function: Function) -> Iterator[object]:
        """Yield keys of rows of hers that a function may look up."""
        keys = (
            row.stored[relation.primary_key[0]]
            for name in sorted(self.field.texts.function_reach(function))
            if (relation := self.field.catalog.relation(name))
            and len(relation.primary_key) == 1
            and (row := self.field.population.row(name, ALICE.name))
        )
        # A key may be a list or a document.
        found = {json.dumps(key, sort_keys=True): key for key in keys}
        yield from itertools.islice(found.values(), _REFERRED)


def _documents(values: dict[str, Any], words: list[str]) -> list[Any]:
    """Return documents that say the values, and in one place after another a word that code asks for."""
    parts = [values, *(values | {key: word} for key in values for word in words)]
    return [parts, dict.fromkeys(values, parts), *parts[:_ALONE]]
