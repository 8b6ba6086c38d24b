"""Reads the database's catalog in three statements."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.catalog import (
    Argument,
    CatalogEvidence,
    CheckConstraint,
    Column,
    ForeignKey,
    Function,
    Policy,
    Privileges,
    Published,
    Relation,
    Role,
    Sequence,
    Trigger,
)
from pytest_readiness.evidence.people import EVERYBODY
from pytest_readiness.judges.isolation.partitions import apart
from pytest_readiness.judges.sql.accessors import inlined
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg


@gatherer(strength=Strength.CATALOG)
def catalog(target: Target) -> CatalogEvidence:
    """Gather what lies outside the system schemas and the platform's own."""
    session = target.session
    clients = target.profile.clients or ((session.role,) if session else ())
    return inlined(read_catalog(target.database(), target.profile.platform_schemas, clients))


def read_catalog(
    connection: psycopg.Connection, platform: Iterable[str], clients: tuple[str, ...]
) -> CatalogEvidence:
    """Read the catalog of any database.

    Args:
        connection: Of a superuser; its search path is left empty.
        platform: Schemas that are left out.
        clients: Roles that a user's request runs as.
    """
    given = {
        "platform": list(platform),
        "clients": list(clients),
        "people": [person.uuid for person in EVERYBODY],
    }
    # So that every name in a definition is written with its schema.
    connection.execute("set search_path = pg_catalog")
    relations = _read(connection, "relations", given)
    functions = _read(connection, "functions", given)
    (around,) = _read(connection, "surroundings", given)
    kept, alike = apart(_relation(row) for row in relations)
    return CatalogEvidence(
        relations=kept,
        alike=dict(alike),
        server_version=connection.info.server_version,
        clients=clients,
        functions=tuple(_function(row) for row in functions),
        roles=tuple(Role(**_frozen(row)) for row in around["roles"]),
        sequences=tuple(Sequence(**_frozen(row)) for row in around["sequences"]),
        published=tuple(Published(**_frozen(row)) for row in around["published"]),
        guards_files=around["guards_files"],
        large_objects=around["large_objects"],
        readable_large_objects=around["readable_large_objects"],
    )


def _read(connection: psycopg.Connection, name: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    statement = files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return [row[0] for row in connection.execute(statement.encode(), given).fetchall()]


def _frozen(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def _function(row: dict[str, Any]) -> Function:
    arguments = tuple(Argument(**_frozen(argument)) for argument in row.pop("arguments"))
    return Function(**_frozen(row), arguments=arguments)


def _relation(row: dict[str, Any]) -> Relation:
    keys = row.pop("keys")
    return Relation(
        **{
            name: row[name]
            for name in ("schema", "table", "name", "kind", "owner", "rls", "parent", "bounds", "view")
        },
        columns=tuple(Column(**_frozen(column)) for column in row["columns"]),
        primary_key=next((tuple(key["columns"]) for key in keys if key["kind"] == "p"), ()),
        unique=(
            *(tuple(key["columns"]) for key in keys if key["kind"] in "pu"),
            *(tuple(index["columns"]) for index in row["apart"] if index["unique"]),
        ),
        exclusions=tuple(tuple(index["columns"]) for index in row["apart"] if not index["unique"]),
        foreign_keys=tuple(
            ForeignKey(
                tuple(key["columns"]),
                key["target"],
                tuple(key["target_columns"]),
                key["on_delete"],
                key["on_update"],
            )
            for key in keys
            if key["kind"] == "f"
        ),
        checks=tuple(
            CheckConstraint(key["name"], tuple(key["columns"]), key["definition"])
            for key in (*(key for key in keys if key["kind"] == "c"), *row["domains"])
        ),
        policies=tuple(Policy(**_frozen(policy)) for policy in row["policies"]),
        triggers=tuple(Trigger(**_frozen(trigger)) for trigger in row["triggers"]),
        privileges={role: Privileges(**_frozen(held)) for role, held in row["privileges"].items()},
        options=tuple(row["options"]),
        rules=tuple(row["rules"]),
        forced=row["forced"],
        unlogged=row["unlogged"],
        comment=row["comment"],
        big=row["big"],
    )
