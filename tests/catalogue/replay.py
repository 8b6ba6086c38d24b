"""Plays the scripts of a case: who says what, one after another, on the sessions that they share."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEAD = re.compile(r"^--@ (?P<actor>\S+)(?P<claims> \{.*\})?(?: #(?P<session>\d))?\s*$")
_USERS = {
    "A": {"sub": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "email": "alice@a.test"},
    "B": {"sub": "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb", "email": "bob@b.test"},
}
_ROLES = {"A": "authenticated", "B": "authenticated", "anon": "anon", "service": "service_role"}
_LIMIT_MS = 10_000
_UNTRUE = {None, "False", "f", "0", ""}


@dataclass(frozen=True, slots=True)
class Block:
    """Statements of one actor.

    Attributes:
        session: Number of the connection.
        login: Role that the connection logs in as; empty for the superuser.
        become: Statements that make the session the actor's.
    """

    session: int
    login: str
    become: tuple[sql.Composable, ...]
    statements: str


@dataclass
class Seen:
    """What an actor saw of a block: the last rows, a refusal, and what the server told meanwhile."""

    rows: list[list[str | None]] = field(default_factory=list)
    state: str = ""
    said: str = ""
    notices: list[str] = field(default_factory=list)

    @property
    def true(self) -> bool:
        """Whether the first value of the last rows is true."""
        return not self.state and bool(self.rows) and self.rows[0][0] not in _UNTRUE

    def holds(self, text: str) -> bool:
        """Whether a text came out anywhere."""
        return text in json.dumps([self.rows, self.said, self.notices])


def blocks(script: str) -> Iterator[Block]:
    """Take a script apart.

    Raises:
        ValueError: It does not begin by naming an actor.
    """
    parts: list[tuple[re.Match[str], list[str]]] = []
    for line in script.splitlines():
        if head := _HEAD.match(line):
            parts.append((head, []))
        elif not parts:
            raise ValueError(f"the first line names no actor: {line}")
        else:
            parts[-1][1].append(line)
    for head, lines in parts:
        claims = json.loads(head["claims"] or "{}")
        login, become = _actor(head["actor"], claims)
        yield Block(int(head["session"] or 1), login, tuple(become), "\n".join(lines))


def _actor(name: str, more: dict[str, Any]) -> tuple[str, list[sql.Composable]]:
    """Return the role that an actor logs in as, and the statements that make a session its own."""
    how, _, named = name.rpartition(":")
    role, _, user = named.partition("@")
    role = role if how else _ROLES.get(name, "")
    user = user if how else name
    claims = _USERS.get(user, {}) | ({"role": role} if role and how in {"", "role", "session"} else {}) | more
    told = sql.SQL("select set_config('request.jwt.claims', {}, false)")
    become: list[sql.Composable] = [
        sql.SQL("reset session authorization"),
        sql.SQL("reset role"),
        told.format(sql.Literal(json.dumps(claims) if claims else "")),
    ]
    if how == "session":
        become.append(sql.SQL("set session authorization {}").format(sql.Identifier(role)))
    elif role and how != "login":
        become.append(sql.SQL("set role {}").format(sql.Identifier(role)))
    return (role if how == "login" else ""), become


def play(script: str, connect: Callable[[str], psycopg.Connection], *, owner: bool = False) -> Seen:
    """Play a script, and return what was seen of its last block.

    Args:
        script: The text.
        connect: Opens a connection of a role; of the superuser if it is given none.
        owner: Whether it is an owner's access, which ends with the first refusal and leaves the database as
            it was, unless the script ends a transaction itself.
    """
    sessions: dict[tuple[int, str], psycopg.Connection] = {}
    notices: list[str] = []
    seen = Seen()
    try:
        for block in blocks(script):
            key = block.session, block.login
            if key not in sessions:
                sessions[key] = connect(block.login)
                sessions[key].execute(f"set statement_timeout = {_LIMIT_MS}")
                if owner:
                    sessions[key].execute("begin")
                sessions[key].add_notice_handler(lambda told: notices.append(str(told.message_primary)))
                sessions[key].add_notify_handler(lambda told: notices.append(told.payload))
            notices.clear()
            seen = _played(sessions[key], block)
            if owner and seen.state:
                return seen
        _deliver(sessions.values())
        seen.notices = list(notices)
        return seen
    finally:
        for connection in sessions.values():
            connection.close()


def _played(connection: psycopg.Connection, block: Block) -> Seen:
    seen = Seen()
    try:
        for statement in block.become:
            connection.execute(statement)
        cursor = connection.execute(block.statements.encode())
        for result in cursor.results():
            if result.description:
                seen.rows = [[None if value is None else str(value) for value in row] for row in result]
    except psycopg.Error as error:
        seen = Seen(state=error.sqlstate or "?", said=str(error))
        if not connection.closed:
            connection.rollback()
    return seen


def _deliver(sessions: Any) -> None:
    """Let notifications that are under way arrive."""
    open_ones = [connection for connection in sessions if not connection.closed]
    listening = any(
        connection.execute("select exists (select from pg_listening_channels())").fetchone() == (True,)
        for connection in open_ones
    )
    if listening:
        time.sleep(0.05)
        for connection in open_ones:
            connection.execute("select 1")
