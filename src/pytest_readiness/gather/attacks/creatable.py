"""Where clients may make tables of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from pytest_readiness.gather.attacks.field import Field

_CREATABLE = """
select quote_ident(nspname) from pg_namespace
where nspname !~ '^pg_' and nspname <> 'information_schema'
  and has_schema_privilege({role}, oid, 'CREATE') and has_schema_privilege({role}, oid, 'USAGE')
order by 1
"""


def creatable(field: Field, role: str) -> list[str]:
    """Return the schemas in which a role may make tables."""
    query = _CREATABLE.format(role=literal(role))
    return [name for (name,) in field.runner.connection.execute(query.encode()).fetchall()]
