"""Tells what each attempt on a log means."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.audit import value
from pytest_readiness.judges.audit.images import image_of, same
from pytest_readiness.judges.audit.trail import ordinary, tells_of
from pytest_readiness.judges.audit.words import SECRET
from pytest_readiness.judges.sql.lexis import strings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pytest_readiness.evidence.audit import AttackedLog, Attempt, AuditedTable, Log, Row, Write
    from pytest_readiness.evidence.catalog import Relation

REFUSED_CALL = "a refused call of "
"""How the deed begins of a function that raised."""

CALL = "a call of "
"""How the deed begins of a function that ends or alters entries."""

UNGUARDED = "DISABLE TRIGGER"
"""The deed of whoever takes the guards off a log, as its owner alone may."""

BORROWED = "a borrowed "
"""How the deed begins of a client who attached a function that records to a table of his own."""

DIVERTED = "a write after "
"""How the deed begins of somebody who did something before it to keep its entry from the log."""

DISARMED = f"{DIVERTED}its owner's "
"""How that deed begins where he took off what records, as its owner alone may."""

SILENT = "a write by "
"""How the deed begins of a function that switches triggers off while it writes."""

HIDDEN = "SELECT of the hidden column "
"""How the deed begins of an owner who read a column that is hidden from her in its table."""

VIEWED = "SELECT through "
"""How the deed begins of somebody who read a view that looks at a log."""

HANDED_ON = "SELECT of the past of "
"""How the deed begins of somebody who read what a row was before it came to be his."""

_SHORTEST = 4
_TELLING = 8
"""What is shorter may stand anywhere by chance."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d")
_OWN_KINDS = ("SELECT", "INSERT", REFUSED_CALL, BORROWED, SILENT, DIVERTED)


def destroys(attempt: Attempt) -> bool:
    """Whether an attempt was to alter or remove entries, by somebody who is not beyond all that."""
    return not attempt.owner and not attempt.deed.startswith(_OWN_KINDS)


def forges(attempt: Attempt) -> bool:
    """Whether an attempt was to make entries, or to keep them from the log."""
    return attempt.deed.startswith(("INSERT", SILENT, DIVERTED))


def left_by_owner(attacked: AttackedLog) -> list[Attempt]:
    """Return what the owner of a log did to it."""
    return [attempt for attempt in attacked.attempts if attempt.owner and attempt.done]


def refusals(attacked: AttackedLog) -> list[Attempt]:
    """Return what became of functions that refuse."""
    return [attempt for attempt in attacked.attempts if attempt.deed.startswith(REFUSED_CALL)]


def borrowed(attacked: AttackedLog) -> list[tuple[str, Attempt]]:
    """Return what became of functions that clients attached to tables of their own, each with its name."""
    deeds = (attempt for attempt in attacked.attempts if attempt.deed.startswith(BORROWED))
    return [(attempt.deed.removeprefix(BORROWED), attempt) for attempt in deeds]


def hidden_columns(attacked: AttackedLog) -> list[Attempt]:
    """Return the columns that were read in the log by those from whom they are hidden."""
    return [attempt for attempt in attacked.attempts if attempt.done and attempt.deed.startswith(HIDDEN)]


def handed_on(attacked: AttackedLog) -> list[Attempt]:
    """Return who could read what of rows that came to be theirs."""
    return [attempt for attempt in attacked.attempts if attempt.deed.startswith(HANDED_ON)]


def overlooked(attacked: AttackedLog) -> list[Attempt]:
    """Return who read views that look at a log."""
    return [attempt for attempt in attacked.attempts if attempt.deed.startswith(VIEWED)]


def foremost(attempts: Collection[Attempt]) -> list[Attempt]:
    """Return of each place what tells most of it: what was done, then what was tried, then why not."""
    places = dict.fromkeys(attempt.place for attempt in attempts)
    tellings = ((attempt for attempt in attempts if attempt.place == place) for place in places)
    return [max(those, key=lambda one: (one.done, one.tried)) for those in tellings]


def images_of(entry: Row, log: Log, relation: Relation, stored: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the images of one row in an entry, in whichever of its columns; none of another table's rows.

    Args:
        entry: Of the log.
        log: Where it stands.
        relation: The table of the row.
        stored: The row as it is.
    """
    if not tells_of(entry, log, (f"{relation.schema}.{relation.table}",)):
        return
    own = {column.name for column in relation.columns}
    said = json.dumps(value(entry, log.columns.row), default=str) if log.columns.row else ""
    named = bool(said) and all(str(stored.get(name)) in said for name in relation.primary_key)
    within = (value(entry, name) for name in (log.columns.old, log.columns.new) if name not in entry)
    held = [entry] if log.mirrored else [image_of(kept) for kept in (*entry.values(), *within)]
    for image in held:
        if isinstance(image, dict) and (log.mirrored or image.keys() <= own):
            key = [name for name in relation.primary_key if name in image]
            if all(same(image[name], stored.get(name)) for name in key) and (key or named):
                yield image


def untold(
    images: Collection[Row], relation: Relation, shown: Collection[str], known: Collection[str], said: str
) -> tuple[str, ...]:
    """Return the columns of another's row whose values a reader learned from its images alone.

    Who knows what a column held before or after a change of his own knows both.

    Args:
        images: As entries hold them.
        relation: The table of the row.
        shown: Columns of the row that the reader may read there.
        known: Values that he reads elsewhere.
        said: What he said himself, and was answered.
    """
    own = [c.name for c in relation.columns if c.name not in {*shown, *relation.primary_key}]
    held = {name: [one for image in images if (one := image.get(name)) is not None] for name in own}
    return tuple(
        name
        for name, values in held.items()
        if any(len(str(one)) >= _SHORTEST and not isinstance(one, bool) for one in values)
        and not any(str(one) in known or str(one) in said for one in values)
    )


def columns_told(
    rows: Collection[Row], past: Collection[Row], now: Row, relation: Relation, known: Collection[str]
) -> list[str]:
    """Return the columns of a row whose past values stand in rows of a view over its log.

    A text tells by itself; a number only beside the key of its row, since it may be the sum of many.

    Args:
        rows: What a reader sees.
        past: The row as it was, each time that it changed.
        now: The row as it is; empty where it is gone.
        relation: The table of the row.
        known: Columns that tell the reader nothing.
    """
    elsewhere = _once(image.get(name) for image in past for name in {*known, *relation.primary_key})
    seen = [[*_leaves(row)] for row in rows]
    texts = _once(str(one) for leaves in seen for one in leaves)
    keys = _once(tuple(image.get(name) for name in relation.primary_key) for image in past)
    keyed = [leaves for leaves in seen if any(_holds(leaves, key) for key in keys)]
    found = []
    for name in _telling(relation, known):
        held = _once(image.get(name) for image in past)
        gone = [one for one in held if one not in (None, now.get(name), *elsewhere)]
        if any(_tells(texts, keyed, one) for one in gone):
            found.append(name)
    return found


def _once(values: Iterable[object]) -> list[Any]:
    """Return each value once; those that are equal and no more, as 1 and true, stay apart."""
    return [*{repr(one): one for one in values}.values()]


def _holds(leaves: Collection[object], key: tuple[object, ...]) -> bool:
    """Whether a row holds every part of a key; none is held where there is no key."""
    return bool(key) and all(any(same(one, part) for one in leaves) for part in key)


def _tells(texts: Collection[str], keyed: Collection[Collection[object]], held: object) -> bool:
    """Whether a value stands in rows.

    Args:
        texts: All that the rows hold.
        keyed: What those of them hold in which the key of the row stands.
        held: The value.
    """
    if own := _texts(held):
        return any(one in text for one in own for text in texts)
    return _is_number(held) and any(same(one, held) for leaves in keyed for one in leaves)


def may_be_told(past: Collection[Row], relation: Relation, kept: Collection[str]) -> bool:
    """Whether a row has held anything by which it would be known again."""
    held = [image.get(name) for image in past for name in _telling(relation, kept)]
    return any(_texts(one) or _is_number(one) for one in held)


def _telling(relation: Relation, known: Collection[str]) -> Iterator[str]:
    """Yield the columns that say something of a row: no keys, and none that hold one of few values."""
    for column in relation.columns:
        checks = (check.definition for check in relation.checks if column.name in check.columns)
        listed = column.kind == "e" or column.type in {"boolean", "uuid"} or any(map(strings, checks))
        if not listed and column.name not in {*known, *relation.primary_key}:
            yield column.name


def _is_number(held: object) -> bool:
    return isinstance(held, int | float) and not isinstance(held, bool)


def told_there(
    rows: Collection[Row], stored: Mapping[str, Any], relation: Relation, *, alike: bool
) -> set[str]:
    """Return the columns of a row that rows of a relation tell: of its own table, all of the row."""
    if alike:
        keys = relation.primary_key
        own = [row for row in rows if keys and all(row.get(name) == stored.get(name) for name in keys)]
        return {name for row in own for name in row}
    texts = _once(str(one) for row in rows for one in _leaves(row))
    return {
        name for name, held in stored.items() if any(one in text for one in _texts(held) for text in texts)
    }


def _texts(held: object) -> list[str]:
    """Return the texts in a value that stand nowhere by chance: no times, of which many are the same."""
    every = (one for one in _leaves(held) if isinstance(one, str))
    return [one for one in every if len(one) >= _TELLING and not _TIME.match(one)]


def _leaves(held: object) -> Iterator[object]:
    if isinstance(held, dict | list):
        for one in held.values() if isinstance(held, dict) else held:
            yield from _leaves(one)
    else:
        yield held


def copied_secrets(table: AuditedTable) -> Iterator[tuple[str, Write]]:
    """Yield the secret columns of a table whose values stand in its entries, each once."""
    seen: set[str] = set()
    for write in table.writes:
        stored = write.after or write.before or {}
        for entry in write.entries if ordinary(write) else ():
            for name in _secrets(stored, _images(table, entry)):
                if name not in seen:
                    seen.add(name)
                    yield name, write


def _images(table: AuditedTable, entry: Row) -> list[Row]:
    columns = table.log.columns
    held = [entry] if table.log.mirrored else [value(entry, columns.old), value(entry, columns.new)]
    return [image for image in held if isinstance(image, dict)]


def _secrets(stored: Row, images: list[Row]) -> list[str]:
    """Return the secrets of a row that an image holds; what is short is a flag."""
    return [
        name
        for name, held in stored.items()
        if isinstance(held, str)
        and len(held) >= _SHORTEST
        and SECRET.search(name)
        and any(image.get(name) == held for image in images)
    ]
