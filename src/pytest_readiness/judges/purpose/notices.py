"""Rows of a log that lie in no tenant, and are for everybody: what the platform says to all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.makers import notes_who, written
from pytest_readiness.judges.sql.conditions import alternatives
from pytest_readiness.judges.sql.lexis import word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Policy, Relation


def is_notice(relation: Relation, column: str, naming: Iterable[str]) -> bool:
    """Whether a row that says nothing in a column is for all readers, as policies say in so many words.

    No client writes that column, and the others that name somebody only note who did something: whether
    such a row comes about that is somebody's is seen in what comes about.

    Args:
        relation: In which rows are.
        column: That names their owner.
        naming: All columns that do.
    """
    noted = all(notes_who(relation, other) for other in naming if other != column)
    said = any(_shows_if_absent(policy, column) for policy in relation.shown_by)
    return noted and said and column not in written(relation)


def _shows_if_absent(policy: Policy, column: str) -> bool:
    said = (one.lower() for one in alternatives(policy.using))
    return policy.permissive and policy.command == "SELECT" and f"{word(column)} is null" in said
