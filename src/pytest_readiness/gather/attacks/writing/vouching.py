"""Puts somebody else's name where he gives his word for a row, and where nobody's stood before.

Triggers compare what was with what is. Where nothing was, a plain comparison says neither yes nor no.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, CAROL, DANA
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.judges.purpose.approvals import vouching
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field

_NAMED = (DANA, ALICE)
"""Who may be named: a colleague of bob's first, as code may ask for one."""


@dataclass(frozen=True, slots=True)
class Vouching:
    """Tries the tables that say so, with rows of bob's own.

    It is no right of his where the same is refused to him while another's name stands there.
    """

    field: Field

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what was let through for want of a name before it."""
        role = self.field.cast.user(BOB).role
        for relation in relations:
            held, mine = relation.privileges.get(role), self.field.population.row(relation.name, BOB.name)
            owned = self.field.owners.owned.get(relation.name)
            if relation.kind not in TABLE_KINDS or not held or not owned or mine is None or not mine.where:
                continue
            for name in vouching(relation, owned.users):
                column = relation.column(name)
                if column and not column.not_null and name in held.update:
                    yield from self._of(relation, column, mine)

    def _of(self, relation: Relation, column: Column, mine: SyntheticRow) -> Iterator[Assault]:
        for person in _NAMED:
            key = str(person.key(column.type))
            blank, named = (
                self._tried(relation, column, mine, key, before)
                for before in (None, str(CAROL.key(column.type)))
            )
            if self._is_named(relation, column, key, blank) and named is not None and named.state:
                yield Assault(relation.name, "UPDATE", 2, (self._harm(relation, column, mine, person),))
                return

    def _attempt(
        self, relation: Relation, column: Column, mine: SyntheticRow, key: str, before: str | None
    ) -> Attempt:
        step = f"update {relation.name} set {column.quoted} = {literal(key)} where {mine.where}"
        state = change(relation.name, column, before, mine)
        return Attempt(self.field.cast.user(BOB), (step,), (relation.name,), before=state.statements)

    def _tried(
        self, relation: Relation, column: Column, mine: SyntheticRow, key: str, before: str | None
    ) -> Outcome | None:
        """Return what came of naming somebody, where the state before it came about."""
        attempt = self._attempt(relation, column, mine, key, before)
        ((_, outcome, control),) = self.field.from_states([attempt])
        return None if control.state else outcome

    def _is_named(self, relation: Relation, column: Column, key: str, outcome: Outcome | None) -> bool:
        done = outcome.changed.get(relation.name) if outcome and not outcome.state else None
        return any(str(row.get(column.name)) == key for row in (done.new if done else ()))

    def _harm(self, relation: Relation, column: Column, mine: SyntheticRow, person: Person) -> Harm:
        key = str(person.key(column.type))
        attempt = self._attempt(relation, column, mine, key, None)
        script = self.field.script(relation.name, attempt.actor, attempt.steps, before=attempt.before)
        what = f"{column.name} from `null` to `{key}`, which is refused while another's name stands there"
        return Harm(BOB.name, "forged", relation.name, person.name, what, script)
