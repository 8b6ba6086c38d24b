"""A database in which the history is replayed beside the target, one file at a time."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

import psycopg
from psycopg import pq

from pytest_readiness.evidence.migrations import Failure
from pytest_readiness.gather.trials.state import State, state_of
from pytest_readiness.judges.sql.statements import makes_shared, shortened
from pytest_readiness.providers.postgres import attached
from pytest_readiness.target.answers import answer
from pytest_readiness.target.build import platform_only
from pytest_readiness.target.migrations import settle
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.target.statements import Statement
    from pytest_readiness.target.target import Target

_LIMITS = "set statement_timeout = '60s'"


_THERE_ALREADY = "42710"


class Watch(Protocol):
    """Looks before and after each statement."""

    def before(self, statement: Statement) -> None:
        """Look at what it will meet."""

    def after(self, statement: Statement) -> None:
        """Look at what it did."""


class Scratch:
    """The platform, and what was applied so far.

    Args:
        target: Whose platform and role it has.
        name: Of an existing database in place of a new one.
    """

    def __init__(self, target: Target, name: str = "") -> None:
        self._target = target
        self.server = attached(target.built.server)
        self.database = name or platform_only(target.built, self.server, "replay")
        self.sends_batches = target.settings.profile == "supabase"  # as its command does with each file
        self.platform = target.profile.platform_schemas
        self.connection = self._connect()

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(
            self.server.conninfo(database=self.database), autocommit=True, prepare_threshold=None
        )
        connection.execute(_LIMITS)
        self._target.end_with(connection.close)
        return connection

    def state(self) -> State:
        """Read the state, as superuser."""
        with self.as_superuser():
            return state_of(self.connection, self.platform)

    @contextlib.contextmanager
    def as_superuser(self) -> Iterator[None]:
        """Look around with all rights, then be the role that applies migrations again."""
        row = self.connection.execute(
            "select session_user::text, current_setting('role'), set_config('role', 'none', false)"
        ).fetchone()
        self.connection.execute("reset session authorization")
        yield
        if row:
            self.connection.execute(f"set session authorization {identifier(row[0])}".encode())
            if row[1] != "none":
                self.connection.execute(f"set role {identifier(row[1])}".encode())

    def become_owner(self) -> None:
        """Act as the role that applies migrations."""
        if not self._target.built.migrations.superuser:
            owner = identifier(self._target.built.owner)
            self.connection.execute(f"set session authorization {owner}".encode())

    def rest(self) -> None:
        """End what a file left open, and be the superuser again."""
        settle(self.connection)
        self.connection.execute(_LIMITS)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self.connection.pgconn.transaction_status != pq.TransactionStatus.IDLE

    def run(self, statements: Iterable[Statement], watch: Watch | None = None) -> Failure | None:
        """Run statements in the open transaction, watched one by one; return what failed."""
        for statement in statements:
            if watch:
                watch.before(statement)
            shared = makes_shared(statement.text)
            if shared:
                self.connection.execute("savepoint readiness_shared")
            _, error = answer(self.connection, statement.text)
            if error and shared and error[0] == _THERE_ALREADY:
                self.connection.execute("rollback to readiness_shared")
            elif error:
                return Failure(shortened(statement.text), statement.line, error[0], error[1])
            if watch:
                watch.after(statement)
        return None

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """Undo in a block whatever is done in the open transaction."""
        self.connection.execute("savepoint readiness_trial")
        yield
        self.connection.execute("rollback to readiness_trial; release readiness_trial")

    @contextlib.contextmanager
    def copied(self) -> Iterator[Scratch]:
        """Lend a copy of the database, in which files may commit."""
        self.connection.close()
        name = self._target.copy_of(self.database)
        self.connection = self._connect()
        copy = Scratch(self._target, name)
        try:
            yield copy
        finally:
            copy.connection.close()
