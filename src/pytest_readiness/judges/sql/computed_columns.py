"""What columns that the server computes tell of columns that are granted to nobody who reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.publication import is_sensitive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.evidence.catalog import Relation


def computed_against_grants(
    relation: Relation, role: str, texts: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Return by computed column that a role may select the texts in it of columns that it may not.

    What is made of such columns alone is what was made to be shown in their place, as a name is, unless
    nobody publishes them; beside what the role may read it is there by mistake.

    Args:
        relation: Whose grants say so.
        role: Who reads.
        texts: By column what a row can be told by.
    """
    shown = {*relation.readable.get(role, ())}
    computed = {c.name for c in relation.columns if c.generated}
    open_ = frozenset[str]().union(*(texts.get(name, frozenset()) for name in shown - computed))
    found: dict[str, frozenset[str]] = {}
    for name in sorted(computed & shown):
        within = texts.get(name, frozenset())
        hidden = [c.name for c in relation.columns if c.name not in shown | computed]
        told = {one: texts.get(one, frozenset()) & within - open_ for one in hidden}
        marks = {m for one, some in told.items() if within & open_ or is_sensitive(one) for m in some}
        found |= {name: frozenset(marks)} if marks else {}
    return found
