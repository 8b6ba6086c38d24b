"""What guarded a table that was made anew under its name, and no longer guards it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.gather.trials.state import has_row_security, security_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.gather.trials.state import State

_SAME = 0.5
"""The share of its columns that a table keeps, at least, to be the same table."""
_RUNS = re.compile(
    r" (?:BEFORE|AFTER|INSTEAD OF) (?P<events>.+?) ON .* EXECUTE (?:FUNCTION|PROCEDURE) (?P<function>.+?)\(",
    re.DOTALL,
)
_REFERS = re.compile(r"FOREIGN KEY \((.+?)\) REFERENCES (.+?)\((.+?)\)", re.DOTALL)
_NULLABLE = re.compile(r" [tf](?: |$)")
_FLAGS = re.compile(r"( NOT VALID)?((true|false)+)$")

ROW_SECURITY = "row security"
OWNERS_ROW_SECURITY = "row security for its owner"
POLICY = "policy "


def rebuilt(before: State, after: State, vanished: dict[str, State]) -> dict[str, State]:
    """Return, by table that was made anew under its name, the state in which the old one was.

    Args:
        before: The state before a file.
        after: The state after it.
        vanished: By name that no table has any more, the last state in which one had it; brought up to date.
    """
    vanished.update((name, before) for name in before.made.keys() - after.made.keys())
    old = {name: before if name in before.made else vanished.get(name) for name in after.made}
    return {name: state for name, state in old.items() if state and state.made[name] != after.made[name]}


def lost(old: State, new: State, name: str) -> tuple[str, ...]:
    """Return what guarded the old table and not the new one; nothing where there is no table of the name.

    What can no longer be is not lost: a trigger whose function is gone, a reference to what is gone, a
    guard of a column that is gone.
    """
    if name not in new.made:
        return ()
    here = _Guards(old, new, name)
    return tuple(here.all() if here.same_table() else here.row_security())


def replaced(old: State, new: State, name: str) -> dict[str, tuple[str, str]]:
    """Return triggers of the old table whose events a function has that did not run before.

    Whether that does the work of the other has to be tried.

    Returns:
        By the name of each: what makes it, and what its functions are.
    """
    if name not in new.made:
        return {}
    here = _Guards(old, new, name)
    return dict(here.replaced()) if here.same_table() else {}


class _Guards:
    def __init__(self, old: State, new: State, name: str) -> None:
        self.old = old
        self.new = new
        self.name = name
        self.columns = _columns(old, name)
        left = _columns(new, name)
        self.gone = {column for column in self.columns if column not in left}
        self.retyped = {c for c, kind in self.columns.items() if c in left and left[c] != kind}
        self.parted = new.shape.get(f"table {name}", "").startswith("p")

    def same_table(self) -> bool:
        kept = len(self.columns) - len(self.gone) - len(self.retyped)
        return kept >= _SAME * len(self.columns)

    def all(self) -> Iterator[str]:
        yield from self.row_security()
        yield from self._policies()
        yield from self._triggers()
        yield from self._references()
        yield from self._references_to_it()
        yield from self._keys()
        yield from self._conditions()

    def row_security(self) -> Iterator[str]:
        if has_row_security(self.old, self.name):
            if not has_row_security(self.new, self.name):
                yield ROW_SECURITY
            elif security_of(self.old, self.name) > security_of(self.new, self.name):
                yield OWNERS_ROW_SECURITY

    def _policies(self) -> Iterator[str]:
        """Yield permissive policies where none is left, and restrictive ones without any in their place."""
        for permissive in ("t", "f"):
            ours, theirs = (
                {place: text for place, text in held.items() if text.split(" ", 2)[1:2] == [permissive]}
                for held in (self._parts(self.old, POLICY), self._parts(self.new, POLICY))
            )
            instead = [text for text in theirs.values() if permissive == "t" or text not in ours.values()]
            if not instead:
                yield from self._missing(ours, theirs.values())

    def _triggers(self) -> Iterator[str]:
        """Yield triggers for one of whose events the table runs neither their function nor a new one."""
        stood_in = {event for _, event in self._new_runs()}
        for place, text, missing in self._without_function():
            if {event for _, event in missing} - stood_in and self._function_of(text, missing):
                yield place

    def replaced(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield triggers for all of whose events that are missing the table runs a new function."""
        new = self._new_runs()
        stood_in = {event for _, event in new}
        for place, text, missing in self._without_function():
            body = self._function_of(text, missing)
            if not body or {event for _, event in missing} - stood_in:
                continue
            alike = {event for function, event in new if _says(self._bodies({function})) == _says(body)}
            if not _says(body) or {event for _, event in missing} - alike:
                yield place, (text, body)

    def _without_function(self) -> Iterator[tuple[str, str, set[tuple[str, str]]]]:
        """Yield triggers with the events for which the table runs their function no more."""
        theirs = self._parts(self.new, "trigger ")
        now = {run for text in theirs.values() for run in _runs(text)}
        for place, text in sorted(self._parts(self.old, "trigger ").items()):
            if missing := _runs(text) - now:
                yield place, text, missing

    def _new_runs(self) -> set[tuple[str, str]]:
        """Return the functions that the table did not run before, with the events for which it does now."""
        ours, theirs = self._parts(self.old, "trigger "), self._parts(self.new, "trigger ")
        before = {function for text in ours.values() for function, _ in _runs(text)}
        return {run for text in theirs.values() for run in _runs(text) if run[0] not in before}

    def _function_of(self, trigger: str, missing: set[tuple[str, str]]) -> str:
        """Return the functions that are not run any more; empty where they could not run here."""
        body = self._bodies({function for function, _ in missing})
        return "" if self._names_gone(trigger) or _reads(body, self.gone) else body

    def _bodies(self, functions: set[str]) -> str:
        begin = tuple(f"function {function}(" for function in functions)
        return " ".join(body for name, body in self.new.shape.items() if begin and name.startswith(begin))

    def _references(self) -> Iterator[str]:
        """Yield foreign keys whose columns refer to nothing now, though what they referred to is there."""
        theirs = {
            found[1]
            for text in self._parts(self.new, "constraint ").values()
            if (found := _REFERS.match(text))
        }
        for place, text in self._parts(self.old, "constraint ").items():
            found = _REFERS.match(text)
            if not found or found[1] in theirs or self._names_gone(found[1]):
                continue
            if _is_key(self.new, found[2], found[3]):
                yield place

    def _references_to_it(self) -> Iterator[str]:
        """Yield foreign keys of other tables to this one, which went with it."""
        for place, text in self.old.shape.items():
            found = _REFERS.match(text) if place.startswith("constraint ") else None
            other = place.rpartition(" of ")[2]
            if not found or found[2] != self.name or other == self.name:
                continue
            if self.new.shape.get(place) == text:
                continue
            there = _columns(self.new, other).keys() >= set(found[1].split(", "))
            again = any(
                kept.startswith("constraint ")
                and kept.endswith(f" of {other}")
                and (refers := _REFERS.match(definition))
                and refers[1] == found[1]
                and refers[2] == self.name
                for kept, definition in self.new.shape.items()
            )
            if there and not again and _is_key(self.new, self.name, found[3]):
                yield place

    def _keys(self) -> Iterator[str]:
        """Yield keys where no unique index is left, the primary one where none is left on its columns.

        Others are missed where none of them is left and none is new.
        """
        ours, theirs = _unique(self.old, self.name), _unique(self.new, self.name)
        primary = {
            place.replace("constraint ", "index ", 1) for place in self._constraints(self.old, "PRIMARY KEY")
        }
        others = {place: text for place, text in ours.items() if place not in primary}
        if not theirs:
            yield from self._missing(ours, ())
            return
        if self.parted:
            return
        if not {*theirs.values()} & {*others.values()} and {*theirs.values()} <= {*ours.values()}:
            yield from self._missing(others, ())
        if not self._constraints(self.new, "PRIMARY KEY"):
            required = {text for text in theirs.values() if not _names(text, self._nullable())}
            yield from self._missing({place: ours[place] for place in primary & ours.keys()}, required)

    def _nullable(self) -> set[str]:
        return {
            column for column in _columns(self.new, self.name) if _may_be_null(self.new, self.name, column)
        }

    def _conditions(self) -> Iterator[str]:
        """Yield CHECK constraints of whose columns none is checked now, and EXCLUDE if none is left."""
        ours, theirs = (
            {kind: self._constraints(state, kind) for kind in ("CHECK", "EXCLUDE")}
            for state in (self.old, self.new)
        )
        checked = " ".join(theirs["CHECK"].values())
        asked = {
            place: text
            for place, text in ours["CHECK"].items()
            if not _names(checked, [column for column in self.columns if _names(text, [column])])
        }
        if not theirs["EXCLUDE"] and not self.parted:
            asked |= ours["EXCLUDE"]
        known = {place: text for place, text in asked.items() if not _names(text, self.retyped)}
        yield from self._missing(known, theirs["CHECK"].values())

    def _constraints(self, state: State, kind: str) -> dict[str, str]:
        parts = self._parts(state, "constraint ")
        return {place: text for place, text in parts.items() if text.startswith(kind)}

    def _parts(self, state: State, kind: str) -> dict[str, str]:
        """Return the objects of a kind that are the table's, by their names without it."""
        held = f" of {self.name}"
        return {
            place.removesuffix(held): text
            for place, text in state.shape.items()
            if place.startswith(kind) and place.endswith(held)
        }

    def _missing(self, ours: dict[str, str], theirs: Collection[str]) -> Iterator[str]:
        for place, text in sorted(ours.items()):
            if text not in theirs and not self._names_gone(text):
                yield place

    def _names_gone(self, text: str) -> bool:
        return _names(text, self.gone)


def _names(text: str, columns: Collection[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(column)}(?!\w)", text) for column in columns)


def _reads(body: str, columns: Collection[str]) -> bool:
    """Whether a trigger's function names one of the columns of its row."""
    read = r"""\b(?:new|old)\s*\.\s*"?{}"?(?!\w)"""
    return any(re.search(read.format(re.escape(column)), body, re.IGNORECASE) for column in columns)


def _says(function: str) -> str:
    """Return what a function does, without its name; empty where that is not told."""
    return " ".join(function.partition(" RETURNS ")[2].split())


def _columns(state: State, name: str) -> dict[str, str]:
    """Return the columns of a table and their types."""
    begin = f"column {name}."
    return {
        place.removeprefix(begin): _NULLABLE.split(text)[0]
        for place, text in state.shape.items()
        if place.startswith(begin)
    }


def _may_be_null(state: State, name: str, column: str) -> bool:
    found = _NULLABLE.search(state.shape.get(f"column {name}.{column}", ""))
    return bool(found and found[0].strip() == "f")


def _runs(trigger: str) -> set[tuple[str, str]]:
    """Return the function of a trigger with each event for which it runs."""
    found = _RUNS.search(trigger)
    if not found:
        return set()
    events = (event.split()[0] for event in found["events"].split(" OR "))
    return {(found["function"], event) for event in events}


def _unique(state: State, name: str) -> dict[str, str]:
    """Return the unique indexes of a table, each as what it is on."""
    held = f" of {name}"
    return {
        place.removesuffix(held): _FLAGS.sub("", text.partition(" USING ")[2])
        for place, text in state.shape.items()
        if place.startswith("index ") and place.endswith(held) and text.startswith("CREATE UNIQUE")
    }


def _is_key(state: State, name: str, columns: str) -> bool:
    """Whether a table has these columns as a key, to which others may refer."""
    wanted = {*columns.split(", ")}
    return any(
        {*text.partition("(")[2].rstrip(")").split(", ")} == wanted for text in _unique(state, name).values()
    )
