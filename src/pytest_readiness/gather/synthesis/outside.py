"""Keeps the target's own code inside of the copy that it runs in.

Rows are made by a superuser, and triggers run as whoever makes a row: one that writes a file or starts a
program is refused that in production, and would do it here. In copies such a function runs as the role
that applied the migrations, which the server refuses it too. What changes roles or their settings, which
all databases share, is undone.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import last_name, names, plain
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function

_OUTSIDE = re.compile(
    r"(?:^|[;'(]|\b(?:begin|then|else|loop|execute)\b)\s*copy\s[^;]*\b(?:to|from)\b|\blo_(?:im|ex)port\b|\bdblink"
    r"|\bpg_(?:read|write|ls|file)_\w+|\bpg_stat_\w*(?:file|reset)|\bpg_(?:terminate|cancel)_backend\b|\bpg_(?:reload_conf|promote)\b",
    re.IGNORECASE,
)
"""What only a superuser may do to files, programs, other databases and other sessions."""


_SHARING = re.compile(
    r"\b(?:create|alter|drop)\s+(?:role|user|group|database|tablespace)\b|\b(?:grant|revoke)\b"
    r"|\bexecute\b(?!\s+(?:function|procedure|on)\b)",
    re.IGNORECASE,
)
"""What may change roles, by itself or in a text that is put together."""


class ReachedOutsideError(Exception):
    """What was run changed what outlives the copy, and was undone."""

    def __init__(self) -> None:
        super().__init__("it changes roles or their settings, which outlive the copy that it ran in")


def _run_by_triggers(catalog: CatalogEvidence) -> list[Function]:
    """Return the functions that triggers run, and those that these name."""
    triggers = [function for function in catalog.functions if function.returns == "trigger"]
    called = frozenset(name for function in triggers for name in names(function.body))
    return [f for f in catalog.functions if f in triggers or last_name(f.name) in called]


def may_change_roles(catalog: CatalogEvidence) -> bool:
    """Whether a trigger may change what all databases of the server share."""
    return any(_SHARING.search(plain(function.body)) for function in _run_by_triggers(catalog))


@contextmanager
def inside(connection: psycopg.Connection, known: object = None) -> Iterator[None]:
    """Run a transaction that is undone when it changes roles or their settings.

    Args:
        connection: Of a superuser.
        known: What all databases share, if that was read before; somebody else may have changed it since.

    Raises:
        ReachedOutsideError: It did.
    """
    with connection.transaction():
        before = known or shared(connection)
        yield
        connection.execute("set local session authorization default")
        if shared(connection) != before:
            raise ReachedOutsideError


def shared(connection: psycopg.Connection) -> object:
    """Return roles, their memberships and their settings, which all databases of a server share."""
    # Another copy that is made meanwhile gets settings of its own.
    found = connection.execute(
        "select (select jsonb_agg(r order by r.oid) from pg_catalog.pg_authid r), "
        "(select jsonb_agg(m order by m.roleid, m.member) from pg_catalog.pg_auth_members m), "
        "(select jsonb_agg(s order by s.setdatabase, s.setrole) from pg_catalog.pg_db_role_setting s "
        "left join pg_catalog.pg_database d on d.oid = s.setdatabase "
        "where s.setdatabase = 0 or d.datname = current_database())"
    )
    return found.fetchone()


def confined(catalog: CatalogEvidence, owner: str) -> Iterator[str]:
    """Yield the statements by which functions that reach outside run as a role that may not.

    Args:
        catalog: The functions.
        owner: A role that is no superuser.
    """
    superusers = {role.name for role in catalog.roles if role.superuser}
    by_triggers = {function.signature for function in _run_by_triggers(catalog)}
    for function in catalog.functions:
        if function.kind not in {"function", "procedure"} or not _OUTSIDE.search(plain(function.body)):
            continue
        if function.owner in superusers:
            yield f"alter {function.kind} {function.signature} owner to {identifier(owner)}"
        if not function.definer and function.signature in by_triggers:
            yield f"alter {function.kind} {function.signature} security definer"


def confine(connection: psycopg.Connection, catalog: CatalogEvidence, owner: str) -> None:
    """Do so in a copy of the target."""
    for statement in confined(catalog, owner):
        connection.execute(statement.encode())
