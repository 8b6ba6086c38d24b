"""Learns of values that stay hidden, from what tables and functions say of them to somebody else."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, InferenceEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.inferring.collisions import SURROGATES, Collisions
from pytest_readiness.gather.attacks.inferring.counting import Counting, is_asked
from pytest_readiness.gather.attacks.inferring.differences import Differences
from pytest_readiness.gather.attacks.inferring.existence import Existence
from pytest_readiness.gather.attacks.inferring.groups import Groups
from pytest_readiness.gather.attacks.inferring.kept_counts import KeptCounts
from pytest_readiness.gather.attacks.inferring.ordered import Ordered
from pytest_readiness.gather.attacks.inferring.ordered_by_name import OrderedByName
from pytest_readiness.gather.attacks.inferring.parting import Partings
from pytest_readiness.gather.attacks.inferring.spoken import Spoken
from pytest_readiness.gather.attacks.inferring.spoken_of_rows import SpokenOfRows
from pytest_readiness.gather.attacks.meanings import family, unasked
from pytest_readiness.gather.store import Shard
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.attempts import Talk

_DATA = "22"
"""The class of errors that say that a value cannot be used."""


@gatherer(strength=Strength.ATTACKED, shards=2)
def inferences(
    target: Target, shard: Shard, catalog: CatalogEvidence, owners: Owners, population: Population
) -> InferenceEvidence:
    """Compare what the server says of a value that the victim has with what it says of one nobody has."""
    with Field(target, catalog, owners, population, shard.index) as field:
        if barred := field.barred:
            return InferenceEvidence((), undeclared=barred)
        bob = field.cast.user(BOB)
        asked = [
            relation
            for relation in catalog.relations
            if relation.kind in TABLE_KINDS
            and bob.role in relation.privileges
            and relation.name in owners.owned
        ]
        called = [f for f in catalog.functions if bob.role in f.callers and f.definer]
        functions = [f for f in called if f.arguments or is_asked(f)]
        tables = shard.part(asked, attrgetter("name"))
        functions = shard.part(functions, attrgetter("signature"))
        forger = Forger(field)
        collisions, asker = Collisions(field, forger), _Asker(field, forger)
        return InferenceEvidence(
            (
                *chain.from_iterable(field.runner.abreast(map(collisions.of, tables))),
                *chain.from_iterable(field.runner.abreast(map(asker.of, functions))),
                *chain.from_iterable(field.runner.abreast(map(KeptCounts(field, forger).of, tables))),
                *Partings(field).told(tables),
                *chain.from_iterable(map(Ordered(field).of, functions)),
                *chain.from_iterable(map(OrderedByName(field).of, functions)),
                *chain.from_iterable(map(Spoken(field).of, functions)),
                *SpokenOfRows(field, forger).told(tables),
            ),
            absent="" if asked or not target.built.migrations.whole else "no client may use what is owned",
        )


class _Asker:
    """Asks functions; tables are asked by collisions."""

    def __init__(self, field: Field, forger: Forger) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)
        self.counting = Counting(field, forger)
        self.existence = Existence(field, forger)
        self.differences = Differences(field)
        self.groups = Groups(field)

    def of(self, function: Function) -> Talk[list[Assault]]:
        """Ask a function in every way that fits it."""
        given = yield from self._carried_out(function)
        found = yield from self.differences.by_text(function, given)
        if not any(assault.harms for assault in found):
            found += yield from self.existence.of(function, given)
            found += yield from self.existence.of_people(function, given)
        if self._is_rule(function):
            found = [
                replace(one, harms=tuple(replace(h, kind="residual") for h in one.harms)) for one in found
            ]
        found += yield from self.groups.of(function, given)
        found += (yield from self.counting.of(function)) if is_asked(function) else []
        return found + (yield from self.differences.by_key(function, given))

    def _carried_out(self, function: Function) -> Talk[tuple[str, ...]]:
        """Return the likeliest arguments, or the first that are no error in themselves, if there are any.

        A number that means no row, such as that of a page, may be too large for what is done with it.
        """
        first, *others = dict.fromkeys(self._ways(function))
        (came,) = yield [Attempt(self.bob, (call_sql(function, first),))]
        if not came.state.startswith(_DATA):
            return first
        answers = yield [Attempt(self.bob, (call_sql(function, one),)) for one in others]
        fit = (one for one, answer in zip(others, answers, strict=True) if not answer.state.startswith(_DATA))
        return next(fit, first)

    def _ways(self, function: Function) -> Iterator[tuple[str, ...]]:
        """Yield her arguments, then with one in place of numbers, and without what may be left out."""
        first = next(self.field.arguments.calls(function, 1))
        yield first
        numbers = [place for place, a in enumerate(function.arguments) if family(a.type) == "number"]
        for places in (*((place,) for place in numbers), tuple(numbers)):
            yield tuple(
                f"'1'::{function.arguments[place].declared}" if place in places else one
                for place, one in enumerate(first)
            )
        yield from unasked(function, first)

    def _is_rule(self, function: Function) -> bool:
        """Whether policies ask it about somebody by his key: all whom they are for have to be able to."""
        keyed = any(argument.type in SURROGATES for argument in function.arguments)
        return function.returns == "boolean" and keyed and function.signature in self._rules

    @cached_property
    def _rules(self) -> frozenset[str]:
        policies = (policy for relation in self.field.catalog.relations for policy in relation.policies)
        said = (text for policy in policies for text in (policy.using, policy.check))
        return frozenset(function.signature for function in self.field.texts.named_functions(said))
