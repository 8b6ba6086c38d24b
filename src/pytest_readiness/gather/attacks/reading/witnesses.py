"""Reads as colleagues of alice's in other ranks what she does not see herself: it is theirs to see.

Bob has the same rank in his own tenant then, where it gives him nothing in hers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB, CAROL, MALLORY, RED
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.seats import seats_alike
from pytest_readiness.gather.attacks.states import State, given_states
from pytest_readiness.judges.purpose.visibility import is_of_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading

_WITNESS = replace(MALLORY, tenant=RED)


def read_by_colleagues(
    field: Field, relation: Relation, row: SyntheticRow | None, reading: Reading
) -> Talk[tuple[tuple[Read, tuple[State, ...]], ...]]:
    """Return what a colleague reads of her row, and then bob, in which states; nothing if none does."""
    witness, bob = field.cast.user(_WITNESS, "a colleague of alice's"), field.cast.user(BOB)
    if row is None or bob.role not in relation.readable:
        return ()
    tried = list(_ranks(field, relation))
    outcomes = yield [
        Attempt(actor, (read(relation),), before=state.statements)
        for states in tried
        for actor, state in zip((witness, bob), states, strict=True)
    ]
    for (state, same), hers, his in zip(tried, outcomes[::2], outcomes[1::2], strict=True):
        seen = reading(relation, witness, ALICE, hers, row)
        if seen.own and not his.state:
            mine = reading(relation, bob, BOB, his, row)
            leaked = ((given_states(mine, bob, (same,)), (same,)),) if mine.foreign else ()
            return ((given_states(seen, witness, (state,)), (state,)), *leaked)
    return ()


def read_by_the_raised(
    field: Field, relation: Relation, row: SyntheticRow | None, reading: Reading
) -> Talk[tuple[Read, ...]]:
    """Return what somebody reads of alice's row with the rank by which alone it is seen, if there is one.

    She has it for this once; on lists that nobody else is on, carol has it anyway.
    """
    given = field.population.raised.get(relation.name)
    if row is None or (given is None and not field.population.lists_carol_alone):
        return ()
    actor = field.cast.user(CAROL) if given is None else field.cast.user(ALICE)
    (outcome,) = yield [Attempt(actor, (read(relation),), before=given or ())]
    seen = reading(relation, actor, ALICE, outcome, row)
    if not seen.own:
        return ()
    rank = State(relation.name, "the rank that sees it", given or ())
    return (given_states(seen, actor, (rank,)) if given else seen,)


def _ranks(field: Field, relation: Relation) -> Iterator[tuple[State, State]]:
    """Yield the states in which a colleague of alice's has a rank, each beside that in which bob has it."""
    depends = field.texts.depends_on(relation.name)
    his = {(name, said): given for name, said, given in seats_alike(field, BOB, BOB, depends)}
    for name, said, given in seats_alike(field, _WITNESS, ALICE, depends):
        if (name, said) in his and not is_of_all(said):
            yield (
                State(name, f"a seat with {said} in {name}", given),
                State(name, f"a seat with {said} in his own tenant in {name}", his[name, said]),
            )
