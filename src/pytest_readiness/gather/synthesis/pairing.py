"""Whom a row names beside its owner, where it may not name the same one twice, and what it repeats."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, CAROL, DANA, DANA_IN_BLUE, NEWCOMER
from pytest_readiness.gather.synthesis.references import writable
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.judges.sql.lexis import names, plain, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.contents import Contents
    from pytest_readiness.gather.synthesis.references import References
    from pytest_readiness.gather.synthesis.refusals import Refusal, Values

_OTHERS = {
    ALICE: (CAROL, BOB),
    BOB: (NEWCOMER, ALICE),
    CAROL: (ALICE, BOB),
    NEWCOMER: (BOB,),
    DANA: (CAROL, BOB),
}
"""Whom a row names beside its owner, where it has to name two; then one of another tenant."""

_COLLEAGUES = {BOB: (DANA_IN_BLUE,)}
"""Who else is of the same tenant, where a key wants somebody of it; she need have no account there."""

_ALIKE = r"(?:(?<![<>:])=|<>|!=|is\s+(?:not\s+)?distinct\s+from)"


@dataclass(frozen=True)
class Pairing:
    """Suggests other values for a row of two people that was refused.

    Attributes:
        contents: Says what rows hold.
        references: Finds what they refer to.
    """

    contents: Contents
    references: References

    def somebody_else(self, relation: Relation, person: Person, refusal: Refusal) -> Iterator[Values]:
        """Name another person, or what is another's, where a row may not name the same one twice.

        Where the two have an order, the other may have to come first. Who is not in the same tenant is
        refused by a key of several columns, and the next one is named.
        """
        check = next((c for c in relation.checks if c.name == refusal.constraint), None)
        missing = frozenset(refusal.taken if refusal.sqlstate == "23503" else ())
        about = check.columns if check else missing
        if refusal.constraint and not about:
            return
        pairs = [
            (one, again)
            for first, name in self.contents.named_again(relation)
            if (not about or name in about)
            and first not in missing
            and (one := relation.column(first))
            and (again := relation.column(name))
        ]
        # A key that names two people refers to a pair, which is another row's.
        several = missing and len({again.name for _, again in pairs}) > 1
        others = (*_OTHERS.get(person, ()), *(_COLLEAGUES.get(person, ()) if missing else ()))
        for other in others if pairs and not several else ():
            hers, his = self._named(relation, person), self._named(relation, other)
            yield {again.name: his(again) for _, again in pairs}
            if not missing and all(one.writable for one, _ in pairs):
                yield {c.name: who(c) for one, again in pairs for c, who in ((one, his), (again, hers))}

    def _named(self, relation: Relation, person: Person) -> Callable[[Column], str]:
        """Return what columns say that name a person, or what is that person's."""
        try:
            parents = self.references.of(relation, person, frozenset())
        except CannotFillError:
            parents = {}
        return lambda column: parents.get(column.name) or str(person.key(column.type))

    def of_parent(self, relation: Relation, person: Person, refusal: Refusal) -> Iterator[Values]:
        """Name whom the parent names where a row repeats a key of several columns: two who talk.

        Where a trigger refuses it, it may have to repeat something else that this looks at: both are in one
        currency.
        """
        for key in relation.foreign_keys if refusal.sqlstate == "23503" else ():
            if len(key.columns) > 1 and {*key.columns} == {*refusal.taken}:
                with suppress(CannotFillError):
                    parent = self.references.parent(relation, key, person)
                    pairs = zip(key.columns, key.target_columns, strict=True)
                    yield {name: parent[target] for name, target in pairs if writable(relation, name)}
        if not refusal.constraint and not refusal.column and relation.triggers:
            yield from self._repeated(relation, person)

    def _repeated(self, relation: Relation, person: Person) -> Iterator[Values]:
        """Yield what rows that triggers look at say in columns of the same name, which have to be alike."""
        keys = {name for key in relation.foreign_keys for name in key.columns}
        bodies = [plain(trigger.body) for trigger in relation.triggers]
        told = frozenset[str]().union(*map(names, bodies))
        free = (column.name for column in relation.columns if column.writable and column.name not in keys)
        alike = [name for name in free if any(_is_equated(name, body) for body in bodies)]
        for one in self._looked_at(relation, told) if alike else ():
            with suppress(CannotFillError):
                row = self.references.make(one, person).texts
                if said := {name: row[name] for name in alike if row.get(name) is not None}:
                    yield said

    def _looked_at(self, relation: Relation, told: frozenset[str]) -> list[Relation]:
        """Return the relations that triggers name, and that belong to somebody: of the same schema first."""
        catalog, owned = self.references.catalog, self.references.owners.owned
        found = [one for one in catalog.relations if one.table in told and one.name in owned]
        found = [one for one in found if one.name != relation.name and one.kind in TABLE_KINDS]
        return sorted(found, key=lambda one: one.schema != relation.schema)


def _is_equated(name: str, body: str) -> bool:
    """Whether a trigger asks whether a value of a new row is the same as another, as of no amount."""
    new = rf"\(*new\.{re.escape(word(name))}(?!\w)\)*(?:::\w+)?"
    return bool(re.search(rf"{new}\s*{_ALIKE}|{_ALIKE}\s*{new}", body, re.IGNORECASE))
