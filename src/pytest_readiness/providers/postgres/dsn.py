"""A PostgreSQL server that somebody else runs, by its DSN."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.providers.given import redacted, resolve
from pytest_readiness.providers.postgres.server import PostgresServer

if TYPE_CHECKING:
    from psycopg import Connection

    from pytest_readiness.providers.given import Given
    from pytest_readiness.providers.postgres.ledger import Ledger

_RUN_ID = re.compile(r"[a-z0-9]{1,20}")
_OLDEST = 150000
_ANSWERS_WITHIN = 5
_TRIED = "the given PostgreSQL server"
_MEND = 'see that it runs and takes connections from here, or use postgres = "embedded"'


class GivenPostgres:
    """A given server, before it was asked anything.

    A disposable one is restored at the end: databases of the run and roles that were not there
    before are dropped. One that is not disposable is never written to.

    Raises:
        ValueError: The run's id cannot be part of a name.
    """

    def __init__(self, given: Given, run_id: str) -> None:
        if not _RUN_ID.fullmatch(run_id):
            raise ValueError(f"a run id is 1 to 20 lowercase letters and digits, not {run_id!r}")
        self._given = given
        self._run_id = run_id
        self._admin: Connection | None = None
        self._ledger: Ledger | None = None
        self._starter = os.getpid()

    def wait(self) -> PostgresServer:
        """Connect, see what it is, and drop what a killed run left in it.

        Raises:
            ProviderError: It does not answer, is too old, or the role is no superuser.
        """
        conninfo = _conninfo(resolve(self._given))
        import psycopg

        try:
            self._admin = _connect(conninfo)
            version = self._accept(self._admin)
            if self._given.disposable:
                self._open(self._admin)
        except BaseException as error:
            self._close()
            if isinstance(error, psycopg.Error):
                raise ProviderError(_TRIED, redacted(str(error)).strip(), _MEND) from error
            raise
        return PostgresServer(
            provider="dsn",
            version=version,
            admin=conninfo,
            disposable=self._given.disposable,
            ours=False,
            stopping=self.stop,
        )

    def stop(self) -> None:
        """Restore it. A second call does nothing, nor does a forked child's.

        Raises:
            ProviderError: Something could not be dropped; it says what.
        """
        if self._admin is None or os.getpid() != self._starter:
            return
        import psycopg

        try:
            left = self._ledger.close() if self._ledger else []
        except psycopg.Error as error:
            raise ProviderError(
                f"restoring {_TRIED}",
                redacted(str(error)).strip(),
                "start it again: the next run drops what this one left",
            ) from error
        finally:
            self._close()
        if left:
            raise ProviderError(
                f"restoring {_TRIED}",
                "; ".join(left),
                "drop these roles by hand, after whatever depends on them",
            )

    def _accept(self, admin: Connection) -> str:
        row = admin.execute(
            "select rolsuper, rolname, current_setting('server_version')"
            " from pg_roles where rolname = current_user"
        ).fetchone()
        superuser, role, version = row or (False, "", "")
        if admin.info.server_version < _OLDEST:
            raise ProviderError(_TRIED, f"it is PostgreSQL {version}", "give one of version 15 or newer")
        if self._given.disposable and not superuser:
            raise ProviderError(
                _TRIED,
                f'the role "{role}" is no superuser, and so cannot make roles like those of production',
                "give the DSN of a superuser of a server that may be thrown away",
            )
        return str(version).split()[0]

    def _open(self, admin: Connection) -> None:
        from pytest_readiness.providers.postgres.ledger import Ledger

        self._ledger = Ledger(admin, self._run_id)
        self._ledger.open()

    def _close(self) -> None:
        if self._admin is not None:
            self._admin.close()
            self._admin = None


def _conninfo(dsn: str) -> str:
    import psycopg
    from psycopg.conninfo import make_conninfo

    # Everything but the encoding may be meant for this very server.
    encoding = {"client_encoding": "utf8"} if "PGCLIENTENCODING" in os.environ else {}
    try:
        return make_conninfo(dsn, **encoding)
    except psycopg.ProgrammingError:
        # Its message may quote any part of the DSN, the password too.
        raise ProviderError(
            _TRIED,
            "its DSN cannot be read",
            "write it as postgresql://user:password@host:port/database, without a driver's name in it",
        ) from None


def _connect(conninfo: str) -> Connection:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    parts = {"connect_timeout": _ANSWERS_WITHIN, **conninfo_to_dict(conninfo)}
    return psycopg.connect(make_conninfo("", **parts), autocommit=True, prepare_threshold=None)
