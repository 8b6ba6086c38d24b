"""Makes many rows of bob's own where a trigger keeps the latest alone: those of others may go for them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.attacks import Assault
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.sql.lexis import plain, unsaid
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.attacks import Harm
    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.gather.attacks.attempts import Change, Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger
    from pytest_readiness.gather.synthesis.refusals import Values

_COUNTS = re.compile(r"\b(?:limit|offset|count|row_number|rank|fetch)\b", re.IGNORECASE)
"""What tells rows that are kept from those that are too many."""

_DELETES = re.compile(r"\bdelete\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")
_MOST = 1000
"""Rows that are kept of which so many are made."""

_COUNTED = frozenset({"integer", "bigint", "numeric"})
_FIRST = 481_600_000
"""Numbers above those that rows have."""


@dataclass(frozen=True)
class CrowdingOut:
    """Tries tables that bob may insert into and whose triggers delete."""

    field: Field
    forger: Forger

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what went for rows of his, once for each table."""
        bob = self.field.cast.user(BOB)
        attempts = [
            Attempt(bob, (sql,), tuple(sorted(self.field.texts.touched_by(one.name))), one)
            for one in relations
            if (most := self._kept(one)) and self._many(one, 1)
            for sql in (self._many(one, 1), self._many(one, most + 2))
        ]
        came = list(self.field.runner.run(attempts))
        for (_, single), (attempt, outcome) in zip(came[::2], came[1::2], strict=True):
            if outcome.state:
                continue
            more = but_for(outcome, single, self.field.catalog)
            found = self.field.harms(attempt, more, BOB, {attempt.about.name})
            gone = tuple(self._said(attempt.about, harm) for harm in found if harm.kind == "destroyed")
            yield Assault(attempt.about.name, "INSERT", 1, gone)

    def _said(self, relation: Relation, harm: Harm) -> Harm:
        trigger = " or ".join(_keeping(relation))
        by = f"trigger {trigger} keeps a number of rows, whosever they are"
        return replace(harm, by=by, mend=f"Let {trigger} count the rows of each owner apart.")

    def _kept(self, relation: Relation) -> int:
        """Return how many rows a trigger keeps; nothing where none does, or where too many are."""
        numbers = (int(text) for said in _keeping(relation).values() for text in _NUMBER.findall(said))
        return max((number for number in numbers if 0 < number <= _MOST), default=0)

    def _many(self, relation: Relation, count: int) -> str:
        """Return what makes so many rows of bob's; nothing where they cannot be told apart."""
        held = relation.privileges.get(self.field.cast.user(BOB).role)
        model = self.forger.model(relation, BOB) if held and relation.kind in TABLE_KINDS else None
        row = {name: value for name, value in (model or {}).items() if held and name in held.insert}
        if not row or not self._may_be_many(relation, row):
            return ""
        columns = [column for column in relation.columns if column.name in row]
        names = ", ".join(column.quoted for column in columns)
        values = ", ".join(self._value(relation, column, row[column.name]) for column in columns)
        return f"insert into {relation.name} ({names}) select {values} from generate_series(1, {count}) g"

    def _may_be_many(self, relation: Relation, row: Values) -> bool:
        """Whether rows of his are told apart by what is drawn for each, or may be."""
        apart = {c.name for c in relation.columns if c.name not in row or self._varies(relation, c)}
        return all({*columns} & apart for columns in relation.unique)

    def _varies(self, relation: Relation, column: Column) -> bool:
        owned = self.field.owners.owned.get(relation.name)
        fixed = {name for key in relation.foreign_keys for name in key.columns}
        fixed |= {*owned.columns} if owned else set()
        unique = {name for names in relation.unique for name in names}
        known = holds_text(column) or column.type == "uuid" or column.type in _COUNTED
        return column.name in unique - fixed and known

    def _value(self, relation: Relation, column: Column, value: str | None) -> str:
        if not self._varies(relation, column):
            return literal(value)
        if column.type == "uuid":
            return "gen_random_uuid()"
        return f"{_FIRST} + g" if column.type in _COUNTED else f"{literal(value)} || g"


def but_for(many: Outcome, single: Outcome, catalog: CatalogEvidence) -> Outcome:
    """Return what came of many rows without those that went for a single one: these were due anyway."""
    changed = dict(many.changed)
    for name, change in single.changed.items():
        relation = catalog.relation(name)
        due = _gone(change, relation.primary_key if relation else ())
        if name in changed:
            left = tuple(row for row in changed[name].gone if row not in due)
            changed[name] = replace(changed[name], gone=left)
    return replace(many, changed=changed)


def _gone(change: Change, key: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the rows that are there no more, not even otherwise."""
    stayed = [[row.get(name) for name in key] for row in change.new] if key else []
    return [row for row in change.gone if [row.get(name) for name in key] not in stayed]


def _keeping(relation: Relation) -> dict[str, str]:
    """Return the triggers that delete what is too much once a row is made, with what they say."""
    acting = (one for one in relation.triggers if one.enabled != "D" and "INSERT" in one.events)
    said = {one.name: unsaid(plain(one.body)) for one in acting}
    return {name: text for name, text in said.items() if _DELETES.search(text) and _COUNTS.search(text)}
