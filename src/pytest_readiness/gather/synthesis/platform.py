"""What the platform itself writes for a person: the account, and a file in its storage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_readiness.gather.synthesis.values import canary
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import psycopg

    from pytest_readiness.evidence.people import Person

BUCKET = "insert into storage.buckets (id, name) values ('readiness', 'readiness') on conflict do nothing"


def columns_of(connection: psycopg.Connection, users: str) -> frozenset[str]:
    """Return what the table of users has: a project that brings its own may have fewer columns."""
    found = connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0", (users,)
    )
    return frozenset(row[0] for row in found.fetchall())


def sign_up(
    users: str,
    columns: Collection[str],
    person: Person,
    metadata: Mapping[str, object] | None = None,
    registered: Mapping[str, object] | None = None,
) -> str:
    """Return the statement that signs a person up.

    Args:
        users: The platform's table of users.
        columns: Those that it has.
        person: Who signs up.
        metadata: What that person says; a name where it is absent.
        registered: What an administrator says of that person.
    """
    known = {"provider": "email", "providers": ["email"], **(registered or {})}
    names = json.dumps(metadata or {"full_name": person.name.title(), "username": person.name})
    values = {
        "id": literal(person.uuid),
        "aud": "'authenticated'",
        "role": "'authenticated'",
        "email": literal(person.email),
        "raw_app_meta_data": literal(json.dumps(known)),
        "raw_user_meta_data": literal(names),
        "email_confirmed_at": "now()",
        "created_at": "now()",
        "updated_at": "now()",
    }
    written = {name: value for name, value in values.items() if name in columns}
    return f"insert into {users} ({', '.join(written)}) values ({', '.join(written.values())})"


def store_file(person: Person, seed: int) -> str:
    """Return the statement that stores a file of a person's in the bucket, and returns its keys."""
    name = literal(f"{person.uuid}/{canary(seed, person.name)}")
    owner = literal(person.uuid or None)
    return (
        "insert into storage.objects (bucket_id, name, owner, owner_id) "
        f"values ('readiness', {name}, {owner}, {owner}) "
        "on conflict (bucket_id, name) do update set name = excluded.name "
        "returning jsonb_build_object('id', id, 'name', name)"
    )
