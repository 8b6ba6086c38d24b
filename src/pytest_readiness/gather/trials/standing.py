"""Tries whether what runs on a table that was made anew keeps what a trigger of the old one kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.trials.state import rows_of
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.trials.scratch import Scratch

_COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory,
       (select array_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)
from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped
  and a.attgenerated = '' and a.attidentity <> 'a'
order by a.attnum
"""
_BY_CATEGORY = {
    "N": ("coalesce({0}, 0) + 1", "-coalesce({0}, 1) - 1", "0"),
    "S": ("coalesce({0}, '') || 'x'", "upper({0})", "''"),
    "B": ("not coalesce({0}, true)",),
    "D": ("coalesce({0}, '2001-01-01') + interval '1 day'", "coalesce({0}, '2001-01-01') - interval '1 day'"),
}
_SAID = re.compile(r"'((?:[^']|'')+)'|\b(\d+(?:\.\d+)?)\b")
_MOST = 300
"""Writes that are tried: enough for each column of most tables, in each state that the function names."""
_SILENT = "set local session_replication_role = replica"
_AWAKE = "set local session_replication_role = origin"
_BROKEN = ("42", "XX", "0A")
"""Classes of SQLSTATE of a function that cannot run: it refuses nothing on purpose."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What triggers did to a write.

    Attributes:
        refused: Whether it was refused, or silently not done.
        columns: That did not get what was written.
        elsewhere: Other tables whose rows changed.
    """

    refused: bool = False
    columns: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()

    def without(self, other: Effect) -> Effect:
        """Return what is not the other's effect too."""
        return Effect(self.refused, self.columns - other.columns, self.elsewhere - other.elsewhere)


def keeps(now: Effect, dropped: Effect) -> bool:
    """Whether a write that meets what is there now meets what it met before; records may go elsewhere."""
    if now.refused or dropped.refused:
        return now.refused
    return dropped.columns <= now.columns and bool(now.elsewhere) >= bool(dropped.elsewhere)


def stands_in(copy: Scratch, name: str, place: str, trigger: str, body: str) -> bool | None:
    """Make writes with the dropped trigger alone, and with what is there now.

    Args:
        copy: A copy of the database, as superuser.
        name: The table, with rows.
        place: What the trigger is called among the objects of the table.
        trigger: What makes it, and how it is enabled.
        body: Its function.

    Returns:
        Whether each write that it had an effect on meets the like now; None where no such write was found.
    """
    called = identifier(place.removeprefix("trigger "))
    alone = f"alter table {name} disable trigger user; drop trigger if exists {called} on {name}"
    desk = _Desk(copy, name)
    told = None
    for before, write in islice(_writes(copy, name, trigger, body), _MOST):
        silent = (before, f"alter table {name} disable trigger user")
        plain, with_it = desk.made(silent, write), desk.made((before, alone, trigger[:-1]), write)
        if not plain or not plain.returned or not with_it or with_it.beside(plain) == Effect():
            continue
        # What differs each time, with no trigger at all, is nobody's effect.
        again, now = desk.made(silent, write), desk.made((before,), write)
        chance = again.beside(plain) if again else Effect()
        dropped = with_it.beside(plain).without(chance)
        if dropped != Effect():
            if now is None or not keeps(now.beside(plain).without(chance), dropped):
                return False
            told = True
    return told


@dataclass(frozen=True, slots=True)
class _Made:
    """A write that was made: what it returned, None where it was refused, and the rows afterwards."""

    returned: tuple[dict[str, object], ...] | None
    rows: dict[str, tuple[int, int]]

    def beside(self, plain: _Made) -> Effect:
        """Compare it with the same write without triggers."""
        if not self.returned:
            return Effect(refused=True)
        columns = frozenset(
            column
            for ours, theirs in zip(self.returned, plain.returned or (), strict=False)
            for column, value in ours.items()
            if theirs.get(column) != value
        )
        elsewhere = {table for table, rows in self.rows.items() if plain.rows.get(table) != rows}
        return Effect(columns=columns, elsewhere=frozenset(elsewhere))


class _Desk:
    def __init__(self, copy: Scratch, name: str) -> None:
        self._copy = copy
        self._name = name

    def made(self, setup: tuple[str, ...], write: str) -> _Made | None:
        """Make a write and take it back; None where it cannot be made here, whoever guards it."""
        connection = self._copy.connection
        try:
            with connection.transaction(force_rollback=True):
                for statement in setup:
                    connection.execute(statement.encode())
                try:
                    returned = tuple(row[0] for row in connection.execute(write.encode()).fetchall())
                    connection.execute("set constraints all immediate")
                except psycopg.Error as error:
                    refused = (error.sqlstate or "") == REFUSED or not _is_broken(error)
                    return _Made(None, {}) if refused else None
                rows = rows_of(connection, self._copy.platform)
                rows.pop(self._name, None)
                return _Made(returned, rows)
        except psycopg.Error:
            return None


def _is_broken(error: psycopg.Error) -> bool:
    return (error.sqlstate or "XX").startswith(_BROKEN)


def _writes(copy: Scratch, name: str, trigger: str, body: str) -> Iterator[tuple[str, str]]:
    """Yield what to do beforehand, and a write that returns its row, for each event of the trigger."""
    columns = copy.connection.execute(_COLUMNS, (name,)).fetchall()
    values = {identifier(column): list(_values(*told, said=_literals(body))) for column, *told in columns}
    row = f"(select tableoid, ctid from {name} limit 1)"
    states = ["select 1", *_states(name, columns, body)]
    events = trigger.partition(" ON ")[0]
    changes = [f"{column} = {value.format(column)}" for column, ways in values.items() for value in ways]
    for before in states:
        if "UPDATE" in events:
            for change in ("", *changes):
                what = change or f"{next(iter(values))} = {next(iter(values))}"
                yield (
                    before,
                    f"update {name} t set {what} where (tableoid, ctid) = {row} returning to_jsonb(t)",
                )
        if "DELETE" in events:
            yield before, f"delete from {name} t where (tableoid, ctid) = {row} returning to_jsonb(t)"
        if "INSERT" in events:
            yield from (
                (f"{before}; {_taken_out(name, row, change)}", _PUT_BACK.format(name, ", ".join(values)))
                for change in ("", *changes)
            )


_PUT_BACK = "insert into {0} as t ({1}) select {1} from readiness_row returning to_jsonb(t)"


def _taken_out(name: str, row: str, change: str) -> str:
    """Take a row out of its table, changed, with triggers silent."""
    altered = f"update readiness_row set {change};" if change else ""
    return (
        f"create temp table readiness_row on commit drop as select * from {name} "
        f"where (tableoid, ctid) = {row}; {altered} {_SILENT}; "
        f"delete from {name} where (tableoid, ctid) = {row}; {_AWAKE}"
    )


def _values(kind: str, category: str, labels: list[str] | None, *, said: list[str]) -> Iterator[str]:
    """Yield expressions of a type, in which {0} is what is there."""
    if kind == "uuid":
        yield "md5(coalesce({0}::text, ''))::uuid"
    for value in _BY_CATEGORY.get(category, ()):
        yield f"({value})::{kind}"
    for text in (*(labels or ()), *(said if category in "SN" else ())):
        yield f"{literal(text)}::{kind}".replace("{", "{{").replace("}", "}}")
    yield "null"


def _literals(body: str) -> list[str]:
    """Return the texts and numbers that a function names: what it compares with."""
    source = body.partition("$")[2]
    found = (text.replace("''", "'") or number for text, number in _SAID.findall(source))
    return list(dict.fromkeys(text for text in found if len(text) <= 40))[:8]  # noqa: PLR2004  no message


def _states(name: str, columns: list[tuple[str, str, str, list[str] | None]], body: str) -> Iterator[str]:
    """Yield what puts all rows into a state that the function names, with triggers silent."""
    named = [one for one in columns if re.search(rf"\b{re.escape(one[0])}\b", body)]
    for (column, kind, category, labels), text in product(named, (*_literals(body), "true", "false")):
        fits = {
            "N": text[:1].isdigit(),
            "S": True,
            "B": text in {"true", "false"},
            "E": text in (labels or ()),
        }
        if fits.get(category):
            yield f"{_SILENT}; update {name} set {identifier(column)} = {literal(text)}::{kind}; {_AWAKE}"
