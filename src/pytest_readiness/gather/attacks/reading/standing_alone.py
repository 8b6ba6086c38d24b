"""Views whose rows name nobody: whether what a user reads there hangs on his own rows alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, PEOPLE
from pytest_readiness.gather.attacks.asked_states import refreshing
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.attempts import Outcome, Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity


def stands_alone(
    field: Field, relation: Relation, actors: Sequence[Identity], outcomes: Sequence[Outcome]
) -> Talk[bool]:
    """Read a view once more where nothing of alice's is left: to her it is empty then, to others as it was.

    Args:
        field: Where.
        relation: The view.
        actors: Alice, bob, a newcomer, then others outside of her tenant.
        outcomes: What each of them read before.
    """
    others = outcomes[1 : len(actors)]
    if not outcomes[0].rows or not others[0].rows or others[1].rows:
        return False
    gone = tuple(_without_hers(field, relation))
    if not gone:
        return False
    before = (QUIETLY, *gone, AS_EVER, *refreshing(field, relation.name))
    after = yield [Attempt(actor, (read(relation),), before=before) for actor in actors]
    hers, *left = after
    kept = all(one.rows == was.rows and one.state == was.state for one, was in zip(left, others, strict=True))
    return not (hers.rows or hers.state) and kept


def _without_hers(field: Field, relation: Relation) -> Iterator[str]:
    """Yield what deletes the rows of her and her tenant that a view is made of; who is in what stays."""
    hers = [person.name for person in PEOPLE if person is ALICE or person.tenant == ALICE.tenant]
    owners = field.owners
    for name in sorted((field.texts.depends_on(relation.name) & owners.owned.keys()) - owners.identifying):
        source = field.catalog.relation(name)
        rows = [field.population.row(name, person) for person in hers]
        if source and source.kind in TABLE_KINDS:
            yield from (f"delete from {name} where {row.where}" for row in rows if row and row.where)
