"""Reads rows of alice's after she deleted what they lay in: a key may give them another place than none.

Where it says SET DEFAULT or SET NULL they stay, and what shows them may be where they lie by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.changes import Changes
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.hanging import moved
from pytest_readiness.gather.attacks.inferring.parting import LET_GO
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, State, given_states
from pytest_readiness.judges.isolation.cascades import Hanging

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import ForeignKey, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading
    from pytest_readiness.target.identities import Identity


@dataclass(frozen=True)
class LetGo:
    """Tries the tables whose rows are let go by what she may delete.

    Attributes:
        field: Where.
        reading: Tells what somebody read of hers.
    """

    field: Field
    reading: Reading

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what bob reads of hers then, and not while it only hung there."""
        for child in relations:
            for key in child.foreign_keys if child.kind in TABLE_KINDS else ():
                if key.on_delete in LET_GO and key.target != child.name:
                    yield from ((child.name, found) for found in self._let_go(child, key))

    @cached_property
    def _changes(self) -> Changes:
        return Changes(Forger(self.field))

    def _let_go(self, child: Relation, key: ForeignKey) -> Iterator[Read]:
        """Yield what is read in one of them after its parent is gone."""
        hung, delete = self._hung(child, key)
        alice = self.field.cast.user(ALICE)
        bob_reads = self.field.cast.user(BOB).role in child.readable
        if not delete or not bob_reads or not self._is_done(alice, delete, hung):
            return
        said = f"that alice deleted the row in {key.target} that hers referred to"
        gone = State(key.target, said, (*hung, *alice.acting(delete)))
        before, after = (self._seen(child, state) for state in (hung, gone.statements))
        if after.foreign and not before.foreign:
            yield given_states(after, self.field.cast.user(BOB), (gone,))

    def _hung(self, child: Relation, key: ForeignKey) -> tuple[tuple[str, ...], str]:
        """Return what lets nothing but hers refer to a row of hers, and its delete; empty if she has none."""
        parent = self.field.catalog.relation(key.target)
        rows = self.field.population.rows
        above, hers = rows.get((key.target, ALICE.name)), rows.get((child.name, ALICE.name))
        held = parent.privileges.get(self.field.cast.user(ALICE).role) if parent else None
        if not parent or not held or "delete" not in held.others or not above or not hers:
            return (), ""
        move = moved(Hanging(child, key), above, hers) if above.where and hers.where else ""
        alone = self._changes.unreferenced(parent, above, {child.name})
        hung = (*alone, QUIETLY, move, AS_EVER)
        return hung, f"delete from {key.target} where {above.where}" if move else ""

    def _is_done(self, alice: Identity, delete: str, before: tuple[str, ...]) -> bool:
        done = self.field.runner.one(Attempt(alice, (delete,), before=before))
        return bool(done.touched) and not done.state

    def _seen(self, child: Relation, before: tuple[str, ...]) -> Read:
        """Return what bob reads in a state; whoever says nothing of himself would be taken for alice then."""
        bob, row = self.field.cast.user(BOB), self.field.population.row(child.name, ALICE.name)
        outcome = self.field.runner.one(Attempt(bob, (read(child),), before=before))
        return self.reading(child, bob, BOB, outcome, row)
