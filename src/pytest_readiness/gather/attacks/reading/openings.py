"""What may be meant where everybody reads rows: a time that has come, a switch, or a choice of grants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, strangers_to
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read, read_columns
from pytest_readiness.gather.attacks.reading.answered import answered
from pytest_readiness.gather.attacks.states import AS_EVER, FUTURE, PAST, QUIETLY
from pytest_readiness.judges.purpose.publication import (
    Parties,
    lists_members,
    shown_apart,
    shown_by_choice,
    shown_with_parent,
    shows_private,
    shows_secrets,
    withheld,
)
from pytest_readiness.judges.purpose.releases import released
from pytest_readiness.judges.purpose.remainders import may_be_shown
from pytest_readiness.judges.purpose.visibility import hides, is_withdrawn, is_work, publishes_from
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome, Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading
    from pytest_readiness.target.identities import Identity

_DEPTH = 5
_LONG = "20 years"
_NOW = re.compile(
    r"^[^+]*\b(now\(\)|(clock|statement|transaction)_timestamp\(\)|current_\w+|localtime)", re.IGNORECASE
)
"""The default of a column that says when a row was made, and not a time after that."""


@dataclass(frozen=True, slots=True)
class Openings:
    """Tells a leak from rows that somebody may have opened on purpose.

    Attributes:
        actors: Alice first.
        read: Says what an outcome shows of whom.
    """

    field: Field
    actors: Sequence[tuple[Identity, Person | None]]
    read: Reading

    def unclear(self, relation: Relation, row: SyntheticRow | None, reader: str) -> Talk[str]:
        """Return which rows may be for everybody, though nothing says it; empty if it is a leak.

        Args:
            relation: Of which somebody else reads her rows.
            row: Hers.
            reader: The name of whoever does.
        """
        if shows_secrets(relation, self.field.clients) or self.field.in_vain(relation):
            return ""
        for tell in (self._timed, self._unhidden):
            if opened := (yield from tell(relation, row, reader)):
                return opened
        if may_be_shown(relation, self.field.owners.owned.get(relation.name), self.field.clients):
            return "rows that are not over"
        chosen = (yield from self._chosen(relation, row)) or (yield from self._apart(relation, row))
        return chosen or self._members(relation) or (yield from answered(self.field, relation, row))

    def _timed(self, relation: Relation, row: SyntheticRow | None, reader: str) -> Talk[str]:
        """Tell the column that opens her rows to others: they read them once it has come, and not before.

        It is one of her row or of one that this hangs on, and does not say that something is done.
        """
        if shows_private(relation, self.field.clients):
            return ""
        actor, person = self._whoever(reader)
        for one, column in self._times(relation):
            outcomes = yield self._in_time(relation, (actor, person), one, column)
            his, hers, *past = outcomes
            hidden = not his.state and not self.read(relation, actor, person, his, row).foreign
            # Policies that hide it from her too open it to nobody: they were made without its owner.
            kept = relation.view or self.read(relation, *self.actors[0], hers, row).own
            long_since = next((outcome for outcome in past if not outcome.state), None)
            ever = long_since is None or self.read(relation, actor, person, long_since, row).foreign
            if hidden and kept and ever:
                return f"rows with {column.quoted} in the past in {one.name}"
        return ""

    def _in_time(
        self, relation: Relation, reader: tuple[Identity, Person | None], one: Relation, column: Column
    ) -> tuple[Attempt, ...]:
        """Return reads with a time ahead, as somebody else and as alice, and with it long past, as he.

        Where a CHECK keeps times in order, all of a row are put back.
        """
        times = [other.quoted for other in one.columns if _is_time(other)]
        back = ", ".join(f"{name} = {name} - interval '{_LONG}'" for name in times)
        actor, person = reader
        changes = (f"{column.quoted} = {literal(FUTURE)}", f"{column.quoted} = {literal(PAST)}", back)
        ahead, *past = (self._changed(one, change, person) for change in changes)
        reads = ((actor, ahead), (self.actors[0][0], ahead), *((actor, before) for before in past))
        return tuple(Attempt(who, (read(relation),), before=before) for who, before in reads)

    def _changed(self, one: Relation, change: str, person: Person | None) -> tuple[str, ...]:
        """Return what changes rows of others than a reader as a superuser does."""
        rows = [self.field.population.row(one.name, who.name) for who in strangers_to(person)]
        condition = " or ".join(f"({hers.where})" for hers in rows if hers)
        return (QUIETLY, f"update {one.name} set {change} where {condition}", AS_EVER)

    def _times(self, relation: Relation) -> Iterator[tuple[Relation, Column]]:
        """Yield the times of her rows that policies, or a view, ask for."""
        owners = self.field.owners
        people = {*owners.people, *(membership.relation for membership in owners.memberships)}
        for one in self._beneath(relation):
            text = " ".join([*(p.using for r in (one, relation) for p in r.policies), relation.view])
            hers = self.field.population.row(one.name, ALICE.name)
            for column in one.columns if hers and one.name not in people else ():
                made = _NOW.search(column.default) and not publishes_from(column.name)
                asked = re.search(rf"(?<!\w){re.escape(column.quoted)}(?!\w)", text)
                said = is_work(column.name) or is_withdrawn(column.name)
                if (
                    _is_time(column)
                    and asked
                    and not made
                    and not said
                    and hers
                    and hers.texts.get(column.name) is not None
                ):
                    yield one, column

    def _beneath(self, relation: Relation) -> list[Relation]:
        """Return a relation with those that its rows hang on; of a view, all that it reads."""
        keyed = frozenset({relation.name, *(key.target for key in relation.foreign_keys)})
        names = self.field.texts.depends_on(relation.name) if relation.view else keyed
        return [one for name in sorted(names) if (one := self.field.catalog.relation(name))]

    def _chosen(self, relation: Relation, row: SyntheticRow | None) -> Talk[str]:
        """Tell of rows that those who did not sign in read, in columns that were chosen for them."""
        for actor in (actor for actor, person in self.actors if person is None):
            policy = self._by_choice(relation, actor.role)
            if not policy:
                continue
            columns = relation.privileges[actor.role].select
            (outcome,) = yield (Attempt(actor, (read_columns(relation, columns),)),)
            if not outcome.state and self.read(relation, actor, None, outcome, row).foreign:
                return f"rows that policy {policy} shows to {actor.name}, in columns that grants choose,"
        return ""

    def _unhidden(self, relation: Relation, row: SyntheticRow | None, reader: str) -> Talk[str]:
        """Tell the switch by which she hides a row of hers from others, or by which it was seen to.

        Who may hide rows shows the rest; and what was approved may be for all.
        """
        if shows_private(relation, self.field.clients):
            return ""
        actor, person = self._whoever(reader)
        for one, column, value in self._turned(relation):
            before = self._changed(one, f"{column.quoted} = {value}", person)
            (outcome,) = yield (Attempt(actor, (read(relation),), before=before),)
            if not outcome.state and not self.read(relation, actor, person, outcome, row).foreign:
                return f"rows of {one.name} that are {'not ' if value == 'true' else ''}{column.quoted}"
        return ""

    def _turned(self, relation: Relation) -> Iterator[tuple[Relation, Column, str]]:
        """Yield the switches of her rows that may close them, with the value by which they do."""
        for one in self._beneath(relation):
            owned = self.field.owners.owned.get(one.name)
            hers = self.field.population.row(one.name, ALICE.name)
            seen_to = released(one, self.field.clients)
            for column in one.columns if hers and owned else ():
                if column.type != "boolean" or column.generated:
                    continue
                if owned and not owned.tenants and hides(column.name):
                    yield one, column, "true"
                elif column.name in seen_to:
                    yield one, column, "false"

    def _apart(self, relation: Relation, row: SyntheticRow | None) -> Talk[str]:
        """Tell of a relation that those who did not sign in read, and one of few that they may."""
        owners, user = self.field.owners, self.actors[1][0].role
        others = [one for one in self.field.catalog.relations if one.name in owners.owned and one != relation]
        for actor in (actor for actor, person in self.actors if person is None):
            if actor.role not in relation.readable or actor.role == user:
                continue
            parties = Parties(actor.role, user, self.field.clients)
            policy = shown_apart(relation, others, parties, directory=relation.name in owners.roots)
            (outcome,) = (yield (Attempt(actor, (read(relation),)),)) if policy else (None,)
            if outcome and not outcome.state and self.read(relation, actor, None, outcome, row).foreign:
                told = f"rows that policy {policy} shows to {actor.name}, who may read few relations,"
                return "" if self._made_of_withheld(relation, row, outcome) else told
        return ""

    def _members(self, relation: Relation) -> str:
        """Tell of a list of those who belong to tenants that everybody reads, as they read who these are."""
        owners, published = self.field.owners, self.field.published
        for membership in owners.memberships:
            people = [k.target for k in relation.foreign_keys if k.columns == (membership.user,)]
            known = all(name in published for name in (membership.root, *people)) and bool(people)
            if membership.relation == relation.name and known:
                policy = lists_members(relation, self.field.clients)
                return (
                    f"rows that policy {policy} shows of who belongs to {membership.root}" if policy else ""
                )
        return ""

    def _made_of_withheld(self, relation: Relation, row: SyntheticRow | None, outcome: Outcome) -> bool:
        """Whether columns that are shown hold the texts of some that are not: a generated one may."""
        texts = [row.texts.get(name) or "" for name in withheld(relation, self.field.clients)] if row else []
        marks = {mark for text in texts for mark in CANARY.findall(text)}
        return any(mark in text for text in outcome.rows for mark in marks)

    def _whoever(self, reader: str) -> tuple[Identity, Person | None]:
        return next((pair for pair in self.actors if pair[0].name == reader), self.actors[1])

    def _by_choice(self, relation: Relation, role: str) -> str:
        """Return the policy that shows rows to a role, where grants were chosen for it here or above."""
        clients, owned = self.field.clients, self.field.owners.owned
        if role not in relation.privileges or role == self.actors[1][0].role:
            return ""
        parties = Parties(role, self.actors[1][0].role, clients)
        for place, one in enumerate((relation, *self._above(relation))):
            users = owned[one.name].users if one.name in owned else ()
            if policy := shown_by_choice(one, users, self.field.key_columns(one), parties):
                keys = self.field.key_columns(relation)
                return shown_with_parent(relation, keys, parties) if place else policy
        return ""

    def _above(self, relation: Relation) -> Iterator[Relation]:
        """Yield the relations that lead to whoever owns a row, the nearest first."""
        owned, one = self.field.owners.owned, relation
        for _ in range(_DEPTH):
            via = owned[one.name].reference if one.name in owned else None
            parent = self.field.catalog.relation(via.target) if via else None
            if parent is None or parent.name not in owned:
                return
            yield parent
            one = parent


def _is_time(column: Column) -> bool:
    return column.dated and not column.generated
