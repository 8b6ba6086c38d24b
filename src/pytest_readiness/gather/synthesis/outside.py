"""Keeps the target's own code inside of the copy that it runs in.

Rows are made by a superuser, and triggers run as whoever makes a row: one that writes a file or starts a
program is refused that in production, and would do it here. In copies such a function runs as the role
that applied the migrations, which the server refuses it too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.lexis import last_name, names, plain
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from pytest_readiness.evidence.catalog import CatalogEvidence

_OUTSIDE = re.compile(
    r"(?:^|[;'(]|\b(?:begin|then|else|loop|execute)\b)\s*copy\s[^;]*\b(?:to|from)\b|\blo_(?:im|ex)port\b|\bdblink"
    r"|\bpg_(?:read|write|ls|stat|file)_\w+|\bpg_(?:terminate|cancel)_backend\b|\bpg_(?:reload_conf|promote)\b",
    re.IGNORECASE,
)
"""What only a superuser may do to files, programs, other databases and other sessions."""


def confined(catalog: CatalogEvidence, owner: str) -> Iterator[str]:
    """Yield the statements by which functions that reach outside run as a role that may not.

    Args:
        catalog: The functions.
        owner: A role that is no superuser.
    """
    superusers = {role.name for role in catalog.roles if role.superuser}
    triggers = [function for function in catalog.functions if function.returns == "trigger"]
    called = frozenset(name for function in triggers for name in names(function.body))
    for function in catalog.functions:
        if function.kind not in {"function", "procedure"} or not _OUTSIDE.search(plain(function.body)):
            continue
        if function.owner in superusers:
            yield f"alter {function.kind} {function.signature} owner to {identifier(owner)}"
        if not function.definer and (function in triggers or last_name(function.name) in called):
            yield f"alter {function.kind} {function.signature} security definer"


def confine(connection: psycopg.Connection, catalog: CatalogEvidence, owner: str) -> None:
    """Do so in a copy of the target."""
    for statement in confined(catalog, owner):
        connection.execute(statement.encode())
