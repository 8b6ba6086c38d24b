"""Calls every function that a client may execute, with the victim's identifiers and with hostile values."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import ONLY_VERSION, Assault, CallEvidence, Harm
from pytest_readiness.evidence.catalog import CatalogEvidence, Function
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.attempts import HUNG, Attempt
from pytest_readiness.gather.attacks.beside.observed import Observed, observed, observes
from pytest_readiness.gather.attacks.beside.untried import untried_calls
from pytest_readiness.gather.attacks.call_texts import call_steps
from pytest_readiness.gather.attacks.calling.breakouts import breakouts
from pytest_readiness.gather.attacks.calling.call_outcomes import came_to
from pytest_readiness.gather.attacks.calling.captured import Captured
from pytest_readiness.gather.attacks.calling.computed import Computed
from pytest_readiness.gather.attacks.calling.deposits import Deposits
from pytest_readiness.gather.attacks.calling.embedded import Embedded
from pytest_readiness.gather.attacks.calling.filters import Filters
from pytest_readiness.gather.attacks.calling.front_doors import front_door
from pytest_readiness.gather.attacks.calling.injections import builds_statements
from pytest_readiness.gather.attacks.calling.links import Links
from pytest_readiness.gather.attacks.calling.made_relations import MadeRelations
from pytest_readiness.gather.attacks.calling.offers import Offers
from pytest_readiness.gather.attacks.calling.overdue import clears_what_is_over
from pytest_readiness.gather.attacks.calling.own_links import with_own_links
from pytest_readiness.gather.attacks.calling.predicates import told_by_conditions
from pytest_readiness.gather.attacks.calling.redeemed import Redeemed
from pytest_readiness.gather.attacks.calling.relation_names import calls_by_name, named_relations
from pytest_readiness.gather.attacks.calling.replayed import Replayed
from pytest_readiness.gather.attacks.calling.shadows import Shadows
from pytest_readiness.gather.attacks.calling.stated_calls import StatedCalls
from pytest_readiness.gather.attacks.calling.takings import Takings
from pytest_readiness.gather.attacks.calling.tenant_lists import SHOWN, doubt, lists_tenants, says_list
from pytest_readiness.gather.attacks.calling.told_secrets import ToldSecrets
from pytest_readiness.gather.attacks.calling.turned_rows import TurnedRows
from pytest_readiness.gather.attacks.calling.unnamed import told_without_a_name
from pytest_readiness.gather.attacks.calling.windows import window
from pytest_readiness.gather.attacks.factors import both_are_asked
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.guessing import spelt_out
from pytest_readiness.gather.attacks.polymorphic import concrete, takes_any
from pytest_readiness.gather.attacks.unlisted import Unlisted
from pytest_readiness.gather.attacks.writing.commons import Commons
from pytest_readiness.gather.store import Shard
from pytest_readiness.judges.isolation.mechanisms import explained
from pytest_readiness.judges.sql.recomputed import recomputes
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.calling.stated_calls import IsWindow
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.target.identities import Identity

_TRIGGERS = frozenset({"trigger", "event_trigger"})
_FEW, _MANY, _NOBODYS = 48, 96, 12


@gatherer(strength=Strength.ATTACKED, shards=2)
def calls(
    target: Target, shard: Shard, catalog: CatalogEvidence, owners: Owners, population: Population
) -> CallEvidence:
    """Call the functions of this shard; every call is undone."""
    field = Field(target, catalog, owners, population)
    if barred := field.barred:
        return CallEvidence((), undeclared=barred)
    callable_ = [
        function
        for function in catalog.functions
        if function.callers
        and function.returns not in _TRIGGERS
        and function.kind in {"function", "procedure"}
    ]
    part = shard.part(callable_, attrgetter("signature"))
    watching = [function for function in part if observes(field.texts, [function.body])]
    found = [*_Caller(field).all(f for f in part if f not in watching), *_watched(field, watching)]
    making = MadeRelations(field)
    makers = making.among(catalog.functions)
    found += making.all(shard.part(makers, attrgetter("signature")))
    return CallEvidence(
        (*map(field.registries.doubted, explained(catalog, found)), *untried_calls(target, shard)),
        absent=""
        if callable_ or makers or not target.built.migrations.whole
        else "no client may call any function",
    )


def _watched(field: Field, functions: list[Function]) -> Iterable[Assault]:
    """Call functions that look at sessions or statistics, while there is something of hers to see."""
    found: dict[str, Assault] = {}
    for seen in observed(field, (function.body for function in functions)) if functions else ():
        left = [f for f in functions if f.signature not in found or not found[f.signature].harms]
        found |= {assault.subject: assault for assault in _Caller(seen).all(left)}
    return found.values()


def until_it_hangs(
    field: Field, function: Function, attempts: Iterable[Attempt]
) -> Iterator[tuple[Attempt, Outcome]]:
    """Call until one call hangs: another would hang as well."""
    if not re.search(r"\b(pg_sleep|loop|while)\b", function.body, re.IGNORECASE):
        yield from field.runner.run(attempts)
        return
    for attempt in attempts:
        outcome = field.runner.one(attempt)
        yield attempt, outcome
        if outcome.state in HUNG:
            return


class _Caller:
    """Calls functions.

    Attributes:
        windows: By function that shows rows to everybody on purpose, the column and value by which it does.
        doubts: By function of which nothing tells whether it may show what it does, why.
        guarded: By function that asks for the key of a row and a text of it, the arguments that take them.
        deposits: What functions put into the places of others on purpose, or perhaps so.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.windows: dict[str, str] = {}
        self.guarded: dict[str, str] = {}
        self.doubts: dict[str, str] = {}
        self.deposits = Deposits(field)
        self.arguments = field.arguments
        self.links = Links(field)
        self.stated = StatedCalls(field)
        self.computed = Computed(field)
        self.filters = Filters(field)
        self.offers = Offers(field)
        self.takings = Takings(field)
        self.turned = TurnedRows(field)
        self.replayed = Replayed(field)
        self.redeemed = Redeemed(field)
        self.embedded = Embedded(field)
        self.commons = Commons(field)
        self.shadows = Shadows(field)
        self.captured = Captured(field)
        self.unlisted = Unlisted(field)
        cast = field.cast
        self.actors: list[tuple[Identity, Person | None, int]] = [
            (cast.user(BOB), BOB, _MANY),
            *((nobody, None, _NOBODYS) for nobody in cast.nobody()),
        ]
        self.told_secrets = ToldSecrets(field, (actor for actor, *_ in self.actors))

    def all(self, functions: Iterable[Function]) -> Iterator[Assault]:
        """Call each function as everybody who may."""
        for function in functions:
            if takes_any(function):
                yield _of_any([self._assault(one) for one in concrete(self.field, function)], function)
            else:
                yield self._assault(function)

    def _assault(self, function: Function) -> Assault:
        outcomes: list[Outcome] = []
        harms: dict[tuple[str, str, str], Harm] = {}
        for harm in self._called(function, outcomes):
            harms.setdefault((harm.actor, harm.kind, harm.relation), harm)
        harms |= {(h.actor, h.kind, h.relation): h for h in self.told_secrets.harms(function)}
        if not harms and self.actors[0][0].role in function.callers:
            harms |= {(h.actor, h.kind, h.relation): h for h in self._further(function)}
        return Assault(
            function.signature,
            "CALL",
            len(outcomes),
            tuple(harms.values()),
            *came_to(self.field, function, outcomes, self._doubt(function)),
            meant=self.deposits.meant(function),
            shows=self.windows.get(function.signature, ""),
            guarded=self.guarded.get(function.signature, ""),
        )

    def _called(self, function: Function, outcomes: list[Outcome]) -> Iterator[Harm]:
        """Yield the harms of calls as things are, and keep what came of each, but for rows."""
        for actor, person, most in self.actors:
            if actor.role not in function.callers:
                continue
            combined = len(function.arguments) > 1 or builds_statements(function)
            limit = most if combined else min(most, _FEW)
            named = self.field.asking(function) if isinstance(self.field, Observed) else ()
            given = itertools.chain(self.arguments.calls(function, limit), named)
            tried = self._tried(function, given, actor)
            then = (self._by_name(function, actor), self._once_more(function, actor))
            for attempt, outcome in itertools.chain(tried, *then):
                outcomes.append(replace(outcome, rows=(), changed={}))
                yield from self._harms(function, attempt, outcome, person)

    def _further(self, function: Function) -> Iterator[Harm]:
        """Yield the harms of calls in other states, and by other ways than what is likely."""

        def is_window(tried: Attempt, came: Outcome, *given: State) -> bool:
            return self._is_window(function, tried, came, BOB, given)

        yield from self._broken_out(function)
        yield from self._opened(function)
        yield from self._harms_in_states(function, is_window)
        yield from told_by_conditions(self.field, function)
        yield from self.links.harms(function)
        yield from self.computed.harms(function)
        yield from self.filters.harms(function, is_window)
        yield from self.offers.harms(function)
        yield from self.takings.harms(function)
        yield from self.turned.harms(function)
        yield from self.replayed.harms(function)
        yield from self.redeemed.harms(function)
        yield from self.embedded.harms(function, is_window)
        yield from told_without_a_name(self.field, function, is_window)
        yield from self.commons.of_function(function)
        yield from self.shadows.harms(function)
        yield from self.captured.harms(function)

    def _doubt(self, function: Function) -> str:
        return self.deposits.doubt(function) or self.doubts.get(function.signature, "")

    def _once_more(self, function: Function, actor: Identity) -> Iterator[tuple[Attempt, Outcome]]:
        """Call again with the key of a row of hers, where a call before left a new one."""
        yield from self._tried(function, self.deposits.once_more(function)[:_NOBODYS], actor)

    def _by_name(self, function: Function, actor: Identity) -> Iterator[tuple[Attempt, Outcome]]:
        """Call with the names of relations, where a function may read or change what it is told."""
        calls = calls_by_name(self.field, function)
        named = (relation.name for relation in named_relations(self.field, function))
        yield from self._tried(function, calls, actor, named)

    def _tried(
        self,
        function: Function,
        calls: Iterable[tuple[str, ...]],
        actor: Identity,
        named: Iterable[str] = (),
    ) -> Iterator[tuple[Attempt, Outcome]]:
        taken = {a.type for a in function.arguments if self.field.catalog.relation(a.type)}.union(named)
        watch = tuple(sorted(self.field.texts.changed_by(function) | taken))
        attempts = [Attempt(actor, call_steps(function, given), watch, given) for given in calls]
        yield from until_it_hangs(self.field, function, attempts)

    def _harms(
        self, function: Function, attempt: Attempt, outcome: Outcome, person: Person | None
    ) -> Iterator[Harm]:
        """Yield what a call did, but for what its arguments give the right to, or leave there on purpose."""
        found = list(self._done(function, attempt, outcome, person))
        if found and not self._is_allowed(function, attempt, person, found):
            yield from self.deposits.beside(function, attempt, outcome, found)

    def _is_allowed(
        self, function: Function, attempt: Attempt, person: Person | None, found: list[Harm]
    ) -> bool:
        """Whether a call did what its arguments give the right to, or the passing of time."""
        over = clears_what_is_over(self.field, function, attempt, person, found)
        return over or self._is_guarded(function, attempt, person)

    def _is_guarded(self, function: Function, attempt: Attempt, person: Person | None) -> bool:
        """Whether a call did harm only as it was given both the key of a row and a hidden text of it."""

        def harmful(given: tuple[str, ...]) -> bool:
            other = replace(attempt, steps=call_steps(function, given), about=given)
            return any(
                any(self._done(function, tried, outcome, person))
                for tried, outcome, control in self.field.from_states([other])
                if not control.state
            )

        if pair := both_are_asked(self.field, function, attempt.about, harmful):
            names = (function.arguments[place].name or f"${place + 1}" for place in (pair.key, pair.text))
            self.guarded[function.signature] = " and ".join(names)
        return pair is not None

    def _done(
        self, function: Function, attempt: Attempt, outcome: Outcome, person: Person | None
    ) -> Iterator[Harm]:
        harms = self.field.harms(attempt, outcome, person)
        yield from (harm for harm in harms if not _is_recomputed(function, harm))
        if what := self._told(function, attempt, outcome, person):
            if not self._is_window(function, attempt, outcome, person):
                yield self._read(function, attempt, what)
        elif outcome.rows and not outcome.state and (differing := self._differs(function, attempt, outcome)):
            yield self._read(function, attempt, differing)

    def _told(self, function: Function, attempt: Attempt, outcome: Outcome, person: Person | None) -> str:
        """Return what of somebody else came out of a call, for people.

        What a function with its caller's rights shows him of what he reads anyway, it does not tell him, and
        nothing is told by a row that he gave it.
        """
        known = () if function.definer else self.field.shown_texts
        if told := self.field.told(attempt, outcome, person, known):
            return told
        said = any("jsonb_populate_record" in step for step in attempt.steps)
        row = self._foreign(function, outcome, person) if outcome.rows and not (outcome.state or said) else ""
        anyway = row and not function.definer and self.field.reads_others(attempt, person, function.returns)
        return f"`{row[:60]}`" if row and not anyway else ""

    def _is_window(
        self,
        function: Function,
        attempt: Attempt,
        outcome: Outcome,
        person: Person | None,
        given: tuple[State, ...] = (),
    ) -> bool:
        """Whether a function shows everybody rows that are published, and no more."""

        def tells(other: Outcome) -> bool:
            return bool(self._told(function, attempt, other, person))

        shown = window(self.field, function, attempt, outcome, tells, given)
        shown = shown or front_door(self.field, attempt, outcome, tells)
        if not shown and lists_tenants(self.field, function, outcome):
            if not says_list(function):
                self.doubts[function.signature] = doubt(function)
                return True
            shown = SHOWN
        if shown:
            self.windows[function.signature] = shown
        return bool(shown)

    def _broken_out(self, function: Function) -> Iterator[Harm]:
        """Yield what comes out where a text leaves the statement that a function pastes it into."""
        bob, person, _ = self.actors[0]
        tried = self._tried(function, breakouts(self.field, function), bob)
        harms = (harm for attempt, came in tried for harm in self._harms(function, attempt, came, person))
        yield from itertools.islice(harms, 1)

    def _opened(self, function: Function) -> Iterator[Harm]:
        """Yield what of hers a link of bob's own opens, or that no row says what he is."""
        _, person, _ = self.actors[0]
        tried = (*with_own_links(self.field, function), *self.unlisted.calls(function))
        for attempt, outcome in self.field.in_states(tried):
            yield from self._harms(function, attempt, outcome, person)

    def _harms_in_states(self, function: Function, is_window: IsWindow) -> Iterator[Harm]:
        """Call as bob while her rows are in states that the body asks for."""
        _, person, _ = self.actors[0]
        for attempt, outcome, states in self.stated.tried(function):
            found = list(self.field.harms(attempt, outcome, person))
            found += self.stated.read(function, attempt, outcome, states, is_window)
            if found and not self._is_allowed(function, attempt, person, found):
                yield from self.deposits.beside(function, attempt, outcome, found)

    def _foreign(self, function: Function, outcome: Outcome, person: Person | None) -> str:
        """Return a row of somebody else, of a function that returns rows of a relation that is owned."""
        relation = self.field.catalog.relation(function.returns)
        if relation is None or relation.name not in self.field.owners.owned:
            return ""
        rows = (
            text
            for text in outcome.rows
            if self.field.recognition.foreign(relation, json.loads(text), person)
        )
        return next(rows, "")

    def _read(self, function: Function, attempt: Attempt, what: str) -> Harm:
        near = self.field.texts.mentioned(function.body)
        reach = sorted(self.field.texts.function_reach(function), key=lambda one: (one not in near, one))
        relation = next(
            (name for name in reach if self.field.population.row(name, ALICE.name)), function.name
        )
        steps, guess = spelt_out(self.field, attempt.steps)
        script = self.field.script(relation, attempt.actor, steps, "select 1", before=attempt.before)
        return Harm(attempt.actor.name, "read", relation, ALICE.name, f"{what}{guess}", script)

    def _differs(self, function: Function, attempt: Attempt, outcome: Outcome) -> str:
        """Tell whether the answer for the victim's key changes when the content of her rows does."""
        hers = self.field.keys_of(ALICE)
        if function.returns in {"boolean", "void"} or not any(
            key in argument for argument in attempt.about for key in hers
        ):
            return ""
        change = self.field.content_changed(self.field.texts.function_reach(function), ALICE)
        if not change:
            return ""
        other = self.field.as_superuser(change, attempt.actor, *attempt.steps)
        again = self.field.as_superuser("select 1", attempt.actor, *attempt.steps)
        if other.state or again.rows != outcome.rows or other.rows == outcome.rows:
            return ""  # nothing differs, or something does at every call
        return f"{_first(outcome.rows)}, and {_first(other.rows)} once her row is another"


def _is_recomputed(function: Function, harm: Harm) -> bool:
    """Whether a row is as it was, since all that a function writes there it works out from rows."""
    arguments = [argument.name for argument in function.arguments]
    return harm.what == ONLY_VERSION and recomputes(function.body, harm.relation, arguments)


def _of_any(assaults: list[Assault], function: Function) -> Assault:
    """Sum up the calls of a function that takes any type, for those that were given: it may be for others."""
    harms = {(h.actor, h.kind, h.relation): h for one in assaults for h in one.harms}
    came = [one for one in assaults if one.owner == "done"]
    failed = next((one.owner for one in assaults), "there is none to give")
    unclear = f"it takes any type, and no call with one that was tried came through: {failed}"
    told = next((one.unclear for one in came if one.unclear), "") if came else unclear
    tried = sum(one.tried for one in assaults)
    return replace(
        (came or [Assault(function.signature, "CALL", 0)])[0],
        tried=tried,
        harms=tuple(harms.values()),
        owner="done",
        unclear=told,
    )


def _first(rows: tuple[str, ...]) -> str:
    return f"`{json.dumps(rows[0])[:60]}`" if rows else "nothing"
