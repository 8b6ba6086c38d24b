"""Compares what was done to a row with what the audit log says was done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.audit import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import AuditedTable, LogColumns, Row, Write

_SECRET = ("password", "passwd", "secret", "token", "pin_hash", "api_key")


def untruths(table: AuditedTable, write: Write, columns: LogColumns) -> Iterator[str]:
    """Say in what way the log does not tell the truth about a write; nothing when it does.

    A write that was refused leaves nothing to record, and nothing may be recorded for it.
    """
    done = not write.sqlstate and (write.before != write.after or write.verb == "TRUNCATE")
    about = [entry for entry in write.entries if _about(entry, table, columns)]
    if not done:
        yield from (f"left an entry, though nothing changed: {_show(e)}" for e in about[:1])
        return
    if not about:
        found = f"; entries found: {len(write.entries)} about something else" if write.entries else ""
        yield f"left no entry{found}"
        return
    if len(about) > 1 and write.verb != "TRUNCATE":
        yield f"left {len(about)} entries for one change"
    yield from _entry(about[0], write, columns)
    yield from _row(about[0], write, columns, table.key)


def _about(entry: Row, table: AuditedTable, columns: LogColumns) -> bool:
    if not columns.table:
        return True
    said = str(value(entry, columns.table)).replace('"', "")
    for qualified in (table.table, *table.parts):
        schema, _, name = qualified.replace('"', "").partition(".")
        if said in {name, f"{schema}.{name}"} and value(entry, columns.schema) in {None, schema}:
            return True
    return False


def _entry(entry: Row, write: Write, columns: LogColumns) -> Iterator[str]:
    said = str(value(entry, columns.operation) or "")
    if columns.operation and not _means(said, write.verb):
        yield f"is recorded as {said!r}"
    if write.verb != "TRUNCATE":
        yield from _image(entry, columns.old, write.before, write.after, "old")
        yield from _image(entry, columns.new, write.after, write.before, "new")
    if columns.changed and write.verb == "UPDATE" and write.before and write.after:
        yield from _changed(entry, columns.changed, write.before, write.after)
    if columns.actor and value(entry, columns.actor) == "":
        yield f"names nobody: {columns.actor} is the empty string"


def _means(said: str, verb: str) -> bool:
    word = said.strip().upper()
    return word == verb or word == verb[0] or word in {f"{verb}D", f"{verb}ED"}


def _row(entry: Row, write: Write, columns: LogColumns, key: tuple[str, ...]) -> Iterator[str]:
    stored = write.after or write.before
    if not columns.row or stored is None:
        return
    said = json.dumps(value(entry, columns.row), default=str)
    if any(str(stored[name]) not in said for name in key):
        yield f"{columns.row} does not name the row: {_show(value(entry, columns.row))}"


def _image(entry: Row, column: str, truth: Row | None, other: Row | None, name: str) -> Iterator[str]:
    """Compare one stored image of the row; unchanged columns may be left out of it, changed ones not."""
    if not column:
        return
    said = value(entry, column)
    if isinstance(said, str):
        said = _parsed(said)
    if truth is None:
        if said:
            yield f"{column} should be empty, and holds {_show(said)}"
        return
    if not isinstance(said, dict):
        yield f"{column} does not hold the {name} row: {_show(said)}"
        return
    wrong = [key for key, held in said.items() if key in truth and held != truth[key]]
    if wrong:
        key = wrong[0]
        yield f"{column}.{key} is {_show(said[key])}, and the stored row has {_show(truth[key])}"
    missing = [key for key in _told(truth, other) if key not in said]
    if missing:
        yield f"{column} lacks {', '.join(missing[:3])}"


def _told(truth: Row, other: Row | None) -> list[str]:
    """Return the columns that an image must hold: those that changed, or all of a row that came or went."""
    return [
        key
        for key, held in truth.items()
        if (held is not None if other is None else held != other.get(key))
        and not any(word in key.lower() for word in _SECRET)
    ]


def _changed(entry: Row, column: str, before: Row, after: Row) -> Iterator[str]:
    said = value(entry, column)
    names = set(said) if isinstance(said, list | dict) else set()
    truth = {key for key in after if after[key] != before.get(key)}
    if names != truth:
        yield f"{column} says {sorted(names)}, and {sorted(truth)} changed"


def _parsed(text: str) -> Any:  # noqa: ANN401  JSON
    try:
        return json.loads(text)
    except ValueError:
        return text


def _show(held: object) -> str:
    text = json.dumps(held, default=str, sort_keys=True)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004  one line of a report
