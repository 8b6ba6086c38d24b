"""Lets a table of bob's refer to rows of alice's, and sees whether she still gets rid of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.creatable import creatable
from pytest_readiness.gather.synthesis.refusals import REFERRED_TO
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field

_PROBE = "readiness_pins"
_BACK = ("set local session authorization default", "set local role none")


@dataclass(frozen=True)
class Pinned:
    """Tries the tables that bob may refer to because somebody let him, where he may make tables at all.

    Where the platform grants that on every table, another check notes it.
    """

    field: Field

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield whether she deletes her row all the same, once for each table."""
        alice = self.field.cast.user(ALICE)
        tried = [
            Attempt(alice, (delete,), about=relation, before=before)
            for relation in relations
            if self._is_let(relation)
            for delete, pins in self._pins(relation)
            for before in ((), pins)
        ]
        came = list(self.field.runner.run(tried))
        for (_, free), (attempt, pinned) in zip(came[::2], came[1::2], strict=True):
            held = not free.state and free.touched and _is_pinned(pinned)
            harms = (self._harm(attempt, pinned),) if held else ()
            yield Assault(attempt.about.name, "DELETE", 1, harms)

    def _is_let(self, relation: Relation) -> bool:
        """Whether bob holds it because somebody gave it to him, and not to all whom the API lets in."""
        bob, holders = self.field.cast.user(BOB).role, {*_holders(relation)}
        clients = {*self.field.target.profile.clients}
        for_all = bool(clients) and holders >= clients
        may = bob in holders and not for_all and not self.field.target.profile.grants_all
        owned = relation.kind in TABLE_KINDS and relation.name in self.field.owners.owned
        return may and owned and relation.owner != bob and bool(self._schemas)

    @cached_property
    def _schemas(self) -> list[str]:
        return creatable(self.field, self.field.cast.user(BOB).role)

    def _pins(self, relation: Relation) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield her delete of a row, and what makes a table of bob's refer to it."""
        row = self.field.population.row(relation.name, ALICE.name)
        held = relation.privileges.get(self.field.cast.user(ALICE).role)
        key = next(iter([relation.primary_key, *relation.unique]), ())
        columns = [column for name in key if (column := relation.column(name))]
        values = [row.texts.get(name) for name in key] if row else []
        if not row or not row.where or not columns or None in values or not held:
            return
        if "delete" in held.others:
            table = f"{self._schemas[0]}.{_PROBE}"
            own = ", ".join(f"k{number} {column.type}" for number, column in enumerate(columns))
            keys = ", ".join(f"k{number}" for number, _ in enumerate(columns))
            named = ", ".join(column.quoted for column in columns)
            made = f"create table {table} ({own}, foreign key ({keys}) references {relation.name} ({named}))"
            put = f"insert into {table} values ({', '.join(map(literal, values))})"
            bob = self.field.cast.user(BOB).script().rstrip(";")
            yield f"delete from {relation.name} where {row.where}", (bob, made, put, *_BACK)

    def _harm(self, attempt: Attempt, outcome: Outcome) -> Harm:
        relation = attempt.about
        script = self.field.script(relation.name, attempt.actor, attempt.steps, before=attempt.before)
        what = f"a table that he made refers to it ({outcome.state})"
        by = f"REFERENCES is granted on {relation.name}, and he may create tables in {self._schemas[0]}"
        roles = ", ".join(map(identifier, sorted(_holders(relation))))
        mend = f"revoke references on {relation.name} from {roles};"
        return Harm(BOB.name, "pinned", relation.name, ALICE.name, what, script, by, mend)


def _is_pinned(outcome: Outcome) -> bool:
    return outcome.state in REFERRED_TO and _PROBE in outcome.message


def _holders(relation: Relation) -> Iterator[str]:
    return (role for role, held in relation.privileges.items() if "references" in held.others)
