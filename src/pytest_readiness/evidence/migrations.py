"""How each migration went when it was applied to a fresh database."""

from __future__ import annotations

from dataclasses import dataclass

OF_A_COMMAND = (
    "a command's own migrations show no files: nothing could be tried or read. Let the tool write its "
    "SQL (alembic upgrade head --sql > db/history.sql) and name that in settings in place of the command: "
    'migrations = ["db/history.sql"]'
)
"""Why the migrations of a command are unknown, and what to set."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What the server said when a file could not be applied.

    Attributes:
        statement: The statement that failed, shortened.
        line: Its first line in the file, from 1.
        sqlstate: Five characters; empty when it was not the server that refused.
        environment: Why the test environment may be to blame; empty when the file is.
    """

    statement: str
    line: int
    sqlstate: str
    message: str
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file or command, in the order of application.

    Attributes:
        command: Whether it is a command, whose files nobody sees.
        failure: None when it applied.
        reached: False when it was not tried, since settings are strict and an earlier one failed.
        sql: What was applied; empty of a command, and of a file that is no text.
        down: What takes it back; empty where the project has nothing that does.
        dump: Whether it is a dump of a schema, which is no migration of its own.
        apart: Whether its statements were sent one by one, since one transaction cannot hold them.
        kept: The statements of a file that failed which were applied without those that cannot be; a COMMIT
            ends each transaction.
        undone: The statements of a file that failed of which nothing was kept.
        marked: Whether a tool's markers stand in it, which makes one transaction of each file.
    """

    name: str
    failure: Failure | None = None
    reached: bool = True
    sql: str = ""
    down: str = ""
    dump: bool = False
    apart: bool = False
    kept: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    command: bool = False
    marked: bool = False


@dataclass(frozen=True, slots=True)
class MigrationEvidence:
    """All of them.

    Attributes:
        role: The database role that applied them.
        superuser: Whether that role was a superuser, which hides what the owner may not do.
        absent: Why there are none; empty when there are.
    """

    migrations: tuple[Migration, ...]
    role: str
    superuser: bool
    absent: str = ""

    @property
    def whole(self) -> bool:
        """Whether all of them applied: only then is what is missing really absent."""
        return all(migration.reached and migration.failure is None for migration in self.migrations)
