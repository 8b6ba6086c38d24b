"""Statements that change or destroy rows that are there, in every form that the server has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS, Privileges, Relation
from pytest_readiness.evidence.people import ALICE, BOB, NOBODY
from pytest_readiness.gather.synthesis.refusals import where
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from pytest_readiness.evidence.catalog import Column, ForeignKey
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.forgery import Forger

_DRAWN = "gen_random_uuid()"
"""What is another in each row, and is read from none."""

_PLAIN = {
    **dict.fromkeys(("jsonb", "json"), "'[1]'"),
    **dict.fromkeys(("time without time zone", "time with time zone"), "'04:08:15'"),
    "interval": "'48 days 15 hours'",
    "uuid": _DRAWN,
    "date": "current_date - 1",
}


_FRESH = {
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric"), "29999"),
    "uuid": _DRAWN,
    "date": "'1999-12-31'",
    **dict.fromkeys(("timestamp with time zone", "timestamp without time zone"), "'1999-12-31'"),
}
"""Values of keys that no row has."""


class Changes:
    """Writes them for the rows of a populated target."""

    def __init__(self, forger: Forger) -> None:
        self.field = forger.field
        self.forger = forger

    def denied(self, relation: Relation, held: Privileges) -> Iterator[tuple[str, str]]:
        """Yield the plainest statement of each verb that the role holds no privilege for."""
        first = relation.columns[0].quoted if relation.columns else ""
        if first and not held.update:
            yield "UPDATE", f"update {relation.name} set {first} = {first}"
        if first and not held.insert:
            yield "INSERT", f"insert into {relation.name} ({first}) values (default)"
        if "delete" not in held.others:
            yield "DELETE", f"delete from {relation.name}"
        if "truncate" not in held.others and relation.kind in TABLE_KINDS:
            yield "TRUNCATE", f"truncate {relation.name}"

    def bare(self, relation: Relation, held: Privileges) -> Iterator[tuple[str, str]]:
        """Yield the update and the delete that reach whatever any reaches.

        They name no column but the one that is set: otherwise SELECT policies take part.
        """
        if columns := _settable(relation, held):
            yield "UPDATE", f"update {relation.name} set {self._plain(relation, columns)}"
        if "delete" in held.others:
            yield "DELETE", f"delete from {relation.name}"

    def assignment(self, relation: Relation, held: Privileges) -> str:
        """Return an assignment that leaves the victim's row as it is; empty if there is none."""
        columns = _settable(relation, held)
        return self._plain(relation, columns, (ALICE, BOB)) if columns else ""

    def deletes(self, relation: Relation, held: Privileges) -> Iterator[str]:
        """Yield the deletes besides the bare one."""
        if "delete" in held.others:
            yield from self._keyed(relation, f"delete from {relation.name}")

    def updates(self, relation: Relation, held: Privileges, person: Person | None) -> Iterator[str]:
        """Yield the updates besides the bare one that tell whether any gets through."""
        columns = _settable(relation, held)
        if not columns:
            return
        plain = self._plain(relation, columns)
        if person and (steal := self._owner(relation, columns, person)):
            yield f"update {relation.name} set {steal}"
            if (apart := self._owner(relation, columns, person, apart=True)) != steal:
                yield f"update {relation.name} set {apart}"
        yield from self._keyed(relation, f"update {relation.name} set {plain}")
        yield from self._mistaken(relation, columns, plain) if person else ()
        if relation.kind in TABLE_KINDS and held.select:
            source = "using (select 1) readiness_one on true when matched then update set"
            yield f"merge into {relation.name} {source} {plain}"

    def rehomings(self, relation: Relation, held: Privileges, person: Person | None) -> Iterator[str]:
        """Yield updates that put the actor's own rows in the victim's place, one key at a time."""
        mine = self.field.population.row(relation.name, person.name) if person else None
        hers = self.field.population.row(relation.name, ALICE.name)
        if mine is None or hers is None:
            return
        columns = _settable(relation, held)
        keys = self.field.key_columns(relation) - {*relation.primary_key}
        changes = [
            f"{column.quoted} = {literal(value)}"
            for column in columns
            if column.name in keys
            and (value := hers.texts.get(column.name)) is not None
            and value != mine.texts.get(column.name)
        ]
        if steal := self._owner(relation, columns, ALICE):
            changes.append(steal)
            if apart := self._apart(relation, columns, mine, hers):
                changes.append(f"{steal}, {apart}")
        changes += self._placed(relation, columns, mine, hers)
        for change in dict.fromkeys(changes):
            yield f"update {relation.name} set {change}"

    def _placed(
        self, relation: Relation, columns: list[Column], mine: SyntheticRow, hers: SyntheticRow
    ) -> Iterator[str]:
        """Yield assignments of all that says where a row is; whom his own names is named in all of them.

        A key of several columns is refused unless all of them move; then what else hers refers to is moved.
        """
        owned = self.field.owners.owned.get(relation.name)
        named = {*owned.users} if owned else set()
        several = {name for key in relation.foreign_keys if len(key.columns) > 1 for name in key.columns}
        referring = {name for key in relation.foreign_keys for name in key.columns}
        tenants = {*owned.tenants} if owned else set()
        for names in (tenants, tenants | several, tenants | referring):
            moved = {
                c.quoted: literal(hers.texts[c.name])
                for c in columns
                if c.name in names - named and hers.texts.get(c.name) not in {None, mine.texts.get(c.name)}
            }
            if len(moved) > 1:
                moved |= {c.quoted: literal(mine.texts[c.name]) for c in columns if c.name in named}
                yield _assigned(moved)
                if apart := self._apart(relation, columns, mine, hers):
                    yield f"{_assigned(moved)}, {apart}"

    def _apart(
        self, relation: Relation, columns: list[Column], mine: SyntheticRow, hers: SyntheticRow
    ) -> str:
        """Return assignments to what both rows have alike in a key: in one tenant the two would collide."""
        owned = self.field.owners.owned.get(relation.name)
        referring = {name for key in relation.foreign_keys for name in key.columns}
        keyed = {name for names in relation.unique for name in names} - referring
        keyed -= {*owned.columns} if owned else set()
        alike = [c for c in columns if c.name in keyed and mine.texts[c.name] == hers.texts[c.name]]
        changes = (
            (c.quoted, "'x'" if holds_text(c) else _FRESH.get(c.type.split("(")[0], "")) for c in alike
        )
        return ", ".join(f"{name} = {value}" for name, value in changes if value)

    def of_own(self, relation: Relation, updates: Iterator[str], person: Person | None) -> Iterator[str]:
        """Yield the same updates for the actor's row alone: of all at once, one may be in the way."""
        mine = self.field.population.row(relation.name, person.name) if person else None
        for update in updates if mine else ():
            yield f"{update} where {mine.where}" if mine else update

    def given_away(
        self, relation: Relation, held: Privileges, person: Person | None
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield an update that gives the actor's rows away, with what takes away all that refers to them."""
        mine = self.field.population.row(relation.name, person.name) if person else None
        hers = self.field.population.row(relation.name, ALICE.name)
        alone = tuple(self.unreferenced(relation, mine)) if mine else ()
        columns = _settable(relation, held)
        steal = self._owner(relation, columns, ALICE)
        if mine and alone and steal:
            yield f"update {relation.name} set {steal}", alone
            if hers and (apart := self._apart(relation, columns, mine, hers)):
                yield f"update {relation.name} set {steal}, {apart}", alone
        placed = self._placed(relation, columns, mine, hers) if mine and hers and alone else ()
        for change in dict.fromkeys(placed):
            yield f"update {relation.name} set {change}", alone

    def each_column(self, relation: Relation, held: Privileges, person: Person | None) -> Iterator[str]:
        """Yield updates of each column, alone and together with the owner."""
        columns = _settable(relation, held)
        steal = self._owner(relation, columns, person) if person else ""
        for column in columns:
            if column.name in self.field.key_columns(relation):
                continue
            apart = self._each_apart(relation, column)
            for change in dict.fromkeys((self._value(relation, column), _other(column), apart)):
                if change:
                    yield f"update {relation.name} set {column.quoted} = {change}"
                    if steal:
                        yield f"update {relation.name} set {column.quoted} = {change}, {steal}"

    def of_owner(self, relation: Relation, held: Privileges, row: SyntheticRow) -> Iterator[tuple[str, str]]:
        """Yield what the owner does with her own row."""
        columns = _settable(relation, held)
        if columns:
            yield "UPDATE", f"update {relation.name} set {self._plain(relation, columns)} where {row.where}"
        if "delete" in held.others:
            yield "DELETE", f"delete from {relation.name} where {row.where}"

    def _plain(
        self, relation: Relation, columns: list[Column], people: tuple[Person, ...] = (BOB, ALICE)
    ) -> str:
        """Return an assignment that the server is likely to accept for every row."""
        keys = self.field.key_columns(relation)
        unique = {name for names in relation.unique for name in names}
        content = [c for c in columns if c.name not in keys | unique] or columns
        return f"{content[0].quoted} = {self._value(relation, content[0], people)}"

    def _value(self, relation: Relation, column: Column, people: tuple[Person, ...] = (BOB, ALICE)) -> str:
        """Return a value that a row of the attacker's has, or else one of the victim's, or of nobody's."""
        for person in (*people, NOBODY):
            row = self.field.population.row(relation.name, person.name) or self.forger.of_base(
                relation, person
            )
            value = row.texts.get(column.name) if row else None
            if value is not None:
                return literal(value)
        return "null" if not column.not_null else _other(column) or "default"

    def _each_apart(self, relation: Relation, column: Column) -> str:
        """Return a text that begins like the actor's own and is another in each row; empty for other columns.

        What tells rows apart may say by its beginning whose they are, and all at once cannot have the same.
        """
        value = self._value(relation, column)
        named = column.name in _keyed(relation) and column.is_text and value.startswith("'")
        return f"{value} || {_DRAWN}" if named else ""

    def _keyed(self, relation: Relation, statement: str) -> Iterator[str]:
        """Yield a statement for the victim's row alone: a row of somebody else may stop the bare one."""
        row = self.field.population.row(relation.name, ALICE.name)
        if row and row.where:
            yield f"{statement} where {row.where}"

    def _owner(
        self, relation: Relation, columns: list[Column], person: Person, *, apart: bool = False
    ) -> str:
        """Return assignments that make a row the person's; apart, if each gets a path of its own."""
        keys = self.forger.owner_keys(relation, person)
        owned = self.field.owners.owned.get(relation.name)
        paths = {name for name, _, _ in owned.paths} if owned and apart else set()
        drawn = {c.name: f" || {_DRAWN}" if c.name in paths & _keyed(relation) else "" for c in columns}
        return ", ".join(
            f"{c.quoted} = {literal(keys[c.name])}{drawn[c.name]}" for c in columns if keys.get(c.name)
        )

    def _mistaken(self, relation: Relation, columns: list[Column], plain: str) -> Iterator[str]:
        """Yield updates of a view's row that call it the victim's: what acts for it may look there."""
        if relation.kind in TABLE_KINDS:
            return
        mine, hers = self.forger.of_base(relation, BOB), self.forger.of_base(relation, ALICE)
        for column in columns if mine and hers else ():
            value = hers.texts.get(column.name) if hers else None
            if mine and value not in {None, mine.texts.get(column.name)} and column.type != "json":
                yield f"update {relation.name} set {column.quoted} = {literal(value)}"
                if not plain.startswith(f"{column.quoted} ="):
                    yield f"update {relation.name} set {column.quoted} = {literal(value)}, {plain}"

    def unreferenced(self, relation: Relation, row: SyntheticRow, kept: Container[str] = ()) -> Iterator[str]:
        """Yield statements by which a superuser takes away what refers to a row, asking no trigger.

        Rows of the kept relations stay.
        """
        deletes = [
            f"delete from {child.name} where {where(child, keyed)}"
            for child, key in self.field.catalog.referring(relation.name)
            if child.name != relation.name and child.name not in kept
            if (keyed := self._key_of(key, row))
        ]
        if deletes:
            yield "set local session_replication_role = replica"
            yield from dict.fromkeys(deletes)
            yield "set local session_replication_role = origin"

    @staticmethod
    def _key_of(key: ForeignKey, row: SyntheticRow) -> dict[str, str | None]:
        values = [row.texts.get(name) for name in key.target_columns]
        if any(value is None for value in values):
            return {}
        return dict(zip(key.columns, values, strict=True))


def _keyed(relation: Relation) -> frozenset[str]:
    """Return the columns of keys that no two rows have alike."""
    return frozenset(name for names in relation.unique for name in names)


def _assigned(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def _settable(relation: Relation, held: Privileges) -> list[Column]:
    """Return the columns that the role may set."""
    return [c for c in relation.columns if c.name in held.update and not c.generated]


def _other(column: Column) -> str:
    """Return a value that no row has; empty when none is plain."""
    base = column.type.split("(")[0]
    if holds_text(column):
        return literal("x")
    if base in {"smallint", "integer", "bigint", "numeric", "real", "double precision"}:
        return "1"
    if base == "boolean":
        return "true"
    if column.kind == "e":
        return literal(column.labels[-1]) if column.labels else ""
    return _PLAIN.get(base, "now()" if base.startswith("timestamp") else "")
