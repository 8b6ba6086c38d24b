"""Rows that an attacker may try to put in somebody else's place."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, NEWCOMER
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.mistakes import Mistakes
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import another, canary, holds_text, value_for
from pytest_readiness.judges.owners.folders import leading
from pytest_readiness.judges.sql.asked_values import asked_of_new
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Privileges, Relation
    from pytest_readiness.evidence.ownership import Ownership
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values


_CONSTANT = re.compile(r"\(*-?('|\d|true|false)", re.IGNORECASE)
"""A default that is the same for every row."""

_PAIR = 2


class Forger:
    """Makes new rows out of those that the server accepted."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._mistakes = Mistakes(field)

    def owner_keys(self, relation: Relation, person: Person) -> Values:
        """Return the columns that say whose a row is, with the person's keys."""
        owned = self.field.owners.owned.get(relation.name)
        found: Values = {}
        for name in owned.users if owned else ():
            if column := relation.column(name):
                address = owned is not None and name in owned.addressed
                found[name] = person.email if address else str(person.key(column.type))
        for name in owned.tenants if owned else ():
            if owned and (column := relation.column(name)) and person.tenant:
                row = self.field.population.row(relation.name, person.name)
                spelt = row.texts.get(name) if row else None
                domain = person.tenant.domain if name in owned.domains else ""
                found[name] = spelt or domain or str(person.tenant.key(owned.key_type(name, column.type)))
        return found | self._beside_paths(relation, found)

    def _beside_paths(self, relation: Relation, values: Values) -> Values:
        """Return paths in the same folders that no row has."""
        owned = self.field.owners.owned.get(relation.name)
        new = canary(self.field.target.seed, relation.name, "forged")
        paths = owned.paths if owned else ()
        return {name: f"{leading(values[name])}{mark}{new}" for name, mark, _ in paths if values.get(name)}

    def inserts(self, relation: Relation, held: Privileges, person: Person | None) -> Iterator[str]:
        """Yield rows in the victim's name, and the actor's own under the victim's parents."""
        hers = self.model(relation, ALICE)
        if not held.insert or hers is None:
            return
        alone = any(set(columns) <= hers.keys() and len(columns) == 1 for columns in self._alone(relation))
        victim = NEWCOMER if alone else ALICE
        yield self._insert(relation, held, hers | self.owner_keys(relation, victim))
        if self._is_listed(relation):
            yield self._insert(relation, held, hers | self.owner_keys(relation, NEWCOMER))
        mine = self.model(relation, person or BOB)
        if mine is not None and person is not None:
            if not self.field.texts.inert(relation.name):
                for said in self._mistakes.of(relation, mine, hers | self.stored(relation, ALICE)):
                    yield self._insert(relation, held, mine | said)
            # Whom a key names beside its parent is whom the parent's owner chose.
            parents = {name for key in relation.foreign_keys for name in key.columns}
            parents -= self.owner_keys(relation, ALICE).keys()
            parents |= self._beside_paths(relation, hers).keys()
            for name in sorted(self.field.key_columns(relation) - (set(relation.primary_key) - parents)):
                if name in mine and hers.get(name) not in {None, mine[name]}:
                    yield self._insert(relation, held, mine | {name: hers[name]})
            yield from (self._insert(relation, held, mine | one) for one in self.answering(relation))
            yield from self._under(relation, held, mine, hers)
            yield from self._between(relation, held, mine, hers)

    def anew(self, relation: Relation, held: Privileges, person: Person) -> Iterator[str]:
        """Yield a new row of a person's own, as it may be inserted by a role, if there is any."""
        model = self.model(relation, person) or {}
        if values := {name: value for name, value in model.items() if name in held.insert}:
            yield insert_sql(relation, values)

    def stored(self, relation: Relation, person: Person) -> Values:
        """Return what is in a person's row, and not what a new one like it would have in its keys."""
        base = self.base(relation, person)
        row = self.field.population.row(base.name, person.name) if base else None
        named = {column.name for column in relation.columns if column.writable}
        return {name: text for name, text in row.texts.items() if name in named} if row else {}

    def _alone(self, relation: Relation) -> Iterator[tuple[str, ...]]:
        """Keys that consist of an owner: each may have one row."""
        owned = self.field.owners.owned.get(relation.name)
        yield from (columns for columns in relation.unique if owned and set(columns) <= set(owned.columns))

    def _is_listed(self, relation: Relation) -> bool:
        """Whether each is chosen once for a thing, so that her row names whom none names again."""
        owned = self.field.owners.owned.get(relation.name)
        referring = {name for key in relation.foreign_keys for name in key.columns}
        keys = (key for key in relation.unique if len(key) > 1 and referring.issuperset(key))
        return owned is not None and any(owned.appointed.intersection(key) for key in keys)

    def _under(self, relation: Relation, held: Privileges, mine: Values, hers: Values) -> Iterator[str]:
        """Yield the actor's rows under a whole parent of the victim, for keys of several columns."""
        for key in relation.foreign_keys:
            if len(key.columns) > 1 and all(name in hers for name in key.columns):
                yield self._insert(relation, held, mine | {name: hers[name] for name in key.columns})
                whole: Values = {name: hers[name] for name in key.columns}
                # A key with a NULL in it is not checked.
                partly = [dict.fromkeys(key.columns) | {name: hers[name]} for name in key.columns]
                partly += [whole | {name: None} for name in key.columns if len(key.columns) > _PAIR]
                yield from (self._insert(relation, held, mine | one) for one in partly)

    def answering(self, relation: Relation) -> Iterator[Values]:
        """Yield references to the victim's row of the same relation: an answer, a quotation, a part."""
        hers = self.field.population.row(relation.name, ALICE.name)
        for key in relation.foreign_keys if hers else ():
            if key.target == relation.name and hers:
                pairs = zip(key.columns, key.target_columns, strict=True)
                yield {own: hers.texts[other] for own, other in pairs}

    def _between(self, relation: Relation, held: Privileges, mine: Values, hers: Values) -> Iterator[str]:
        """Yield rows that lead from the victim to the actor, and back, where two columns refer alike."""
        referring = [(key.columns[0], key.target) for key in relation.foreign_keys if len(key.columns) == 1]
        for (first, target), (second, other) in itertools.permutations(referring, 2):
            if target == other and hers.get(first) and mine.get(first):
                yield self._insert(relation, held, mine | {first: hers[first], second: mine[first]})

    def upserts(self, relation: Relation, held: Privileges) -> Iterator[str]:
        """Yield the victim's own row again, through a view as well: what is there already is updated."""
        base = self.base(relation, ALICE)
        row = self.field.population.row(base.name, ALICE.name) if base else None
        named = {column.name for column in relation.columns}
        if base is None or row is None or not base.primary_key or not named >= set(base.primary_key):
            return
        stored: Values = {n: value for n, value in row.texts.items() if value is not None and n in named}
        free = [c for c in relation.columns if c.name in held.update and c.name not in base.primary_key]
        keys = ", ".join(c.quoted for c in relation.columns if c.name in base.primary_key)
        changes = [f"{c.quoted} = excluded.{c.quoted}" for c in self._content(relation, free)[:1]]
        mine = self.places(base, BOB)
        taken = [
            f"{c.quoted} = {literal(mine[c.name])}"
            for c in relation.columns
            if c.name in mine.keys() & {*held.update}
        ]
        for change in dict.fromkeys((*changes, ", ".join(taken))):
            if change:
                yield f"{self._insert(relation, held, stored)} on conflict ({keys}) do update set {change}"

    def _content(self, relation: Relation, columns: list[Column]) -> list[Column]:
        """Return columns that hold content; those that hold keys where there are no others."""
        return [c for c in columns if c.name not in self.field.key_columns(relation)] or columns

    def places(self, relation: Relation, person: Person) -> Values:
        """Return the columns by which a row is the person's, itself or by what it refers to."""
        owned = self.field.owners.owned.get(relation.name)
        row = self.field.population.row(relation.name, person.name)
        via = owned.reference.columns if owned and owned.reference and row else ()
        return self.owner_keys(relation, person) | {name: row.texts[name] for name in via if row}

    def _insert(self, relation: Relation, held: Privileges, values: Values) -> str:
        return insert_sql(relation, {name: value for name, value in values.items() if name in held.insert})

    def model(self, relation: Relation, person: Person) -> Values | None:
        """Return a row like one of the person's that the server accepted, with keys of its own."""
        base = self.base(relation, person)
        row = self.field.population.row(base.name, person.name) if base else None
        if base is None or row is None:
            return None
        unique = {name for columns in (*base.unique, *base.exclusions) for name in columns}
        fixed = self.field.key_columns(base) - set(base.primary_key)
        owned = self.field.owners.owned.get(base.name)
        fixed |= set(owned.columns) if owned else set()
        fixed |= {name for key in base.foreign_keys for name in key.columns}
        fixed -= told_apart(base, owned)
        values: Values = {}
        for column in base.columns:
            value = row.texts.get(column.name)
            if not column.writable or value is None or relation.column(column.name) is None:
                continue
            if column.name in unique - fixed:
                if column.default and not _CONSTANT.match(column.default):
                    continue
                values[column.name] = self.fresh(column, base, value)
            else:
                words = asked_of_new(base, column) if holds_text(column) and column.name not in fixed else ()
                values[column.name] = value if value in words else next(iter(words), value)
        return self._beside(relation, base, person) | values | self._beside_paths(base, values)

    def _beside(self, relation: Relation, base: Relation, person: Person) -> Values:
        """Return what a view shows of the person's rows in tables beside its base, apart from their keys."""
        if relation is base:
            return {}
        named = {column.name for column in relation.columns}
        below = self.field.texts.touched_by(relation.name) | self.field.texts.depends_on(relation.name)
        found: Values = {}
        for name in sorted(below - {base.name, relation.name}):
            table, row = self.field.catalog.relation(name), self.field.population.row(name, person.name)
            unique = (
                {key for columns in (*table.unique, table.primary_key) for key in columns} if table else ()
            )
            for column in table.columns if table and row else ():
                if row and column.writable and column.name in named and column.name not in unique:
                    found[column.name] = row.texts.get(column.name)
        return found

    def of_base(self, relation: Relation, person: Person) -> SyntheticRow | None:
        """Return the row of a table below a view."""
        base = self.base(relation, person)
        return self.field.population.row(base.name, person.name) if base and base is not relation else None

    def base(self, relation: Relation, person: Person) -> Relation | None:
        """Return the table whose rows a relation shows: itself, or the likeliest one below a view."""
        if relation.kind in TABLE_KINDS:
            return relation
        names = {column.name for column in relation.columns}
        said = self.field.texts.mentioned(relation.view)
        below = self.field.texts.touched_by(relation.name) | self.field.texts.depends_on(relation.name)
        rows = [
            (name in said, len(names & row.stored.keys()), name)
            for name in below - {relation.name}
            if (row := self.field.population.row(name, person.name))
        ]
        return self.field.catalog.relation(max(rows)[2]) if rows else None

    def fresh(self, column: Column, relation: Relation, accepted: str) -> str | None:
        """Return a value that no row has, of the form of one that the server accepted."""
        parts = (self.field.target.seed, relation.name, "forged", column.name)
        checked = any(column.name in check.columns for check in relation.checks)
        if checked and not CANARY.search(accepted) and (alike := another(column, accepted, *parts)):
            return alike
        if not holds_text(column) and column.type == "smallint":
            return "31007"
        return value_for(column, *parts)


def told_apart(relation: Relation, owned: Ownership | None) -> frozenset[str]:
    """Return the columns that no two rows have alike, and that name neither an owner nor a parent."""
    kept = {name for key in relation.foreign_keys for name in key.columns}
    kept |= set(owned.columns) if owned else set()
    return frozenset(columns[0] for columns in relation.unique if len(columns) == 1) - kept
