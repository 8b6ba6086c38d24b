"""Builds the target once a run: platform, migrations and seeds in a template, from which clones come."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.migrations import Migration, MigrationEvidence
from pytest_readiness.judges.migrations.versions import following as after
from pytest_readiness.target.api import api_within, told
from pytest_readiness.target.clones import clone
from pytest_readiness.target.migrations import apply_file, apply_text, named, run_command
from pytest_readiness.target.order import sql_files
from pytest_readiness.target.profiles import GIVEN_OWNER, OWNER, PROFILES, Profile
from pytest_readiness.target.sections import sections

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

    from pytest_readiness.judges.owners.sessions import Guess
    from pytest_readiness.providers.postgres import PostgresServer
    from pytest_readiness.settings import Session, Settings


_MISSING_OBJECT = {"42P01", "42883", "42703", "42704", "3F000"}
"""SQLSTATEs of a name that stands for nothing: undefined table, function, column, object, schema."""


@dataclass(frozen=True, slots=True)
class Built:
    """A target that stands ready, as plain data for every process of the run.

    Attributes:
        server: The server's own description, from which a worker attaches to it.
        template: The database that clones are made from.
        profile: The platform, as it turned out to be.
        owner: The role that owns what migrations made.
        migrations: How each of them went.
        seeds: How each seed file went.
        extensions: Those that the migrations created.
        likely: How the application probably becomes somebody; None where the platform says how.
        digest: SHA-256 of the platform and the files that it was built from.
        platform: Name of the profile that it was built on, before migrations brought their own.
        parent: The template that this one is a copy of, with one more migration; empty of the first.
    """

    server: dict[str, Any]
    template: str
    profile: Profile
    owner: str
    migrations: MigrationEvidence
    seeds: tuple[Migration, ...] = ()
    extensions: tuple[str, ...] = ()
    likely: Guess | None = None
    digest: str = ""
    platform: str = ""
    parent: str = ""

    @property
    def stopped(self) -> str:
        """Why nothing may be assessed on it: settings are strict, and a migration failed."""
        unreached = any(not migration.reached for migration in self.migrations.migrations)
        return "settings are strict, and a migration failed" if unreached else ""


@dataclass(frozen=True, slots=True)
class Files:
    """The project's own files, in the order of application."""

    schema: tuple[Path, ...]
    migrations: tuple[Path, ...]
    seeds: tuple[Path, ...]


def project_files(settings: Settings) -> Files:
    """List them all before any server starts.

    Raises:
        MissingFilesError: Settings name something that does not exist.
    """
    by_name = settings.profile == "supabase"  # as its command does
    return Files(
        tuple(sql_files(settings.root, settings.schema, "schema")),
        tuple(sql_files(settings.root, settings.migrations, "migrations", by_name=by_name)),
        tuple(sql_files(settings.root, settings.seed, "seed")),
    )


def build(settings: Settings, files: Files, server: PostgresServer, run_id: str) -> Built:
    """Build the target in a template database of its own.

    A migration that fails is recorded, and what can be had of it is applied; so are the next ones,
    unless settings are strict.
    """
    profile = PROFILES[settings.profile]
    owner = OWNER if server.ours or not _has_role(server, OWNER) else GIVEN_OWNER
    password = "" if server.ours else secrets.token_urlsafe(24)
    digest = target_digest(profile, files)
    template = f"readiness_{run_id}_{digest[:12]}"
    _platform(server, profile, owner, password, template)
    superuser = settings.migrations_as == "superuser"
    login = (
        server.conninfo(database=template)
        if superuser
        else server.conninfo(database=template, user=owner, password=password or None)
    )
    applied = tuple(_apply(settings, files, login))
    stopped = any(not migration.reached for migration in applied)
    seeds = () if stopped else tuple(_seed(files, settings.root, login))
    session = settings.isolation.session
    profile, extensions, likely = _seal(server, template, profile, session)
    return Built(
        server=server.describe(),
        template=template,
        profile=profile,
        owner=owner,
        migrations=MigrationEvidence(
            applied,
            role=owner if not superuser else "the superuser",
            superuser=superuser,
            absent="" if applied else "settings name no migrations, schema or migrate command",
        ),
        seeds=seeds,
        extensions=extensions,
        likely=likely,
        digest=digest,
        platform=settings.profile,
    )


def amended(built: Built, server: PostgresServer, sql: str, name: str, file: str = "") -> Built:
    """Return a copy of a target with one more migration, applied as the others were.

    Args:
        built: The target, which stays as it is.
        server: Where it stands.
        sql: Text of the migration.
        name: Distinguishes the copy from others of the same target.
        file: Name of the migration; the next version after the others unless told.
    """
    from psycopg import sql as compose

    up, down = sections(sql)
    template = f"{built.template}_{name}"
    with _connect(server.admin) as admin:
        clone(admin, built.template, template)
        opening = compose.SQL("alter database {} with allow_connections {}")
        admin.execute(opening.format(compose.Identifier(template), compose.SQL("true")))
        with _connect(server.conninfo(database=template)) as connection:
            if not built.migrations.superuser:
                role = compose.Identifier(built.owner)
                connection.execute(compose.SQL("set session authorization {}").format(role))
            added = apply_text(connection, file or following(built.migrations, name), up, whole=True)
        admin.execute(opening.format(compose.Identifier(template), compose.SQL("false")))
    applied = (*built.migrations.migrations, replace(added, down=down))
    migrations = replace(built.migrations, migrations=applied)
    return replace(built, template=template, migrations=migrations, parent=built.template)


def discard(built: Built, server: PostgresServer) -> None:
    """Drop a copy of a target, and whatever was copied from it."""
    from psycopg import sql as compose

    with _connect(server.admin) as admin:
        found = admin.execute(
            "select datname from pg_database where starts_with(datname, %s)", (built.template,)
        ).fetchall()
        for (name,) in found:
            admin.execute(compose.SQL("drop database {} with (force)").format(compose.Identifier(name)))


def target_digest(profile: Profile, files: Files) -> str:
    """Return SHA-256 of what a target is built from: the platform, and the project's files in their order."""
    digest = hashlib.sha256(profile.digest().encode())
    for path in (*files.schema, *files.migrations, *files.seeds):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _has_role(server: PostgresServer, name: str) -> bool:
    with _connect(server.admin) as admin:
        return admin.execute("select from pg_roles where rolname = %s", (name,)).fetchone() is not None


def following(migrations: MigrationEvidence, slug: str) -> str:
    """Return the name of a file that comes after all others."""
    names = [m.name for m in migrations.migrations if not m.dump and m.sql]
    return next((made for name in reversed(names) if (made := after(name, slug))), f"{slug}.sql")


def platform_only(built: Built, server: PostgresServer, name: str) -> str:
    """Make a database that holds the platform and nothing of the project; return its name."""
    database = f"{built.template}_{name}"
    _empty(server, PROFILES[built.platform or built.profile.name], built.owner, database)
    return database


def _platform(server: PostgresServer, profile: Profile, owner: str, password: str, template: str) -> None:
    from psycopg import sql

    with _connect(server.admin) as admin:
        admin.execute(profile.cluster_sql(owner).encode())
        if password:
            admin.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(owner), password))
    _empty(server, profile, owner, template)


def _empty(server: PostgresServer, profile: Profile, owner: str, template: str) -> None:
    from psycopg import sql

    with _connect(server.admin) as admin:
        admin.execute(
            sql.SQL("create database {} owner {} template template0 encoding 'UTF8'").format(
                sql.Identifier(template), sql.Identifier(owner)
            )
        )
    with _connect(server.conninfo(database=template)) as superuser:
        superuser.execute(profile.database_sql(owner).encode())


def _apply(settings: Settings, files: Files, login: str) -> list[Migration]:
    done: list[Migration] = []

    def blameless(migration: Migration) -> Migration:
        earlier = next((m.name for m in done if m.failure and m.failure.environment), "")
        if migration.failure and migration.failure.sqlstate in _MISSING_OBJECT and earlier:
            follows = f"it may follow from {earlier}, which the server under test lacks something for"
            return replace(migration, failure=replace(migration.failure, environment=follows))
        return migration

    def stopped() -> bool:
        return settings.strict and any(migration.failure for migration in done)

    apart = settings.profile != "supabase"  # whose command sends each file as one batch
    with _connect(login) as connection:
        for path in (*files.schema, *files.migrations):
            name = named(path, settings.root)
            applied = (
                Migration(name, reached=False)
                if stopped()
                else blameless(
                    apply_file(connection, path, settings.root, apart=apart, whole=settings.strict)
                )
            )
            done.append(replace(applied, dump=path in files.schema))
    if settings.migrate:
        command = settings.migrate
        done.append(
            Migration(command, reached=False, command=True)
            if stopped()
            else run_command(command, settings.root, _url(login))
        )
    return done


def _url(conninfo: str) -> str:
    """Return the form of a conninfo string that migration tools take."""
    from urllib.parse import quote, urlencode

    from psycopg.conninfo import conninfo_to_dict

    parts = {key: str(value) for key, value in conninfo_to_dict(conninfo).items() if value is not None}
    user, password = quote(parts.pop("user", ""), safe=""), quote(parts.pop("password", ""), safe="")
    database = quote(parts.pop("dbname", ""), safe="")
    login = f"{user}:{password}@" if password else f"{user}@"
    return f"postgresql://{login}/{database}?{urlencode(parts)}"


def _seed(files: Files, root: Path, login: str) -> list[Migration]:
    with _connect(login) as connection:
        return [apply_file(connection, path, root) for path in files.seeds]


def _seal(
    server: PostgresServer, template: str, profile: Profile, declared: Session | None
) -> tuple[Profile, tuple[str, ...], Guess | None]:
    """Close the template, since one with a connection to it cannot be cloned.

    Returns the platform, which migrations may have brought themselves, the extensions, and how the
    application probably becomes somebody.
    """
    from psycopg import sql

    from pytest_readiness.target.sessions import likely_session, make_logins  # the server boots before

    with _connect(server.conninfo(database=template)) as superuser:
        found = superuser.execute("select extname from pg_extension order by extname").fetchall()
        if not profile.clients:
            profile = api_within(superuser, declared.role if declared else "") or profile
        likely = told(profile) if profile.clients else likely_session(superuser)
        session = declared or (likely.session if likely else None)
        if session and session.logins:
            make_logins(superuser, session)
    with _connect(server.admin) as admin:
        admin.execute(
            sql.SQL("alter database {} with allow_connections false").format(sql.Identifier(template))
        )
    return profile, tuple(row[0] for row in found), likely


def _connect(conninfo: str) -> psycopg.Connection:
    import psycopg

    return psycopg.connect(conninfo, autocommit=True, prepare_threshold=None)
