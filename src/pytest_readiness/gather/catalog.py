"""Reads the database's catalog in one statement."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from pytest_readiness.evidence.catalog import (
    CatalogEvidence,
    CheckConstraint,
    Column,
    ForeignKey,
    Policy,
    Relation,
    Trigger,
)
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer


@gatherer(strength=Strength.CATALOG)
def catalog(target: Target) -> CatalogEvidence:
    """Gather all relations outside the system schemas and the platform's own."""
    statement = files(__package__).joinpath("catalog.sql").read_text(encoding="utf-8")
    session = target.settings.isolation.session
    clients = target.profile.clients or ((session.role,) if session else ())
    connection = target.database()
    rows = connection.execute(
        statement.encode(),
        {"platform": list(target.profile.platform_schemas), "clients": list(clients)},
    ).fetchall()
    return CatalogEvidence(tuple(_relation(row[0]) for row in rows), connection.info.server_version)


def _relation(row: dict[str, Any]) -> Relation:
    keys = row.pop("keys")
    unique = tuple(tuple(key["columns"]) for key in keys if key["kind"] in "pu")
    primary = next((tuple(key["columns"]) for key in keys if key["kind"] == "p"), ())
    return Relation(
        schema=row["schema"],
        table=row["table"],
        name=row["name"],
        kind=row["kind"],
        owner=row["owner"],
        rls=row["rls"],
        parent=row["parent"],
        bounds=row["bounds"],
        columns=tuple(Column(**{**column, "labels": tuple(column["labels"])}) for column in row["columns"]),
        primary_key=primary,
        unique=unique,
        foreign_keys=tuple(
            ForeignKey(tuple(key["columns"]), key["target"], tuple(key["target_columns"]))
            for key in keys
            if key["kind"] == "f"
        ),
        checks=tuple(
            CheckConstraint(key["name"], tuple(key["columns"]), key["definition"])
            for key in keys
            if key["kind"] == "c"
        ),
        policies=tuple(Policy(**{**policy, "roles": tuple(policy["roles"])}) for policy in row["policies"]),
        triggers=tuple(Trigger(**trigger) for trigger in row["triggers"]),
        readable={role: tuple(columns) for role, columns in row["readable"].items()},
    )
