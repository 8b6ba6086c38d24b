"""Reads what a schema audit asks beside the catalog's relations and functions."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import Call, Extension, Grant, Index, SchemaEvidence, StoragePolicy
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    import psycopg

_ABSENT = {True: "there is neither a table nor a function", False: ""}
_BUCKETS = (
    "select coalesce(jsonb_agg(coalesce(name, id) order by id), '[]') from storage.buckets where public"
)
_STORAGE = """
select coalesce(jsonb_agg(jsonb_build_object(
    'name', policyname, 'roles', to_jsonb(roles), 'using', coalesce(qual, '')) order by policyname), '[]')
from pg_policies
where schemaname = 'storage' and tablename = 'objects' and cmd in ('SELECT', 'ALL')
  and permissive = 'PERMISSIVE'
"""


@gatherer(strength=Strength.CATALOG)
def schema(target: Target, catalog: CatalogEvidence) -> SchemaEvidence:
    """Gather who may use what, indexes, extensions, and what hangs on the platform's users and files."""
    connection = target.database()
    connection.execute("set search_path = pg_catalog")
    statement = files("pytest_readiness.gather.catalog").joinpath("schema.sql").read_text(encoding="utf-8")
    given = {
        "platform": list(target.profile.platform_schemas),
        "clients": list(catalog.clients),
        "told": ",".join(target.settings.isolation.schemas) or None,
    }
    row = connection.execute(statement.encode(), given).fetchone()
    found: dict[str, Any] = row[0] if row else {}
    buckets, policies = _storage(connection)
    whole = target.built.migrations.whole
    return SchemaEvidence(
        roles=tuple(found["roles"]),
        exposed=tuple(found["exposed"]),
        grants=_grants(found["grants"]),
        unguarded=_grants(found["unguarded"]),
        calls=tuple(Call(**call) for call in found["calls"]),
        indexes=tuple(Index(**{**index, "columns": tuple(index["columns"])}) for index in found["indexes"]),
        extensions=tuple(Extension(**extension) for extension in found["extensions"]),
        views_of_users=tuple(found["views_of_users"]),
        users_as_caller=tuple((one, two) for one, two in found["users_as_caller"]),
        odd_types=tuple((one, two, three) for one, two, three in found["odd_types"]),
        loose_references=tuple((one, two) for one, two in found["loose_references"]),
        listed_buckets=buckets,
        storage=policies,
        absent=""
        if any((catalog.relations, catalog.functions, buckets, found["unguarded"]))
        else _ABSENT[whole],
    )


def _grants(found: list[dict[str, Any]]) -> tuple[Grant, ...]:
    return tuple(Grant(one["relation"], one["role"], tuple(one["privileges"])) for one in found)


def _storage(connection: psycopg.Connection) -> tuple[tuple[str, ...], tuple[StoragePolicy, ...]]:
    found = connection.execute(
        "select to_regclass('storage.buckets') is not null and to_regclass('storage.objects') is not null"
    ).fetchone()
    if not found or not found[0]:
        return (), ()
    columns = connection.execute(
        "select from pg_attribute where attrelid = 'storage.buckets'::regclass and attname = 'public'"
    ).fetchone()
    names = connection.execute(_BUCKETS).fetchone() if columns is not None else None
    rows = connection.execute(_STORAGE).fetchone()
    return (
        tuple(names[0]) if names else (),
        tuple(StoragePolicy(p["name"], tuple(p["roles"]), p["using"]) for p in (rows[0] if rows else [])),
    )
