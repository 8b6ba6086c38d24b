"""Applies the project's own files, as a deploying tool does: one file, one batch, one transaction.

Of a file that fails the statements that can be had without the one that is refused are kept.
"""

from __future__ import annotations

import os
import re
import subprocess
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.migrations import Failure, Migration
from pytest_readiness.judges.sql.statements import commits
from pytest_readiness.target.answers import answer
from pytest_readiness.target.salvage import salvage
from pytest_readiness.target.sections import down_file, sections, singly
from pytest_readiness.target.statements import split

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import psycopg

    from pytest_readiness.target.statements import Statement

_DUMP_GUARD = re.compile(r"^\\(un)?restrict\b.*$", re.MULTILINE)
"""Lines that pg_dump writes for psql alone."""

_PSQL_OWN = re.compile(r"^\\|^\s*copy\b[^;]*\bfrom\s+stdin\b", re.IGNORECASE | re.MULTILINE)
"""Lines that only psql understands: its commands, and data behind COPY."""

_SYNTAX_ERROR = "42601"
_SHOWN = 300
_COMMAND_LIMIT_S = 600

ONE_TRANSACTION = {"25001", "2D000", "55P04"}
"""What a batch is refused because it is one transaction: CONCURRENTLY and its like, a COMMIT inside of a
procedure, and a new label of an enum that is used at once."""

_ENVIRONMENT = {
    "58P01": "the server under test lacks a library",
    "0A000": "the server under test lacks a feature or an extension",
    "53100": "the disk is full",
    "53200": "out of memory",
    "57P01": "the server was shut down",
    "08006": "the connection was lost",
}


_BEYOND_THE_OWNER = (
    re.compile(r"permission denied to create event trigger"),
    re.compile(r"unrecognized privilege type"),
    re.compile(r"has no installation script nor update path for version"),
    re.compile(r"no security label providers have been loaded"),
)


def named(path: Path, root: Path) -> str:
    """Return a file's name in reports: settings may name one that lies outside their own folder."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def apply_file(
    connection: psycopg.Connection, path: Path, root: Path, *, apart: bool = False, whole: bool = False
) -> Migration:
    """Apply one file in an implicit transaction; when it fails, what can be had of it is applied singly.

    Args:
        connection: Of the role that applies migrations.
        path: The file.
        root: What its name in reports is relative to.
        apart: Whether the tools of this platform send the statements one by one where one transaction
            cannot hold them.
        whole: Whether nothing is kept of one that fails.
    """
    name = named(path, root)
    data = path.read_bytes()
    try:
        sql = data.decode("utf-8-sig")  # as it is: a string may hold any line ending
    except UnicodeDecodeError as error:
        failure = Failure("", 1, "", f"not UTF-8: {error.reason} at byte {error.start}")
        text = data.decode("utf-16", errors="replace") if data[:2] in {BOM_UTF16_LE, BOM_UTF16_BE} else ""
        up, _ = sections(_DUMP_GUARD.sub("", text))
        return _salvaged(connection, Migration(name, failure, sql=up), split(up), whole=whole)
    text = _DUMP_GUARD.sub("", sql)
    up, down = sections(text)
    beside = down_file(path)
    if beside:
        down = sections(beside.read_text(encoding="utf-8-sig", errors="replace"))[0]
    alone = singly(text)
    applied = (
        apply_singly(connection, name, up, whole=whole)
        if alone
        else apply_text(connection, name, up, apart=apart, whole=whole)
    )
    migration = replace(applied, down=down, marked=up != text)
    settle(connection)
    if migration.failure is None:
        remember(connection, path.stem)
    return migration


def apply_text(
    connection: psycopg.Connection, name: str, sql: str, *, apart: bool = False, whole: bool = False
) -> Migration:
    """Apply the text of one file, and tell what came of it."""
    failure, place = _tried(connection, sql)
    rest = _not_done(split(sql), place) if failure else ()
    apart = apart and failure is not None and failure.sqlstate in ONE_TRANSACTION
    if apart:
        roll_back(connection)  # what a COMMIT before set for the session stands
        failure, done = _one_by_one(connection, rest)
        rest = rest[done:]
    return _salvaged(connection, Migration(name, failure, sql=sql, apart=apart), rest, whole=whole)


def apply_singly(connection: psycopg.Connection, name: str, sql: str, *, whole: bool = False) -> Migration:
    """Apply the text of a file that is in no transaction; what was done before it fails stays."""
    statements = split(sql)
    failure, done = _one_by_one(connection, statements)
    return _salvaged(
        connection, Migration(name, failure, sql=sql, apart=True), statements[done:], whole=whole
    )


def _salvaged(
    connection: psycopg.Connection, migration: Migration, rest: Sequence[Statement], *, whole: bool
) -> Migration:
    """Apply what can be had of a file that failed, of which some statements are not done."""
    undone = tuple(statement.text for statement in rest)
    if migration.failure is None or whole or _PSQL_OWN.search(migration.sql):
        return replace(migration, undone=undone)
    roll_back(connection)  # what a COMMIT before set for the session stands
    had = salvage(connection, undone)
    return replace(migration, kept=had.kept, undone=had.undone)


def _not_done(statements: Sequence[Statement], failed: int) -> Sequence[Statement]:
    """Return what a batch that failed in one statement has not kept: all after the last COMMIT before."""
    kept = [place for place, statement in enumerate(statements[:failed]) if commits(statement.text)]
    return statements[kept[-1] + 1 :] if kept else statements


def apply_again(connection: psycopg.Connection, migration: Migration) -> Failure | None:
    """Apply a migration as one batch, or each statement by itself where the target could not hold it in one.

    What the target kept of a file up to its last COMMIT came in one batch; here it comes apart like the rest.
    """
    return (apply_apart if migration.apart else apply_batch)(connection, migration.sql)


def apply_apart(connection: psycopg.Connection, sql: str) -> Failure | None:
    """Send each statement by itself, and stop at the first that fails; what was done before stays."""
    return _one_by_one(connection, split(sql))[0]


def _one_by_one(
    connection: psycopg.Connection, statements: Sequence[Statement]
) -> tuple[Failure | None, int]:
    """Send statements until one fails; return what failed, and how many come before it."""
    for place, statement in enumerate(statements):
        _, error = answer(connection, statement.text)
        if error is not None:
            state, message, _ = error
            said = Failure(_shown(statement), statement.line, state, message, _environment(state, message))
            return said, place
    return None, len(statements)


def _shown(statement: Statement) -> str:
    text = statement.text
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"


def apply_batch(connection: psycopg.Connection, sql: str) -> Failure | None:
    """Send one simple-protocol batch; return what failed, or None."""
    return _tried(connection, sql)[0]


def _tried(connection: psycopg.Connection, sql: str) -> tuple[Failure | None, int]:
    """Send one batch; return what failed, and how many statements come before it."""
    succeeded, error = answer(connection, sql)
    if error is None:
        return None, succeeded
    state, message, position = error
    statements = split(sql)
    if not statements:
        return Failure("", 1, state, message), 0
    # A syntax error stops the batch before its first statement; only its position tells where.
    before = len(split(sql[: position - 1] + "x")) - 1 if position else succeeded
    place = min(before, len(statements) - 1)
    failing = statements[place]
    if state == _SYNTAX_ERROR and _PSQL_OWN.search(sql):
        message += (
            "; backslash commands and data behind COPY are psql's own: use INSERT, or settings `migrate`"
        )
    return Failure(_shown(failing), failing.line, state, message, _environment(state, message)), place


def _environment(state: str, message: str) -> str:
    """Tell a defect of the file from a limit of the server that it was tried on."""
    if state == "0A000" and "extension" not in message and not message.startswith("stand-in:"):
        return ""
    if any(pattern.search(message) for pattern in _BEYOND_THE_OWNER):
        return "only a platform's own extensions, or another version, let a role do this"
    return _ENVIRONMENT.get(state, "")


def remember(connection: psycopg.Connection, stem: str) -> None:
    """Record the file as the Supabase command does, since later files may ask for it."""
    version, _, name = stem.partition("_")
    if not version.isdigit() or connection.closed:
        return
    table = connection.execute("select to_regclass('supabase_migrations.schema_migrations')").fetchone()
    if table and table[0]:
        connection.execute(
            "insert into supabase_migrations.schema_migrations (version, name) values (%s, %s) "
            "on conflict do nothing",
            (version, name),
        )


def roll_back(connection: psycopg.Connection) -> None:
    """End what a file left open."""
    if not connection.closed:
        connection.pgconn.exec_(b"rollback")


def settle(connection: psycopg.Connection) -> None:
    """End what a file left open, and undo the session settings that dumps make."""
    if connection.closed:
        return
    roll_back(connection)
    connection.pgconn.exec_(b"reset all; reset role; reset session authorization")


def run_command(command: str, root: Path, url: str) -> Migration:
    """Run the project's own migration tool with DATABASE_URL, and say how it ended."""
    environment = {**os.environ, "DATABASE_URL": url}
    try:
        done = subprocess.run(  # noqa: S602  the command is the project's own, written for a shell
            command,
            shell=True,
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_COMMAND_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        said = f"did not end within {_COMMAND_LIMIT_S} s"
        return Migration(command, Failure(command, 1, "", said), command=True)
    if done.returncode == 0:
        return Migration(command, command=True)
    tail = (done.stderr.strip() or done.stdout.strip())[-_SHOWN * 3 :]
    failure = Failure(command, 1, "", f"exit status {done.returncode}: {tail}")
    return Migration(command, failure, command=True)
