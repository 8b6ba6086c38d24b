"""Writes as somebody who signed up and gave himself a rank: who has it changes and deletes by it, too."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, MALLORY
from pytest_readiness.gather.attacks.attempts import Attempt, Change
from pytest_readiness.gather.attacks.reading.signups import sign_ups
from pytest_readiness.judges.isolation.believed_signups import believing
from pytest_readiness.target.identities import SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.attacks import Harm
    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.changes import Changes
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.signups import SignUp
    from pytest_readiness.judges.isolation.labels import Row

_MOST = 3
"""Sign-ups that came to something after which relations are written to."""

_GUARDING = frozenset({"UPDATE", "DELETE", "ALL"})
_DONE = frozenset({"altered", "taken", "destroyed"})


class NewlySigned:
    """Tries tables whose policies ask for what code took over from somebody who signed up."""

    def __init__(self, field: Field, changes: Changes) -> None:
        self.field = field
        self.changes = changes
        self.bob = field.cast.user(BOB)

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what became of rows of hers that bob does not reach."""
        if not self._sign_ups:
            return
        guarded = [relation for relation in relations if self._is_guarded(relation)]
        for one in self._sign_ups:
            tries = [attempt for relation in guarded for attempt in self._tries(relation, one)]
            for attempt, outcome in self.field.in_states(tries):
                relation, verb, _ = attempt.about
                if (harm := self._harm(attempt, outcome)) and not self._does_bob(attempt):
                    said = one.believed
                    harm = replace(harm, cause=said.cause, by=said.by, mend=said.mend)
                    yield Assault(relation.name, verb, 1, (harm,))

    @cached_property
    def _sign_ups(self) -> list[SignUp]:
        """The accounts of which what was said of them stands in a row, or is asked where it stands."""
        return list(islice(filter(self._came_about, sign_ups(self.field)), _MOST))

    def _came_about(self, one: SignUp) -> bool:
        functions = believing(self.field.catalog.functions, one.chosen)
        watch = sorted(frozenset().union(*map(self.field.texts.changed_by, functions)))
        made = self.field.runner.one(Attempt(SUPERUSER, (one.statement,), tuple(watch)))
        said = {text for value in one.chosen.values() for text in _texts(value)}
        rows = (row for change in made.changed.values() for row in change.new)
        stands = any(said & {text for value in row.values() for text in _texts(value)} for row in rows)
        asked = any(not function.attached for function in functions)
        return not made.state and (stands or asked)

    @cached_property
    def _believing(self) -> tuple[Function, ...]:
        keys = {key for one in self._sign_ups for key in one.chosen}
        return believing(self.field.catalog.functions, keys)

    @cached_property
    def _told(self) -> frozenset[str]:
        """The relations in which what was said may stand."""
        return frozenset().union(*map(self.field.texts.changed_by, self._believing))

    def _is_guarded(self, relation: Relation) -> bool:
        """Whether policies for writes look at what code took over, and a row of hers is there."""
        if relation.kind not in TABLE_KINDS or not relation.rls:
            return False
        if self.field.population.row(relation.name, ALICE.name) is None:
            return False
        said = [
            text
            for one in relation.policies
            if one.permissive and one.command in _GUARDING
            for text in (one.using, one.check)
        ]
        called = {function.signature for function in self.field.texts.called(said)}
        asked = called & {function.signature for function in self._believing}
        return bool(asked or self._told & self.field.texts.consulted_by(relation, said))

    def _tries(self, relation: Relation, one: SignUp) -> Iterator[Attempt]:
        held = relation.privileges.get(one.identity.role)
        for verb, sql in self.changes.bare(relation, held) if held else ():
            about = (relation, verb, one)
            yield Attempt(one.identity, (sql,), (relation.name,), about, (one.statement,))

    def _does_bob(self, attempt: Attempt) -> bool:
        """Whether bob gets as far as he is, so that it needs nothing that anybody says of himself."""
        his = replace(attempt, actor=self.bob, before=())
        return self._harm(his, self.field.runner.one(his)) is not None

    def _harm(self, attempt: Attempt, outcome: Outcome) -> Harm | None:
        """Return what an attempt did to a row of hers in the relation that it watches."""
        (name,) = attempt.watch
        if outcome.state:
            return None
        changed = {at: _of_others(change) for at, change in outcome.changed.items()}
        done = self.field.harms(attempt, replace(outcome, changed=changed), None, {name})
        hers = {ALICE.name, *(tenant.name for tenant in ALICE.tenants)}
        found = (one for one in done if one.relation == name and one.kind in _DONE)
        return next((one for one in found if one.victim in hers), None)


def _of_others(change: Change) -> Change:
    """Return a change without the rows that name who signed up: they are his, whatever he called himself."""
    return Change(_without(change.gone), _without(change.new))


def _without(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(row for row in rows if MALLORY.uuid not in json.dumps(row))


def _texts(value: object) -> Iterator[str]:
    yield from (str(one).lower() for one in (value if isinstance(value, list) else [value]))
