"""Runs a reproduction again, in a fresh copy of the target, and tells what it got at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.target.statements import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from pytest_readiness.target.target import Target

_BECOMES = ("set local session authorization", "set local role")
_RETURNS = "reset session authorization"
_BACK = frozenset({"set local session authorization default", "set local role none"})
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Script:
    """A reproduction, part by part.

    Attributes:
        setup: What a superuser does first.
        theft: What the attacker does, beginning with becoming him.
        look: What a superuser looks at before and after.
    """

    setup: tuple[str, ...]
    theft: tuple[str, ...]
    look: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it.

    Attributes:
        got: What was reached, for people; empty when nothing was.
        unready: Why it could not be tried; empty when it was.
    """

    got: str
    unready: str = ""


def parts(script: str) -> Script:
    """Take a reproduction apart."""
    steps = [one.text for one in split(script) if one.text.lower() not in {"begin", "rollback"}]
    plain = [step.lower() for step in steps]
    # The victim may have acted before, and gone again.
    back = max((i for i, step in enumerate(plain) if step in _BACK), default=-1)
    start = next((i for i, step in enumerate(plain) if i > back and step.startswith(_BECOMES)), len(steps))
    end = next((i for i, step in enumerate(plain) if i > start and step == _RETURNS), len(steps))
    return Script(tuple(steps[:start]), tuple(steps[start:end]), tuple(steps[end + 1 :]))


def replay(target: Target, script: str, marks: Sequence[str] = ()) -> Replayed:
    """Run a reproduction in a copy of its own, and undo it.

    Args:
        target: The system under test.
        script: What a finding gives to paste.
        marks: Texts that only rows of the victim have. Without any, every row that comes back or
            changes counts, unless it holds nothing but NULL.
    """
    import psycopg

    found = parts(script)
    if not found.theft:
        return Replayed("", "nobody acts in it")
    connection = target.database()
    try:
        connection.execute("begin; set local statement_timeout = '5s'; set local lock_timeout = '1s'")
        for statement in found.setup:
            connection.execute(statement.encode())
        connection.execute("savepoint tried")
    except psycopg.Error as error:
        connection.close()
        return Replayed("", _first(error))
    try:
        return Replayed(_reached(connection, found, marks))
    finally:
        connection.close()


def _reached(connection: psycopg.Connection, script: Script, marks: Sequence[str]) -> str:
    import psycopg

    before = _seen(connection, script)
    returned: list[str] = []
    try:
        for statement in script.theft:
            returned = _rows(connection, statement)
    except psycopg.Error as error:
        said = str(error)
        told = next((mark for mark in marks if mark in said), "")
        return f"The server said in an error: {_first(error)}" if told else ""
    shown = [row for row in returned if not marks or any(mark in row for mark in marks)]
    if shown:
        return f"A row came back: {shown[0][:_SHOWN]}"
    connection.execute(_RETURNS.encode())
    after = _seen(connection, script)
    changed = [*(before - after).elements(), *(after - before).elements()]
    hers = [row for row in changed if not marks or any(mark in row for mark in marks)]
    return f"A row was changed: {hers[0][:_SHOWN]}" if hers else ""


def _seen(connection: psycopg.Connection, script: Script) -> Counter[str]:
    return Counter(row for statement in script.look for row in _rows(connection, statement))


def _rows(connection: psycopg.Connection, statement: str) -> list[str]:
    cursor = connection.execute(statement.encode())
    rows = cursor.fetchall() if cursor.description else []
    return [repr([str(value) for value in row]) for row in rows if any(value is not None for value in row)]


def _first(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
