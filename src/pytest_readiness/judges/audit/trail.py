"""Compares what was done to a row with what the audit log says was done."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import VERBS, value
from pytest_readiness.judges.audit.history_rows import holds, mirrored, period_of
from pytest_readiness.judges.audit.images import image_of, same
from pytest_readiness.judges.audit.recorded_images import (
    compared,
    fieldwise,
    fieldwise_compared,
    is_named,
    is_tombstone,
    lists_changed,
    names_none,
    names_row,
    show,
    told_by,
    whole_compared,
)
from pytest_readiness.judges.audit.words import BOOKKEEPING, verb_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_readiness.evidence.audit import AuditedTable, Log, LogColumns, Row, Write

KEY_CHANGE = "UPDATE of the key"
"""The way of a write after which a row has another key."""

ENTERED = "UPDATE to the state"
"""How the way of a write begins that brings a row into a state, for which an entry may have its own word."""

_PAIR = 2


def action(table: AuditedTable, write: Write) -> str:
    """Return what was done, for the beginning of a sentence."""
    where = f"{table.table}.{write.column}" if write.column else table.table
    return f"{write.way or write.verb} of {where} by {write.actor}"


def ordinary(write: Write) -> bool:
    """Whether nothing was done to keep the write from being recorded."""
    return not (write.obstructed or write.replica)


def gap(table: AuditedTable, write: Write) -> str:
    """Say that a write left no entry; empty when it did, or when none was to be expected."""
    if not happened(write) or not _demanded(table, write) or _told_of(table, write):
        return ""
    found = f"; entries found: {len(write.entries)} about something else" if write.entries else ""
    return f"left no entry{found}"


def untruths(table: AuditedTable, write: Write, hidden: Collection[str] = frozenset()) -> Iterator[str]:
    """Say in what way entries do not tell the truth about a write; nothing when they do, or are missing.

    Args:
        table: Where it was made.
        write: What was done.
        hidden: Columns that no entry about the table shows, by design.
    """
    about = entries_about(table, write)
    if not happened(write):
        if write.verb == "UPDATE" and not write.sqlstate:
            return  # a row that was written again as it was may be told of
        yield from (f"left an entry, though nothing changed: {show(e)}" for e in about[:1])
        return
    about = _told_of(table, write)
    if not about or (write.mingled and (len(about) > 1 or not _tells_of_a_row(about[0], table))):
        return  # which of several entries is for which change, nobody knows
    columns, shown = table.log.columns, _without(write, hidden)
    if table.log.mirrored:
        yield from mirrored(about, shown)
        return
    if fieldwise(about[0], columns):
        yield from fieldwise_compared(about, shown, columns)
    else:
        rekeyed = len(about) == _PAIR and write.way == KEY_CHANGE
        if len(about) > 1 and write.verb != "TRUNCATE" and not rekeyed:
            yield f"left {len(about)} entries for one change"
        yield from _named(about if rekeyed else about[:1], write, table)
        if by_column(table) and value(about[0], columns.changed) is None:
            yield from whole_compared(about[0], shown, columns)
        else:
            yield from _entry(
                _joined(about, columns.old, columns.new) if rekeyed else about[0], write, columns, hidden
            )
    if columns.row:
        yield from names_row(about[0], write, table.log, table.names)
    elif table.key and write.verb != "TRUNCATE":
        yield from names_none(about[0], write, (*table.names, *table.unique))


def by_column(table: AuditedTable) -> bool:
    """Whether its log has an entry for each column that an update changed."""
    columns = table.log.columns
    return any(fieldwise(entry, columns) for write in table.writes for entry in entries_about(table, write))


def _told_of(table: AuditedTable, write: Write) -> list[Row]:
    """Return the entries about a write: where several rows changed, those that may be about its own."""
    about = entries_about(table, write)
    return [entry for entry in about if _may_name(entry, write, table)] if write.mingled else about


def _may_name(entry: Row, write: Write, table: AuditedTable) -> bool:
    """Whether an entry names the row, by its key or in an image, or tells of no row at all."""
    stored = [row for row in (write.before, write.after) if row]
    return not _tells_of_a_row(entry, table) or names_any(entry, stored, table)


def names_any(entry: Row, stored: list[Row], table: AuditedTable) -> bool:
    """Whether an entry names one of these rows, by its key or in an image."""
    columns = table.log.columns
    keyed = _keyed(entry, table)
    if any(all(same(image[name], row[name]) for name in table.key) for image in keyed for row in stored):
        return True
    said = json.dumps(value(entry, columns.row), default=str) if columns.row else ""
    return any(is_named(row, key, said, [told_by(entry, table.log)]) for row in stored for key in table.names)


def _tells_of_a_row(entry: Row, table: AuditedTable) -> bool:
    """Whether an entry has a place for the key of a row."""
    return bool(table.key and (table.log.columns.row or _keyed(entry, table)))


def _keyed(entry: Row, table: AuditedTable) -> list[Row]:
    """Return the images of an entry that hold a key."""
    columns = table.log.columns
    held = [entry] if table.log.mirrored else [image_of(value(entry, c)) for c in (columns.old, columns.new)]
    return [image for image in held if isinstance(image, dict) and image.keys() >= set(table.key)]


def _joined(about: list[Row], *images: str) -> Row:
    """Return as one entry the two by which a row left under one key and came under another."""
    names = {*about[0], *filter(None, images)}
    held = {name: [value(entry, name) for entry in about] for name in names}
    return {name: next((one for one in each if image_of(one)), each[0]) for name, each in held.items()}


def happened(write: Write) -> bool:
    """Whether a write changed anything."""
    return not write.sqlstate and (write.before != write.after or write.verb == "TRUNCATE")


def _demanded(table: AuditedTable, write: Write) -> bool:
    if write.verb not in table.verbs or all(map(BOOKKEEPING.search, _changed_by(write) or ["all"])):
        return False
    return not (write.verb == "INSERT" and table.log.mirrored and _keeps_what_was(table))


def _changed_by(write: Write) -> list[str]:
    """Return the columns that an update changed; of what was written, those that its trigger changed too."""
    if write.column:
        return [write.column]
    before, after = write.before, write.after
    return [name for name in after if after[name] != before.get(name)] if before and after else []


def _keeps_what_was(table: AuditedTable) -> bool:
    """Whether a history table keeps the versions that are over: the present one is in the table itself."""
    updates = [w for w in table.writes if w.verb == "UPDATE" and happened(w) and w.entries]
    return any(holds(entry, w.before) and not holds(entry, w.after) for w in updates for entry in w.entries)


def entries_about(table: AuditedTable, write: Write) -> list[Row]:
    """Return the entries that tell of this table."""
    return [entry for entry in write.entries if tells_of(entry, table.log, (table.table, *table.parts))]


def tells_of(entry: Row, log: Log, tables: Iterable[str]) -> bool:
    """Whether an entry names one of the tables, or none at all; the word for what was done may name one."""
    columns = log.columns
    if log.mirrored:
        return True
    if not columns.table:
        said = str(value(entry, columns.operation)).strip().upper()
        meant = {table for table, _, known in log.words if known == said}
        return not meant or not meant.isdisjoint(tables)
    said = str(value(entry, columns.table)).replace('"', "")
    if said.isdigit():
        return True  # an object id, which only the server can read
    for qualified in tables:
        schema, _, name = qualified.replace('"', "").partition(".")
        own = {label for of, label in log.labels if of == qualified}
        if said in {name, f"{schema}.{name}"} | own and value(entry, columns.schema) in {None, schema}:
            return True
    return False


def _named(about: list[Row], write: Write, table: AuditedTable) -> Iterator[str]:
    """Compare the word with the verb; another key may be told as a row that left and one that came."""
    name = table.log.columns.operation
    words = [str(value(entry, name) or "") for entry in about]
    said = {verb for word in words for verb in VERBS if _says(word.strip().upper(), verb, table)}
    if write.way.startswith(ENTERED) and all(_is_own(word.strip().upper(), table) for word in words):
        return
    if name and write.verb not in said and not (len(about) == _PAIR and said == {"DELETE", "INSERT"}):
        yield f"is recorded as {words[0]!r}"


def _without(write: Write, hidden: Collection[str]) -> Write:
    before, after = (
        {name: held for name, held in image.items() if name not in hidden} if image else image
        for image in (write.before, write.after)
    )
    return replace(write, before=before, after=after)


def _entry(entry: Row, write: Write, columns: LogColumns, hidden: Collection[str]) -> Iterator[str]:
    if write.verb != "TRUNCATE":
        yield from compared(entry, _without(write, hidden), columns)
    if columns.changed and write.verb == "UPDATE" and write.before and write.after:
        yield from lists_changed(entry, columns.changed, write, hidden)
    if columns.at and value(entry, columns.at) is None:
        yield f"has no time: {columns.at} is empty"


def _says(said: str, verb: str, table: AuditedTable) -> bool:
    """Whether a word stands for a verb: known for it, or the log's own, and no other's."""
    if known := verb_of(said):
        return known == verb
    own = {told: word for of, told, word in table.log.words if of == table.table}
    if verb in own:
        return said == own[verb]
    return bool(table.log.words) and said not in {word for _, _, word in table.log.words}


def _is_own(said: str, table: AuditedTable) -> bool:
    """Whether a word is known for no verb, here or anywhere."""
    words = {word for of, _, word in table.log.words if of == table.table}
    return bool(said) and not verb_of(said) and said not in words


def tombstones(table: AuditedTable) -> Iterator[Write]:
    """Yield the deletions of which the log tells no more than that they were."""
    for write in table.writes:
        if any(is_tombstone(entry, write, table.log.columns) for entry in entries_about(table, write)):
            yield write


def times_of(table: AuditedTable) -> list[str]:
    """Return the times of the entries of one transaction, as texts."""
    entries = [entry for write in table.writes if ordinary(write) for entry in write.entries]
    at = table.log.columns.at or (period_of(entries) if table.log.mirrored else "")
    return [str(said) for entry in entries if (said := value(entry, at)) is not None]


def begins_with_transaction(tables: list[AuditedTable]) -> bool:
    """Whether all entries of a transaction have one time."""
    several = [times for table in tables if len(times := times_of(table)) > 1]
    return bool(several) and all(len(set(times)) == 1 for times in several)


def in_replica_mode(table: AuditedTable) -> list[tuple[str, Write, bool]]:
    """Return the verbs that were tried in replica mode, and whether they were recorded."""
    told = {w.verb for w in table.writes if ordinary(w) and w.entries}
    return [(w.verb, w, bool(w.entries)) for w in table.writes if w.replica and w.verb in told]


def changes_alone(table: AuditedTable) -> bool:
    """Whether a log that has the shape for all verbs is meant for UPDATE alone."""
    return table.verbs == ("UPDATE",) and bool(table.writes)
