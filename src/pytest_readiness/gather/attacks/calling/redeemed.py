"""Calls functions once more with an invitation that let bob in before, after he was shown the door.

A function may note on an invitation that it was used, and never ask. That it is meant to be used once is told
by no name, but by what the function writes there the first time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.calling.links import Links, stating, unspent
from pytest_readiness.gather.attacks.codes import is_capability
from pytest_readiness.gather.attacks.meanings import compared, family
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, words_of
from pytest_readiness.gather.synthesis.refusals import where
from pytest_readiness.gather.synthesis.values import text_of
from pytest_readiness.judges.isolation.harm import GUEST
from pytest_readiness.judges.purpose.visibility import is_over, publishes
from pytest_readiness.judges.sql.lexis import plain, underscored, word
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Function, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.judges.isolation.labels import Row
    from pytest_readiness.target.identities import Identity

_LETS_IN = re.compile(r"\b(insert|merge)\b", re.IGNORECASE)
_EACH_TIME = re.compile(
    r"(^|_)(last|latest|recent|seen|opened|viewed|clicked|visited|updated|modified|changed|touched|"
    r"letzte[rs]?|zuletzt|geändert|geaendert|geöffnet|gesehen|ultim[oa]|vist[oa]|derni[eè]re?|vue?|laatste?)(_|$)",
    re.IGNORECASE,
)
"""How columns are called that say when something was done last, as often as it may be."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in alice's tenant that bob got.

    Attributes:
        removal: How he loses it again.
        switch: The column by which he does, with what it said before; none where the row goes.
    """

    relation: str
    removal: str
    switch: tuple[str, object] | None = None


class Redeemed:
    """Tries the functions that let their caller into a tenant by a row that says so."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.links = Links(field)
        self.arguments = field.arguments
        self.alice, self.bob = field.cast.user(ALICE), field.cast.user(BOB)

    def harms(self, function: Function) -> Iterator[Harm]:
        """Yield that a place which was taken from bob is his again by what he was given once."""
        reach = self.field.texts.function_reach(function)
        belonging = [one for one in self.field.owners.memberships if one.relation in reach]
        if not belonging or self.bob.role not in function.callers or not _LETS_IN.search(function.body):
            return
        beside = {*self.field.owners.roots, *self.field.owners.people, *(one.relation for one in belonging)}
        for name in sorted(reach - beside):
            relation, row = self.field.catalog.relation(name), self.field.population.row(name, ALICE.name)
            for receiver in self.links.received(relation) if relation and row and row.where else ():
                if relation and row and relation.kind in TABLE_KINDS:
                    said = unspent(relation) | receiver
                    yield from self._of(
                        function, relation, row, said, addressed=self._addresses(relation, receiver)
                    )

    def _addresses(self, relation: Relation, receiver: Values) -> bool:
        """Whether a row says in one of these columns for whom it is, and not who made it."""
        owned = self.field.owners.owned.get(relation.name)
        named = {name for name in receiver if GUEST.search(name) and not name.endswith("_by")}
        return bool(named or (owned and receiver.keys() & owned.appointed))

    def _of(
        self, function: Function, relation: Relation, row: SyntheticRow, said: Values, *, addressed: bool
    ) -> Iterator[Harm]:
        call = self._call(function, relation, row.texts | said, addressed=addressed)
        watch = tuple(sorted(self.field.texts.changed_by(function)))
        given = (*stating(relation, row, said), *self._alone())
        first = next((came for _, came in self.field.in_states(_tried(self.bob, call, watch, given))), None)
        new = first.changed[relation.name].new if first and relation.name in first.changed else ()
        mark = _mark(self.field, relation, row.texts | said, new)
        for place in self._places(first) if first and mark else ():
            begun = (*given, *self.bob.acting(call.removeprefix(QUERY)))
            once = (*begun, *self.alice.acting(place.removal))
            if not self._is_taken(place, begun):
                continue
            for again, came in self.field.in_states(_tried(self.bob, call, watch, once)):
                if self._is_back(place, came):
                    what = f"a place in {place.relation} that was taken from him"
                    what += f", by what {relation.name} gave him once, as {mark} tells"
                    script = self.field.script(place.relation, self.bob, again.steps, before=once)
                    yield Harm(BOB.name, "forged", place.relation, ALICE.name, what, script)
                    return

    def _is_taken(self, place: _Place, before: tuple[str, ...]) -> bool:
        """Tell whether alice can take a place from him: what stays there has not come back."""
        tried = Attempt(self.alice, (place.removal,), before=before)
        return any(bool(came.touched) and not came.state for _, came in self.field.in_states((tried,)))

    def _call(self, function: Function, relation: Relation, row: Values, *, addressed: bool) -> str:
        """Return a call that names a row by a secret, or by its key where it is for somebody; or nothing."""
        alone = relation.single_keys
        keys = {
            c.name for c in relation.columns if is_capability(relation, c) or (addressed and c.name in alone)
        }
        given = [self.arguments.first(argument, function, BOB) for argument in function.arguments]
        named = False
        for place, argument in enumerate(function.arguments):
            for name in sorted(compared(plain(function.body), argument) & keys):
                column, value = relation.column(name), row.get(name)
                if column and value is not None and family(column.type) == family(argument.type):
                    given[place], named = f"{literal(value)}::{argument.declared}", True
        return call_sql(function, given) if named else ""

    def _alone(self) -> tuple[str, ...]:
        """Return what takes his own places away, where a user has only one."""
        names = {one.relation for one in self.field.owners.memberships} & self.field.owners.people.keys()
        own = [(name, row) for name in sorted(names) if (row := self.field.population.row(name, BOB.name))]
        left = [f"delete from {name} where {row.where}" for name, row in own]
        return (QUIETLY, *left, AS_EVER) if left else ()

    def _places(self, outcome: Outcome) -> Iterator[_Place]:
        """Yield the places in her tenant that a call gave him, with each way to take one back."""
        for membership in self.field.owners.memberships:
            relation = self.field.catalog.relation(membership.relation)
            for row in self._his(membership.relation, outcome) if relation else ():
                if relation is None or membership.tenant not in row:
                    continue
                keys = {n: str(row[n]) for n in (membership.user, membership.tenant)}
                those = where(relation, keys)
                off = [one for one in relation.columns if self._turns_off(one)]
                for column in off:
                    value = "now()" if column.dated else f"not {column.quoted}"
                    update = f"update {relation.name} set {column.quoted} = {value} where {those}"
                    yield _Place(relation.name, update, (column.name, row[column.name]))
                if not off or self._is_deleted(relation):
                    yield _Place(relation.name, f"delete from {relation.name} where {those}")

    def _his(self, name: str, outcome: Outcome) -> list[Row]:
        """Return the rows that a call made, or changed, which give him a place in her tenant."""
        wanted = {BOB.name, ALICE.tenant.name if ALICE.tenant else ""}
        new = outcome.changed[name].new if name in outcome.changed else ()
        return [row for row in new if wanted <= self.field.labels.of(name, row)]

    @staticmethod
    def _turns_off(column: Column) -> bool:
        if column.type == "boolean":
            return publishes(column.name) or is_over(column.name)
        return column.dated and not column.not_null and is_over(column.name)

    def _is_deleted(self, relation: Relation) -> bool:
        """Whether anybody deletes such rows: a client, or a function."""
        held = (privileges.others for privileges in relation.privileges.values())
        said = re.compile(rf"\bdelete\s+from\s+(?:\w+\.)?{word(relation.table)}(?!\w)", re.IGNORECASE)
        bodies = (plain(one.body) for one in self.field.catalog.functions)
        return any("delete" in others for others in held) or any(map(said.search, bodies))

    def _is_back(self, place: _Place, outcome: Outcome) -> bool:
        rows = self._his(place.relation, outcome)
        return any(place.switch is None or row[place.switch[0]] == place.switch[1] for row in rows)


def _tried(
    actor: Identity, call: str, watch: tuple[str, ...], before: tuple[str, ...]
) -> tuple[Attempt, ...]:
    return (Attempt(actor, (call,), watch, before=before),) if call else ()


def _mark(field: Field, relation: Relation, row: Values, new: Iterable[Row]) -> str:
    """Return the column in which a call noted, on the row that it named, what happens once; empty if none."""
    key = {name: row.get(name) for name in relation.primary_key}
    owned = field.owners.owned.get(relation.name)
    for one in new:
        texts = {column.name: text_of(column, one[column.name]) for column in relation.columns}
        if not key or any(texts[name] != value for name, value in key.items()):
            continue
        for column in relation.columns:
            was, now = row.get(column.name), texts[column.name]
            if now in {None, was} or _EACH_TIME.search(underscored(column.name)):
                continue
            filled = was is None and (column.dated or (owned is not None and column.name in owned.users))
            turned = column.type == "boolean" or now in words_of(field, relation, column)
            if filled or turned:
                return column.quoted
    return ""
