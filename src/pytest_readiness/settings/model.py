"""The settings, as frozen values. Field names are the keys of the TOML file."""

# Annotations are evaluated: the parser reads them, so they are no strings here.
import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pytest_readiness.evidence.audit import LogColumns
from pytest_readiness.settings.wallet import Wallet

Profile = Literal["auto", "supabase", "postgres"]
Decision = Literal["go", "conditional", "no-go", "unknown"]


FOUND = {"found": True}
"""Marks a field that is not a key of the file: it tells where the settings came from."""


class SettingsError(Exception):
    """The settings cannot be used: which key, what was found, what is accepted."""


@dataclass(frozen=True, slots=True)
class GivenServer:
    """A server that somebody else runs.

    Attributes:
        url: A DSN or URL, or ``env:NAME`` for the value of an environment variable.
        disposable: Whether it may be attacked. Only databases created by the run are touched.
    """

    url: str
    disposable: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """When a run exits non-zero."""

    require: Decision = "conditional"
    fail_under: float = 0
    no_regressions: bool = True


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """An area or a check that the project declares to be none of its business."""

    reason: str
    area: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted finding. It earns no points and ends on a day."""

    check: str
    subject: str
    reason: str
    owner: str
    expires: dt.date


@dataclass(frozen=True, slots=True)
class Tenancy:
    """The table that says which user belongs to which tenant."""

    table: str
    user: str
    tenant: str


AS_LOGIN = "set local session authorization %(user)s"
"""How a session becomes that of a user with a database role of his own."""

_LOGS_IN = re.compile(r"^\s*set\s+(?:local\s+)?session\s+authorization\s+%\(user\)s\s*;?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Session:
    """How the application becomes a user or a tenant, outside Supabase.

    Attributes:
        role: The database role that the application's queries run as.
            Where each user has one of his own, the group that those are members of.
        become: A statement with ``%(user)s`` or ``%(tenant)s``, run at the start of a transaction.
    """

    role: str
    become: str

    @property
    def logins(self) -> bool:
        """Whether each user logs in as a database role of his own."""
        return bool(_LOGS_IN.match(self.become))

    @property
    def setting(self) -> str:
        """What is run once somebody has logged in, if each user does."""
        return _LOGS_IN.sub("", self.become)


@dataclass(frozen=True, slots=True)
class Isolation:
    """What cannot be inferred about tenants and who owns what."""

    schemas: tuple[str, ...] = ()
    world_readable: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    drop_boxes: tuple[str, ...] = ()
    owners: dict[str, str] = field(default_factory=dict)
    tenancy: Tenancy | None = None
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class AuditSession:
    """The settings of a session that carry what a request is: ``app.user_id``. Empty ones are inferred."""

    actor: str = ""
    session: str = ""
    correlation: str = ""
    ip: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit log, and the tables that must be in it. A column without a name is inferred.

    Attributes:
        not_logs: Tables that look like logs and are none: versions to return to, events.
    """

    log: str = ""
    tables: tuple[str, ...] = ()
    not_logs: tuple[str, ...] = ()
    columns: LogColumns = field(default_factory=LogColumns)
    session: AuditSession = field(default_factory=AuditSession)


@dataclass(frozen=True, slots=True)
class Http:
    """An endpoint with a limit.

    Attributes:
        service: Name of its service.
        caller: The header that tells who is calling; empty where the address does.
        valid: Credentials for that header, each a caller; ``env:NAME`` for what a variable holds.
        invalid: What a stranger may write there instead.
        work: What tells how often the handler has run: ``GET /path``, whose answer holds a number, or a
            query.
        body: Sent with each request.
        requests: How many requests may be sent in all.
    """

    service: str
    path: str
    method: str = "GET"
    caller: str = ""
    valid: tuple[str, ...] = ()
    invalid: tuple[str, ...] = ("wrong",)
    work: str = ""
    body: str = ""
    requests: int = 20_000


@dataclass(frozen=True, slots=True)
class Tier:
    """A limit over a longer window, beside a shorter one: a thousand a day, and ten a minute."""

    limit: int
    window: float


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate limit, and what it promises.

    Attributes:
        limit: Requests of one caller that are admitted in a window.
        window: Seconds.
        guarantee: What the algorithm keeps; empty when it is not declared.
        counts_refused: Whether refused requests use up budget.
        on_redis_failure: What is decided without Redis; empty when it is not declared.
        failure_within: Seconds until that decision.
        limiter: ``module:function``, called as ``make_limiter(redis, limit, window_s)``; what it
            returns has ``hit(key)``, which returns a bool, or an object with ``allowed`` and, where it tells
            them, ``remaining`` (hits), ``retry_after`` and ``reset_after`` (seconds).
        http: The endpoint that has this limit.
        burst: Requests that are admitted at once, where that is not the limit: the size of a token bucket
            that is filled by `limit` in `window`; 0 where it is the limit.
        tiers: Longer windows that the same limiter keeps, each with a larger limit.
    """

    name: str
    limit: int
    window: float = 60.0
    guarantee: Literal[
        "",
        "sliding-window-log",
        "sliding-window-counter",
        "token-bucket",
        "fixed-window",
        "strict",
        "counter",
        "gcra",
        "fixed",
    ] = ""
    counts_refused: bool = False
    on_redis_failure: Literal["", "refuse", "admit"] = ""
    failure_within: float = 1.0
    limiter: str = ""
    http: Http | None = None
    burst: int = 0
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A service under attack, and how it is started: a process of its own on loopback.

    Attributes:
        app: ``module:name`` of an ASGI application, served by uvicorn.
        command: A command instead, with ``{port}`` in it.
        env: Its environment; ``{database_url}``, ``{redis_url}``, ``{kafka_url}`` and ``{secret.NAME}`` are
            filled in.
        ready: A path that answers, whatever it answers, once the service is up.
        ready_within: Seconds until then.
        instances: How many processes of it share the load.
        transport: ``http``, or ``asgi``: the application is called directly, without a server before
            it, which takes half the time and sees nothing of what servers do.
    """

    name: str
    app: str = ""
    command: str = ""
    env: dict[str, str] = field(default_factory=dict)
    ready: str = "/"
    ready_within: float = 20.0
    instances: int = 1
    transport: Literal["http", "asgi"] = "http"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint that takes signed messages.

    Attributes:
        service: Name of its service, whose environment holds ``{secret.NAME}``, and for an overlap of
            two secrets ``{secret.NAME.previous}``, NAME being that of the webhook.
        payload: A message of the sender, or the path of a file with one; ``{id}`` stands for what
            identifies the event where the scheme has no header for that.
        effect: A query whose first row a message that acts changes.
        tolerance: Seconds that a message may be old.
        largest: Bytes of the largest message that is read; 0 where it is not told. What takes more than that,
            and a few MiB for buffers on the way, and does not refuse it in the end, has no bound.
        acts_within: Seconds from the answer to the effect, where a worker acts later.
    """

    name: str
    service: str
    path: str
    scheme: Literal["standard-webhooks", "stripe", "meta"]
    payload: str
    effect: str
    tolerance: float = 300.0
    largest: int = 0
    acts_within: float = 3.0


@dataclass(frozen=True, slots=True)
class Health:
    """How services tell that they are well.

    Attributes:
        services: Names of services, whose environment holds ``{database_url}``, ``{redis_url}`` and
            ``{kafka_url}`` (a host and a port).
        path: Of the full answer.
        liveness: Of the probe that restarts a service; empty when there is none.
        readiness: Of the probe that takes it out of the traffic; empty when there is none.
        required: Seconds until the answer has to be there, by dependency: without it, nothing goes.
        optional: The same, by dependency that can be done without.
        scale: Factor of all budgets in a run, where services take them as ``{budget.NAME}``.
        probe_timeout: Seconds that the orchestrator waits (``timeoutSeconds``); 0 where it is not told.
        manifests: Files or folders of Kubernetes whose probes are read; all of the project if none is named.
    """

    services: tuple[str, ...]
    path: str = "/health"
    liveness: str = ""
    readiness: str = ""
    required: dict[str, float] = field(default_factory=dict)
    optional: dict[str, float] = field(default_factory=dict)
    scale: float = 1.0
    probe_timeout: float = 0.0
    manifests: tuple[str, ...] = ()


POSTGRES = ("database", "postgres", "postgresql", "db")
REDIS = ("redis", "valkey", "cache")
KAFKA = ("kafka", "broker")
"""Names of dependencies that can be made to fail."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a project, with paths relative to ``root``.

    Attributes:
        root: The folder that paths are relative to.
        source: The file that they were read from; None when there is none.
        digest: SHA-256 of the settings in force.
        notes: What was inferred instead of declared, for the reader of the report.
    """

    name: str = ""
    profile: Profile = "auto"
    migrations: tuple[str, ...] = ()
    schema: tuple[str, ...] = ()
    migrate: str = ""
    seed: tuple[str, ...] = ()
    migrations_as: Literal["owner", "superuser"] = "owner"
    strict: bool = False
    postgres_version: int = 0
    postgres: str | GivenServer = "auto"
    redis: str | GivenServer = "auto"
    checks: tuple[str, ...] = ("readiness",)
    marked: tuple[str, ...] = ()
    gate: Gate = field(default_factory=Gate)
    weights: dict[str, float] = field(default_factory=dict)
    not_applicable: tuple[NotApplicable, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    isolation: Isolation = field(default_factory=Isolation)
    audit: Audit = field(default_factory=Audit)
    limits: tuple[Limit, ...] = ()
    services: tuple[Service, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    wallet: Wallet = field(default_factory=Wallet)
    health: Health | None = None
    root: Path = field(default_factory=Path, metadata=FOUND)
    source: Path | None = field(default=None, metadata=FOUND)
    digest: str = field(default="", metadata=FOUND)
    notes: tuple[str, ...] = field(default=(), metadata=FOUND)
