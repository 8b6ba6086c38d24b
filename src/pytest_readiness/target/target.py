"""What a gatherer is given: the built target, and ways to act on copies of it."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Self

from pytest_readiness.evidence.people import PEOPLE, Person
from pytest_readiness.settings import GivenServer
from pytest_readiness.target.clones import Stock
from pytest_readiness.target.identities import (
    Identity,
    acting_as,
    application_user,
    supabase_role,
    supabase_user,
)
from pytest_readiness.target.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    import psycopg
    import redis

    from pytest_readiness.judges.owners.sessions import Beside
    from pytest_readiness.providers.redis import RedisServer
    from pytest_readiness.settings import Session, Settings
    from pytest_readiness.target.build import Built
    from pytest_readiness.target.profiles import Profile
    from pytest_readiness.target.services import RunningService

_STUCK_S = 8.0
"""Every statement of an attack has a limit of its own, which is shorter."""


_gathering: ContextVar[ExitStack | None] = ContextVar("_gathering", default=None)
"""What ends with the evidence that is being gathered; shards are gathered side by side."""


class NotAssessableError(Exception):
    """The target stands, but settings forbid to assess it."""


REDIS_USED = "redis"
"""The file of the run directory that says which Redis was used."""


class Target:
    """The system under test, as one process of the run sees it.

    Attributes:
        settings: Of the project.
        built: The built target, as plain data.
        seed: What synthetic values derive from.
        run_directory: Of the run; private.
    """

    def __init__(self, settings: Settings, built: Built, run_directory: Path, seed: int) -> None:
        self.settings = settings
        self.built = built
        self.seed = seed
        self.run_directory = run_directory
        self._stock = Stock(run_directory, built.template)
        self._open = ExitStack()
        self._alone = Lock()
        self._idle: dict[tuple[str, int], list[psycopg.Connection]] = {}
        self._admin: psycopg.Connection | None = None
        self._redis: RedisServer | None = None
        self._watchdog: Watchdog | None = None

    def __enter__(self) -> Self:
        """Use it as a context manager, so that its connections are closed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections, and stop what was started for this process alone."""
        self._open.close()
        self._admin = self._redis = self._watchdog = None

    @property
    def profile(self) -> Profile:
        """The platform that the target runs on."""
        return self.built.profile

    @property
    def admin(self) -> str:
        """How to connect as superuser to a database that is no copy."""
        from pytest_readiness.providers.postgres import attached

        return attached(self.built.server).admin

    @property
    def session(self) -> Session | None:
        """How the application becomes somebody where the platform does not say: declared, or guessed."""
        likely = self.built.likely
        return self.settings.isolation.session or (likely.session if likely else None)

    @property
    def logins(self) -> bool:
        """Whether each user logs in as a database role of his own."""
        return not self.profile.clients and self.session is not None and self.session.logins

    @property
    def beside(self) -> tuple[Beside, ...]:
        """Roles that the application probably uses too, and that nobody acts as."""
        likely = self.built.likely
        guessed = likely is not None and self.session is likely.session and not self.profile.clients
        return likely.beside if likely and guessed else ()

    @property
    def undeclared(self) -> str:
        """Why nobody can be impersonated, with the settings to add; empty where somebody can."""
        likely = self.built.likely
        if self.profile.clients or self.session or likely is None:
            return ""
        return (
            f"settings do not say how the application becomes a user, and {likely.why}; add "
            f"[isolation.session] with your own names\n{likely.lines}"
        )

    def database(self, name: str = "", *, like: str = "") -> psycopg.Connection:
        """Connect as superuser, in autocommit mode, to a fresh copy of the target.

        Args:
            name: An existing database instead of a fresh copy.
            like: Copy this database instead of the template; nobody may be connected to it.

        Raises:
            NotAssessableError: Settings are strict, and a migration failed.
        """
        import psycopg

        from pytest_readiness.providers.postgres import attached

        if self.built.stopped:
            raise NotAssessableError(self.built.stopped)
        server = attached(self.built.server)
        database = name or self._fresh(like)
        connection = psycopg.connect(
            server.conninfo(database=database), autocommit=True, prepare_threshold=None
        )
        self._open.callback(connection.close)
        if self._watchdog is not None:
            self._watchdog.add(connection.info.backend_pid)
        return connection

    @contextmanager
    def undone(self, like: str, part: int = 0) -> Iterator[psycopg.Connection]:
        """Lend a connection to a copy of a database, in which whatever is done is undone.

        The copy is lent again for the same part of the work: a session that knows its tables needs no
        second time to learn them. One in which something went wrong is not.
        """
        with self._alone:
            idle = self._idle.setdefault((like, part), [])
            connection = idle.pop() if idle else None
        if connection is None:
            connection = self.database(like=like)
        yield connection
        connection.execute("select pg_advisory_unlock_all()")
        with self._alone:
            idle.append(connection)

    def end_with(self, end: Callable[[], object]) -> None:
        """Call this when the target is closed."""
        self._open.callback(end)

    def end_with_evidence(self, end: Callable[[], object]) -> None:
        """Call this when the evidence that is being gathered is there, or else when the target is closed."""
        (_gathering.get() or self._open).callback(end)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Gather evidence: what is to end with it ends when it is there."""
        ends = ExitStack()
        token = _gathering.set(ends)
        try:
            yield
        finally:
            _gathering.reset(token)
            # What was found is true, whatever does not end as it should.
            with suppress(Exception):
                ends.close()

    def watch(self) -> None:
        """End sessions, opened from now on, whose statement goes on long after it was cancelled."""
        from pytest_readiness.providers.postgres import attached

        with self._alone:
            if self._watchdog is None:
                self._watchdog = Watchdog(attached(self.built.server).admin, _STUCK_S)
                self._open.callback(self._watchdog.stop)

    def login(self, role: str, database: str = "") -> psycopg.Connection:
        """Connect as a role itself.

        Args:
            role: That may log in.
            database: A copy; the server's maintenance database if absent.

        Raises:
            psycopg.OperationalError: It may not log in, or wants a password.
        """
        import psycopg

        from pytest_readiness.providers.postgres import attached

        server = attached(self.built.server)
        name = database or str(psycopg.conninfo.conninfo_to_dict(server.admin)["dbname"])
        return psycopg.connect(server.conninfo(database=name, user=role), autocommit=True)

    def _fresh(self, like: str) -> str:
        import psycopg

        from pytest_readiness.providers.postgres import attached

        with self._alone:
            if self._admin is None:
                self._admin = psycopg.connect(attached(self.built.server).admin, autocommit=True)
                self._open.callback(self._admin.close)
        return self._stock.copy(self._admin, like) if like else self._stock.take(self._admin)

    def copy_of(self, database: str) -> str:
        """Return the name of a new copy of a database that nobody is connected to."""
        return self._fresh(database)

    def redis(self) -> redis.Redis:
        """Connect to a Redis or Valkey server of this process, started when it is first asked for.

        Raises:
            ProviderError: There is none.
            NotAssessableError: The given one is not called disposable.
        """
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        from pytest_readiness.providers.redis import start

        if self._redis is None:
            choice = self.settings.redis
            if isinstance(choice, GivenServer) and not choice.disposable:
                raise NotAssessableError("settings do not call the given Redis server disposable")
            self._redis = start(choice)
            self._open.callback(self._redis.stop)
            self.note_redis(self._redis.version, self._redis.provider)
        # Its client retries ten times by default, which turns a server that is down into one that is slow.
        client = redis.Redis.from_url(self._redis.url, retry=Retry(NoBackoff(), 0), socket_timeout=5)
        self._open.callback(client.close)
        return client

    @contextmanager
    def serving(
        self,
        name: str,
        variables: Mapping[str, str],
        secrets: Mapping[str, str] | None = None,
        also: Mapping[str, str] | None = None,
    ) -> Iterator[RunningService]:
        """Start a service that settings declare, and end it with the block.

        Args:
            name: Of the service.
            variables: What its environment is filled in with, such as ``database_url``.
            secrets: The same, made for this run; never told.
            also: Variables of the environment beside those of settings.

        Raises:
            ProviderError: It does not start.
        """
        from pytest_readiness.target.services import RunningService

        declared = next(service for service in self.settings.services if service.name == name)
        running = RunningService(declared, self.settings.root, {**variables, **(secrets or {})}, also)
        try:
            running.start()
            yield running
        finally:
            running.stop()

    def database_url(self, connection: psycopg.Connection) -> str:
        """Return how a service reaches the database of a connection, as the owner of the schema."""
        from pytest_readiness.target.services import url_of

        info = connection.info
        return url_of(info.host, info.port, self.built.owner, info.password, info.dbname)

    def note_redis(self, version: str, provider: str) -> None:
        """Leave word of a Redis that was used, for the report."""
        (self.run_directory / REDIS_USED).write_text(f"{version}\n{provider}\n", encoding="utf-8")

    def redis_url(self) -> str:
        """Return how a service reaches Redis.

        Raises:
            ProviderError: There is none.
            NotAssessableError: The given one is not called disposable.
        """
        self.redis()
        assert self._redis is not None  # noqa: S101  it was started above
        return self._redis.url

    def identity(self, person: Person, key_type: str = "uuid") -> Identity | None:
        """Return the identity of a user; None when nothing says how the application becomes one."""
        if self.profile.clients:
            return supabase_user(self.profile, person)
        if not self.session:
            return None
        tenant = person.tenant.key(key_type) if person.tenant else ""
        return application_user(self.session, person, person.key(key_type), tenant)

    def anonymous(self) -> Identity | None:
        """Return the caller without a user, where the platform has one."""
        return supabase_role(self.profile, "anon") if "anon" in self.profile.clients else None

    def service(self) -> Identity:
        """Return the backend itself: the service role, the application's role, or the owner.

        Users who log in as roles of their own have no application between them and the owner.
        """
        if self.profile.service:
            return supabase_role(self.profile, self.profile.service)
        role = self.session.role if self.session and not self.logins else self.built.owner
        return Identity(role, role, role, ())

    @contextmanager
    def as_user(self, connection: psycopg.Connection, name: str = "alice") -> Iterator[psycopg.Connection]:
        """Act as ``alice``, ``bob``, ``carol`` or ``newcomer`` in a transaction that is rolled back."""
        people = {person.name: person for person in PEOPLE}
        identity = self.identity(people[name])
        if identity is None:
            raise NotAssessableError("settings do not say how the application becomes a user")
        with acting_as(connection, identity):
            yield connection
