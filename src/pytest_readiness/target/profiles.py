"""What a database holds before the first migration: the platform that the project expects."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

OWNER = "postgres"
"""The role that applies migrations on a server of ours: no superuser, as on Supabase."""

GIVEN_OWNER = "readiness_owner"
"""The same on a given server that has a role `postgres`, which is usually the superuser itself."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A platform.

    Attributes:
        clients: Roles that an end user's request runs as.
        user: That of them which a signed-in user has.
        service: Role of the backend; empty when the platform has none.
        login: Role that the platform's API connects as, before it becomes a client role.
        users: Table of the platform's users; empty when it has none.
        platform_schemas: Schemas that belong to the platform and are not judged.
        grants_all: Whether client roles get every privilege on every new table, TRUNCATE too, because the
            platform's API can say no more than SELECT, INSERT, UPDATE, DELETE and calls.
    """

    name: str
    clients: tuple[str, ...] = ()
    user: str = "authenticated"
    service: str = ""
    login: str = ""
    users: str = ""
    platform_schemas: tuple[str, ...] = ()
    grants_all: bool = False

    def cluster_sql(self, owner: str) -> str:
        """Roles; run once a cluster, harmless when repeated."""
        return self._sql("cluster", owner)

    def database_sql(self, owner: str) -> str:
        """Schemas, types and functions of the platform; run in a fresh database."""
        return self._sql("database", owner)

    def digest(self) -> str:
        """SHA-256 of both."""
        return hashlib.sha256((self.cluster_sql("") + self.database_sql("")).encode()).hexdigest()

    def _sql(self, part: str, owner: str) -> str:
        source = files(__package__).joinpath("profiles", f"{self.name}_{part}.sql")
        quoted = '"' + owner.replace('"', '""') + '"'
        return source.read_text(encoding="utf-8").replace("{{owner}}", quoted)


POSTGREST = Profile(
    "postgres",
    clients=("anon", "authenticated"),
    service="service_role",
    login="authenticator",
    users="auth.users",
    platform_schemas=("auth",),
)
"""What migrations that bring the API's roles and `auth.uid()` themselves make of a plain database."""

PROFILES = {
    "postgres": Profile("postgres"),
    "supabase": Profile(
        "supabase",
        clients=("anon", "authenticated"),
        service="service_role",
        login="authenticator",
        users="auth.users",
        platform_schemas=(
            "auth",
            "storage",
            "extensions",
            "realtime",
            "_realtime",
            "vault",
            "graphql",
            "graphql_public",
            "supabase_functions",
            "supabase_migrations",
            "pgsodium",
            "pgsodium_masks",
            "pgmq",
            "cron",
            "net",
        ),
        grants_all=True,
    ),
}
