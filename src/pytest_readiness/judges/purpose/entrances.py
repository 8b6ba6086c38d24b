"""Whether a tenant may be one that anybody enters: a community, a forum, a queue of reports.

Everybody reads the table of tenants as its author says, and nothing asks who belongs to one before a row is
put there. Whoever forgets to ask writes the same, so that it is for settings to say whose such rows are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.purpose.weights import is_weighty
from pytest_readiness.judges.sql.belonging import asks_who_belongs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.ownership import Owners, Ownership
    from pytest_readiness.judges.sql.texts import Texts


@dataclass(frozen=True, slots=True)
class Entrance:
    """A table in which users put rows of their own into tenants that are not theirs.

    Attributes:
        relation: Its name.
        user: The column that says whose a row is.
        root: The table of tenants.
        policy: By which everybody reads that.
    """

    relation: str
    user: str
    root: str
    policy: str

    @property
    def doubt(self) -> str:
        """Why nothing is proven, and in the next lines the settings to add."""
        return (
            f"users put rows of their own into {self.relation} for any of {self.root}, which everybody "
            f"reads by policy {self.policy}: nothing asks who belongs there, and nothing tells whether one "
            "has to. If so, let WITH CHECK ask for it; else say that a row is its user's alone"
            f'\n[isolation]\nowners = {{ "{self.relation}" = "{self.user}" }}'
        )


def entrance(
    relation: Relation, verb: str, owners: Owners, texts: Texts, published: Mapping[str, str]
) -> Entrance | None:
    """Return how users enter any tenant with rows of their own, perhaps on purpose; None if it is a defect.

    Args:
        relation: That is written to.
        verb: INSERT or UPDATE.
        owners: Of all relations.
        texts: Of the same catalog.
        published: By relation that everybody reads on purpose, the policy that says so.
    """
    owned = owners.owned.get(relation.name)
    belonging = {membership.relation for membership in owners.memberships}
    if owned is None or relation.kind not in TABLE_KINDS or not owned.users or not owned.tenants:
        return None
    if relation.name in {*belonging, *owners.roots, *owners.people}:
        return None
    roots = _roots(relation, owned)
    if not roots or not set(roots) <= owners.roots.keys() & published.keys() or _weighs(relation, verb):
        return None
    if asks_who_belongs(relation, verb, owners, texts):
        return None
    return Entrance(relation.name, owned.users[0], roots[0], published[roots[0]])


def _roots(relation: Relation, owned: Ownership) -> tuple[str, ...]:
    """Return what the columns refer to that name the tenant; none if one of them refers to nothing."""
    targets = {key.columns[0]: key.target for key in relation.foreign_keys if len(key.columns) == 1}
    found = tuple(targets[name] for name in owned.tenants if name in targets)
    return found if len(found) == len(owned.tenants) else ()


def _weighs(relation: Relation, verb: str) -> bool:
    """Whether clients write a column that counts for something."""
    held = relation.privileges.values()
    written = {name for one in held for name in (one.insert if verb == "INSERT" else one.update)}
    return any(column.name in written and is_weighty(column) for column in relation.columns)
