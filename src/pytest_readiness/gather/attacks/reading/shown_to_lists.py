"""Rows that are left open, and that somebody reads by being on a list: of those on call, of the staff.

Who is on such a list, which stands in no tenant and which no client writes, was put there to see to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, statements_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading
    from pytest_readiness.gather.attacks.states import State


def read_by_a_list(
    field: Field, relation: Relation, row: SyntheticRow | None, given: tuple[State, ...], reading: Reading
) -> Talk[bool]:
    """Whether bob reads her row in some states by a list alone, on which she need not be to read it."""
    people = [(field.cast.user(person), person) for person in (BOB, ALICE)]
    for name in _lists(field, relation):
        outcomes = yield [
            Attempt(actor, (read(relation),), before=(*statements_of(given), *_off(field, name, person.name)))
            for actor, person in people
        ]
        if any(outcome.state for outcome in outcomes):
            continue
        his, hers = (
            reading(relation, actor, person, outcome, row)
            for (actor, person), outcome in zip(people, outcomes, strict=True)
        )
        if hers.own and not his.foreign:
            return True
    return False


def _lists(field: Field, relation: Relation) -> Iterator[str]:
    """Yield lists in no tenant that decide, that bob is on, and that no client writes."""
    owners, names = field.owners, field.texts.depends_on(relation.name) & field.texts.deciding
    belonging = {membership.relation for membership in owners.memberships}
    for name in sorted(names - belonging - owners.roots.keys() - {relation.name}):
        one, owned = field.catalog.relation(name), owners.owned.get(name)
        row = field.population.row(name, BOB.name)
        if one is None or owned is None or owned.tenants or not owned.users or one.kind not in TABLE_KINDS:
            continue
        written = any(held.insert or held.update for held in one.privileges.values())
        if row and row.insert and row.where and not written:
            yield name


def _off(field: Field, name: str, person: str) -> tuple[str, ...]:
    """Return what takes somebody off a list; what refers to it stays."""
    row = field.population.row(name, person)
    gone = (f"delete from {name} where {row.where}",) if row and row.where else ()
    return (QUIETLY, *gone, AS_EVER)
