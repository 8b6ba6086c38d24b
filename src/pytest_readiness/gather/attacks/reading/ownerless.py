"""Rows that name no user, and are a person's all the same: a policy that lets all in for that shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import NOBODY
from pytest_readiness.judges.owners.personal import says_who

if TYPE_CHECKING:
    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.field import Field


def taken_for_everybodys(
    field: Field, relation: Relation, reads: tuple[Read, ...]
) -> tuple[tuple[Read, ...], str]:
    """Return reads with what bob read of rows without owner as somebody's, and which rows may be meant.

    Others leave the owner open in what is for all, such as templates: these say of nobody who it is.
    """
    owned, bob = field.owners.owned.get(relation.name), reads[1]
    if owned is None or not owned.users or not bob.unowned or relation.kind not in TABLE_KINDS:
        return reads, ""
    said = says_who(relation, owned.users, field.clients)
    if said is None:
        return reads, ""
    column, sure = said
    row = field.population.row(relation.name, NOBODY.name)
    canary = next(iter(row.canaries), "") if row else ""
    theirs = replace(bob, foreign=bob.unowned, victim="somebody", canary=canary)
    unclear = "" if sure else f"rows that name no {owned.users[0]}, and somebody by {column},"
    return (reads[0], theirs, *reads[2:]), unclear
