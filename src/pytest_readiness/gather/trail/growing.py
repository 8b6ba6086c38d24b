"""Reads the entries of a log, of which one row may hold many: all about one object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.audit.documents import grown
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import CatalogEvidence

_EACH = """
select case when one is null then doc else doc || jsonb_build_object({name}, one) end as entry
from (select to_jsonb(t.*) as doc from {log} t) r
left join lateral jsonb_array_elements(
  case when jsonb_typeof(doc -> {name}) = 'array' then doc -> {name} else '[]' end
) as a(one) on true
"""


def entries_of_rows(catalog: CatalogEvidence, log: str) -> str:
    """Return a query for all entries of a log, each as a document.

    Where a row grows, each of the list in it is an entry, with what else the row holds.
    """
    relation = catalog.relation(log)
    column = grown(catalog, relation) if relation else ""
    if not column:
        return f"select to_jsonb(t.*) as entry from {log} t"
    return _EACH.format(log=log, name=literal(column))
