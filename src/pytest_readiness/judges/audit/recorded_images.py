"""Compares the images of a row in an entry with what was stored."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import value
from pytest_readiness.judges.audit.images import image_of, is_blank, parsed, same
from pytest_readiness.judges.audit.words import BOOKKEEPING, SECRET

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.audit import Log, LogColumns, Row, Write

_WRAPPERS = {"old", "new", "before", "after"}


def compared(entry: Row, write: Write, columns: LogColumns) -> Iterator[str]:
    """Say in what way the images in an entry are not the rows that were stored."""
    if columns.old and columns.new:
        found = [list(_pair(entry, columns.old, columns.new, write))]
        if write.after is None:  # what a row was last may stand in the main column
            found.append(list(_pair(entry, columns.new, columns.old, write)))
        yield from min(found, key=len)
        return
    if is_tombstone(entry, write, columns):
        return  # the row as it was is its last version, which the log has
    only = columns.old or columns.new
    truths = [image for image in (write.after, write.before) if image]
    if only and truths:
        found = [list(_image(entry, only, truth, None, "stored")) for truth in truths]
        yield from min(found, key=len)


def whole_compared(entry: Row, write: Write, columns: LogColumns) -> Iterator[str]:
    """Say the same where entries are for single columns, and a whole row has a place of its own."""
    own = {columns.old, columns.new}
    places = [name for name, held in entry.items() if name not in own and isinstance(image_of(held), dict)]
    found = [list(compared(entry, write, replace(columns, old="", new=place))) for place in places]
    yield from min(found, key=len) if found else compared(entry, write, columns)


def is_tombstone(entry: Row, write: Write, columns: LogColumns) -> bool:
    """Whether an entry says that a row went and not what it was, in a log that has no place for that."""
    keeps_new = bool(columns.row and columns.new and not columns.old)
    return write.verb == "DELETE" and keeps_new and not image_of(value(entry, columns.new))


def _pair(entry: Row, old: str, new: str, write: Write) -> Iterator[str]:
    yield from _image(entry, old, write.before, write.after, "old")
    yield from _image(entry, new, write.after, write.before, "new")


def names_row(entry: Row, write: Write, log: Log, keys: Collection[tuple[str, ...]]) -> Iterator[str]:
    """Say that an entry names another row: by none of the keys that a row has.

    Of a key of several columns one is enough, where an image beside it, or columns called so, hold the rest.
    """
    columns = log.columns
    stored = [image for image in (write.after, write.before) if image]
    if not stored or write.verb == "TRUNCATE":
        return
    said = json.dumps(value(entry, columns.row), default=str)
    held = [image_of(one) for one in (*entry.values(), value(entry, columns.old), value(entry, columns.new))]
    images = [told_by(entry, log), *(image for image in held if isinstance(image, dict))]
    if not any(is_named(row, key, said, images) for row in stored for key in keys):
        yield f"{columns.row} does not name the row: {show(value(entry, columns.row))}"


def told_by(entry: Row, log: Log) -> Row:
    """Return an entry without what the server counts up in it, which tells of the entry and of no row."""
    return {name: held for name, held in entry.items() if name not in log.numbered}


def names_none(entry: Row, write: Write, keys: Collection[tuple[str, ...]]) -> Iterator[str]:
    """Say that nothing in an entry, wherever it may stand, tells which row it is about."""
    said = json.dumps(entry, default=str)
    stored = [image for image in (write.after, write.before) if image]
    if stored and not any(all(_is_in(row.get(name), said) for name in key) for row in stored for key in keys):
        yield f"does not tell which row it is about: {show(entry)}"


def _is_in(held: object, said: str) -> bool:
    return str(held) in said or json.dumps(held, default=str).strip('"') in said


def is_named(row: Row, key: tuple[str, ...], said: str, images: list[Row]) -> bool:
    """Whether a text has a key of a row; of several columns at least one, beside an image with the rest."""
    rest = [name for name in key if str(row[name]) not in said]
    beside = any(all(name in image and same(image[name], row[name]) for name in rest) for image in images)
    return not rest or (len(rest) < len(key) and beside)


def _image(entry: Row, column: str, truth: Row | None, other: Row | None, name: str) -> Iterator[str]:
    """Compare one stored image of the row; unchanged columns may be left out of it, changed ones not."""
    said = image_of(value(entry, column))
    if truth is None:
        if said and not is_blank(said):
            yield f"{column} should be empty, and holds {show(said)}"
        return
    if not isinstance(said, dict):
        yield f"{column} does not hold the {name} row: {show(said)}"
        return
    if said.keys() and said.keys() <= _WRAPPERS and not truth.keys() & _WRAPPERS:
        return
    told = ((key, held) for key, held in said.items() if key in truth and not SECRET.search(key))
    wrong = [key for key, held in told if not same(held, truth[key])]
    if wrong:
        key = wrong[0]
        yield f"{column}.{key} is {show(said[key])}, and the stored row has {show(truth[key])}"
    missing = [key for key in _told(truth, other) if key not in said]
    if missing:
        yield f"{column} lacks {', '.join(missing[:3])}"


def _told(truth: Row, other: Row | None) -> list[str]:
    """Return the columns that an image must hold: those that changed, or all of a row that came or went."""
    return [
        key
        for key, held in truth.items()
        if (held is not None if other is None else held != other.get(key))
        and not SECRET.search(key)
        and not BOOKKEEPING.search(key)
    ]


def lists_changed(entry: Row, column: str, write: Write, hidden: Collection[str]) -> Iterator[str]:
    """Say that an entry lists other columns than those that changed."""
    said = value(entry, column)
    said = parsed(said) if isinstance(said, str) else said
    before, after = write.before or {}, write.after or {}
    named = set(said) if isinstance(said, list | dict) and all(isinstance(s, str) for s in said) else set()
    if named and named <= _WRAPPERS and not after.keys() & _WRAPPERS:
        return
    truth = {key for key in after if after[key] != before.get(key)}
    must = {key for key in truth if not (BOOKKEEPING.search(key) or SECRET.search(key) or key in hidden)}
    if not must <= named or not named <= truth:
        yield f"{column} says {sorted(named)}, and {sorted(truth)} changed"
        return
    for name in sorted(must & said.keys()) if isinstance(said, dict) else ():
        if not _of_either(said[name], before.get(name), after[name]):
            yield f"{column}.{name} is {show(said[name])}, and the stored row has {show(after[name])}"


def _of_either(held: object, before: object, after: object) -> bool:
    """Whether what is told of a change may be true: it is one of both values, or holds more than one."""
    return isinstance(held, dict | list) or same(held, before) or same(held, after)


def fieldwise(entry: Row, columns: LogColumns) -> bool:
    """Whether the log has an entry for each column that changed, and names it."""
    said = value(entry, columns.changed)
    return isinstance(said, str) and not isinstance(parsed(said), list | dict)


def fieldwise_compared(about: list[Row], write: Write, columns: LogColumns) -> Iterator[str]:
    """Say in what way entries for single columns are untrue."""
    if write.verb != "UPDATE" or not write.before or not write.after:
        return
    for entry in about:
        name = str(value(entry, columns.changed))
        if name not in write.after:
            continue
        for column, image in ((columns.old, write.before), (columns.new, write.after)):
            if (
                column
                and not same(parsed(str(value(entry, column))), image[name])
                and not same(value(entry, column), image[name])
            ):
                yield f"{column} of {name} is {show(value(entry, column))}, and was {show(image[name])}"
    if write.column and write.column not in {value(entry, columns.changed) for entry in about}:
        yield f"does not tell that {write.column} changed"


def show(held: object) -> str:
    """Return a value as a line of a report."""
    text = json.dumps(held, default=str, sort_keys=True)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004  one line of a report
