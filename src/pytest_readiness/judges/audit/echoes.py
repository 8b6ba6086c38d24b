"""Tells from the rows that a table gained whether it is a trail, and where it keeps what."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.audit import LogColumns, value
from pytest_readiness.judges.audit.documents import within
from pytest_readiness.judges.audit.images import image_of, is_blank, same
from pytest_readiness.judges.audit.words import BOOKKEEPING, OF_VERBS, SECRET, SENSITIVE, verb_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_readiness.evidence.audit import Row
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.echoes import Echo

_WORD = re.compile(r"[^\W\d_][^\d]{0,30}|[+~*-]")
"""What may stand for a verb: no number, no key, no hash."""
_NAMING = re.compile(r"^(text|citext|name|character varying|regclass|oid)")
_NOW = re.compile(r"\bnow\(\)|timestamp|current_", re.IGNORECASE)
_TIME = re.compile(r"^timestamp")
DELETION = "a row"
"""What is told of a deletion in the place of columns."""
_Words = tuple[tuple[str, str, str], ...]
_VERBS = ("INSERT", "UPDATE", "DELETE")
_COPIED = 0.5
"""The share of a row that an entry in a history table has, at least."""
_SHARED = 0.6
"""The share of an image's keys that the row has, at least."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What the entries of a log have shown.

    Attributes:
        columns: Where it keeps what.
        actors: All columns that name who wrote, whosever the row is.
        words: Triples of a table, a verb and the word that it has for it there.
        updated: Whether updates leave entries that hold the row.
        untold: Table and columns of each update that left none; for a deletion of a row DELETION.
        verbs: Of INSERT, UPDATE and DELETE those that left any.
        unlike: The tables that left some of which none is the row, in columns that are called so.
    """

    columns: LogColumns
    actors: tuple[str, ...]
    words: _Words
    updated: bool
    untold: tuple[tuple[str, str], ...] = ()
    verbs: frozenset[str] = frozenset()
    unlike: frozenset[str] = frozenset()

    @property
    def partial(self) -> bool:
        """Whether changes are left out by what was not made to tell all: with one image, or not each verb.

        What keeps a row before and after each kind of change, deletions too, is a trail, and has a gap.
        """
        images = bool(self.columns.old and self.columns.new)
        updates = any(change != DELETION for _, change in self.untold)
        return (bool(self.untold) and not images) or (updates and len(self.verbs) < len(_VERBS))


def learned(log: Relation, echoes: Sequence[Echo]) -> Learned:
    """Read the columns of a log from what writes have left in it.

    Where none holds an image of a row, one may be part of what a column holds.
    """
    found = _learned(log.columns, echoes)
    if found.columns.old or found.columns.new:
        return found
    parts = tuple(within(log, [entry for echo in echoes for entry in echo.entries]))
    inner = _learned((*log.columns, *parts), echoes) if parts else found
    return inner if inner.columns.old or inner.columns.new else found


def _learned(every: tuple[Column, ...], echoes: Sequence[Echo]) -> Learned:
    told = [echo for echo in echoes if echo.entries]
    drawn = (c for c in every if c.identity or not c.writable or c.default.startswith("nextval("))
    numbers = {column.name for column in drawn}
    row, changes = _row_and_changes(every, told)
    old = "" if row else _first(every, lambda c: _keeps_old(c, told))
    new = row or _first(every, lambda c: c.name != old and _keeps_new(c, told))
    rest = [c for c in every if c.name not in {old, new, changes} | numbers]
    table = _first(rest, lambda c: bool(_NAMING.match(c.type)) and _always(c, told, _names_table))
    operation, words = _operation(rest, [_own(echo, table) for echo in told])
    rest = [c for c in rest if c.name != operation]
    actors = tuple(c.name for c in rest if _names_caller(c, told))
    columns = LogColumns(
        table=table,
        operation=operation,
        row=_first(rest, lambda c: _always(c, told, _names_row)),
        old=old,
        new=new,
        changed=changes or _first(rest, lambda c: _lists_changes(c, told)),
        actor=next(iter(actors), ""),
        at=_time(rest, told),
    )
    updates = [echo for echo in told if echo.verb == "UPDATE"]
    updated = any(_shows(e, name, image) for e in updates for name, image in _images(e, row or old, new))
    verbs = frozenset(echo.verb for echo in told)
    unlike = {echo.table for echo in told} - {echo.table for echo in told if _copies(echo, numbers)}
    return Learned(columns, actors, words, updated, tuple(_untold(echoes)), verbs, frozenset(unlike))


def _copies(echo: Echo, numbers: set[str]) -> bool:
    """Whether an entry holds half of the row before or after, in columns that are called as the row's.

    What its log counts up, and one column that is told falsely, are no reason to take it for something else.
    """
    rows = [row for row in (echo.before, echo.after) if row]
    return any(
        sum(name in entry and name not in numbers and same(entry[name], held) for name, held in row.items())
        >= _COPIED * len(row)
        for entry in echo.entries
        for row in rows
    )


def _own(echo: Echo, column: str) -> Echo:
    """Leave out the entries about other tables, to which triggers wrote on the way."""
    own = tuple(entry for entry in echo.entries if not column or _names_table(echo, value(entry, column)))
    return replace(echo, entries=own)


def _untold(echoes: Sequence[Echo]) -> Iterator[tuple[str, str]]:
    for echo in echoes:
        if echo.entries or echo.verb == "INSERT" or not echo.before:
            continue
        after = echo.after or {}
        changed = [name for name in after if after[name] != echo.before.get(name)]
        told = [name for name in changed if not BOOKKEEPING.search(name)]
        if echo.verb == "DELETE" or told:
            yield echo.table, ", ".join(told) if echo.verb == "UPDATE" else DELETION


def _first(columns: Sequence[Column], fits: Callable[[Column], bool]) -> str:
    return next((column.name for column in columns if fits(column)), "")


def _images(echo: Echo, old: str, new: str) -> Iterator[tuple[str, Row | None]]:
    if old:
        yield old, echo.before
    if new:
        yield new, echo.after


def _shows(echo: Echo, name: str, truth: Row | None) -> bool:
    """Whether an entry holds the row, or as much of it as it keeps, in this column."""
    return any(_is_image(image_of(value(entry, name)), truth, echo.key) for entry in echo.entries)


def _is_image(image: object, truth: Row | None, key: tuple[str, ...]) -> bool:
    if not isinstance(image, dict) or truth is None or image.keys() <= set(key):
        return False
    shared = image.keys() & truth.keys()
    covered = {key for key in shared if SECRET.search(key) or SENSITIVE.search(key)}
    return len(shared) >= _SHARED * len(image) and all(
        same(image[key], truth[key]) for key in shared - covered
    )


def _keeps_new(column: Column, told: Sequence[Echo]) -> bool:
    updates = [echo for echo in told if echo.verb == "UPDATE" and not _shows(echo, column.name, echo.before)]
    made = [echo for echo in told if echo.verb == "INSERT"]
    changes = any(echo.verb == "UPDATE" for echo in told)
    return any(_shows(echo, column.name, echo.after) for echo in (updates if changes else made))


def _keeps_old(column: Column, told: Sequence[Echo]) -> bool:
    made = [echo for echo in told if echo.verb == "INSERT"]
    if not all(is_blank(image_of(value(entry, column.name))) for echo in made for entry in echo.entries):
        return False
    return any(
        echo.verb != "INSERT"
        and _shows(echo, column.name, echo.before)
        and not _shows(echo, column.name, echo.after)
        for echo in told
    )


def _row_and_changes(columns: Sequence[Column], told: Sequence[Echo]) -> tuple[str, str]:
    """Return the column of the row, as it came or was before, and that of what an update made of it.

    Both are empty where there are no such two: what only some changes are in is no image of the row.
    """
    row = _first(columns, lambda c: _keeps_row(c, told))
    return (
        (row, changes)
        if row and (changes := _first(columns, lambda c: _keeps_changes(c, told)))
        else ("", "")
    )


def _keeps_row(column: Column, told: Sequence[Echo]) -> bool:
    """Whether an INSERT leaves the row in a column, and all else what it was before."""
    verbs = {echo.verb for echo in told}
    return {"INSERT", "UPDATE"} <= verbs and all(
        _shows(echo, column.name, echo.after if echo.verb == "INSERT" else echo.before) for echo in told
    )


def _keeps_changes(column: Column, told: Sequence[Echo]) -> bool:
    """Whether a column holds what an update made of what it changed, and nothing of other writes."""
    for echo in told:
        images = [image_of(value(entry, column.name)) for entry in echo.entries]
        after, before = echo.after or {}, echo.before or {}
        if echo.verb != "UPDATE":
            if not all(map(is_blank, images)):
                return False
        elif not any(_differs(image, before, after) for image in images):
            return False
    return True


def _differs(image: object, before: Row, after: Row) -> bool:
    """Whether an image holds new values of columns that changed, and of no others."""
    return (
        isinstance(image, dict)
        and bool(image)
        and all(
            name in after and after[name] != before.get(name) and same(held, after[name])
            for name, held in image.items()
        )
    )


def _operation(columns: Sequence[Column], told: Sequence[Echo]) -> tuple[str, _Words]:
    """Return the column that has one word for each verb of a table, and these; known words come first."""
    found = []
    for column in columns:
        if not (column.is_text or column.type == '"char"' or column.kind == "e"):
            continue
        words = _words(column, told)
        if words:
            known = sum(word.upper() in OF_VERBS[verb] for (_, verb), word in words.items())
            found.append((-known, column.name, words))
    if not found:
        return "", ()
    _, name, words = min(found, key=lambda one: one[0])
    return name, tuple((*place, word.upper()) for place, word in sorted(words.items()) if not verb_of(word))


def _is_word(said: str, table: str) -> bool:
    """Whether a text may stand for a verb, with the name of the table or without it."""
    own = table.replace('"', "").rpartition(".")[2].lower()
    return bool(_WORD.fullmatch(said.lower().replace(own, "t")))


def _words(column: Column, told: Sequence[Echo]) -> dict[tuple[str, str], str]:
    """Return the word for each table and verb; nothing where one stands for two verbs, or two for one."""
    said: dict[tuple[str, str], set[str]] = {}
    for echo in told:
        held = {str(value(entry, column.name) or "").strip() for entry in echo.entries}
        said.setdefault((echo.table, echo.verb), set()).update(held)
    words = {place: next(iter(held)) for place, held in said.items() if len(held) == 1}
    if len(words) < len(said) or not all(_is_word(word, table) for (table, _), word in words.items()):
        return {}
    verbs: dict[str, set[str]] = {}
    for (_, verb), word in words.items():
        verbs.setdefault(word, set()).add(verb)
    several = len({verb for _, verb in words}) > 1
    return words if several and all(len(stands_for) == 1 for stands_for in verbs.values()) else {}


def _always(column: Column, told: Sequence[Echo], fits: Callable[[Echo, Any], bool]) -> bool:
    """Whether the column of one entry of each write is what it should be."""
    return bool(told) and all(any(fits(echo, value(e, column.name)) for e in echo.entries) for echo in told)


def _names_table(echo: Echo, said: object) -> bool:
    qualified = echo.table.replace('"', "")
    return str(said).replace('"', "") in {qualified, qualified.partition(".")[2]}


def _names_row(echo: Echo, said: object) -> bool:
    if said is None or not echo.key:
        return False
    for row in (echo.before, echo.after):
        if row is None:
            continue
        if isinstance(said, dict):
            if said.keys() == set(echo.key) and all(same(said[name], row[name]) for name in echo.key):
                return True
        elif len(echo.key) == 1 and same(said, row[echo.key[0]]):
            return True
    return False


def _names_caller(column: Column, told: Sequence[Echo]) -> bool:
    others = [echo for echo in told if echo.caller]
    return _always(column, others, lambda echo, said: str(said) in echo.caller)


def _lists_changes(column: Column, told: Sequence[Echo]) -> bool:
    updates = [echo for echo in told if echo.verb == "UPDATE" and echo.before and echo.after]

    def fits(echo: Echo, said: object) -> bool:
        before, after = echo.before or {}, echo.after or {}
        changed = {name for name in after if after[name] != before.get(name)}
        named = said if isinstance(said, list) else []
        return bool(named) and all(isinstance(name, str) and name in changed for name in named)

    return _always(column, updates, fits)


def _time(columns: Sequence[Column], told: Sequence[Echo]) -> str:
    """Return the column of the time: the one that the server fills, or the only one that is not the row's."""
    times = [column for column in columns if _TIME.match(column.type)]
    filled = [column for column in times if _NOW.search(column.default)]
    if filled:
        return filled[0].name
    return times[0].name if len(times) == 1 and not _is_copy(times[0], told) else ""


def _is_copy(column: Column, told: Sequence[Echo]) -> bool:
    """Whether a column is called as one of the row, and has always held what that did."""

    def fits(echo: Echo, said: object) -> bool:
        rows = (row for row in (echo.before, echo.after) if row)
        return any(column.name in row and same(said, row[column.name]) for row in rows)

    return _always(column, told, fits)
