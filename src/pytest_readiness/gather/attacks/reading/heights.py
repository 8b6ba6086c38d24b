"""Reads across a tree of places as somebody who has one: rows of the place above his, and of the one below.

Who oversees a place oversees what is below it, and code that walks the tree may go the other way. Then he
reads what is above him, and nothing of what is below. What is told downwards goes that way as well, so that
it is a leak only where code says that he stands above what he is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import State, change, given_states
from pytest_readiness.judges.purpose.heights import stands_above
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading


@dataclass(frozen=True, slots=True)
class _Tree:
    """Two rows of a relation, hers and bob's, one of which is below the other.

    Attributes:
        column: That leads upwards.
        below: His below hers.
        above: His above hers.
    """

    relation: Relation
    column: Column
    below: State
    above: State


def read_upwards(field: Field, relations: Iterable[Relation], reading: Reading) -> Iterator[tuple[str, Read]]:
    """Yield by relation what bob reads of hers from below alone, though he is to stand above it."""
    bob = field.cast.user(BOB)
    for relation, tree in _upwards(field, relations):
        if not _stands_above(field, relation, tree):
            continue
        attempt = Attempt(bob, (read(relation),), before=tree.below.statements)
        row = field.population.row(relation.name, ALICE.name)
        found = reading(relation, bob, BOB, field.runner.one(attempt), row)
        if found.foreign:
            yield relation.name, given_states(found, bob, (tree.below,))


def told_upwards(field: Field) -> Iterator[Assault]:
    """Yield the same where nothing says whether it is meant so."""
    bob = field.cast.user(BOB)
    for relation, tree in _upwards(field, field.catalog.relations):
        if not _stands_above(field, relation, tree):
            what = f"what belongs above his place in {tree.relation.name}, and nothing of what is below"
            look = f"select * from {relation.name}"
            script = field.script(relation.name, bob, (look,), "select 1", before=tree.below.statements)
            harm = Harm(BOB.name, "residual", relation.name, ALICE.name, what, script)
            yield Assault(f"{relation.name}: {what}", "LOOK", 2, (harm,))


def _upwards(field: Field, relations: Iterable[Relation]) -> Iterator[tuple[Relation, _Tree]]:
    """Yield what bob reads of hers from below, as he does from nowhere else."""
    bob, owners = field.cast.user(BOB), field.owners
    apart = {*owners.people, *(one.relation for one in owners.memberships)}
    wanted = {one.name: one for one in relations if bob.role in one.readable and one.name not in apart}
    for tree in _trees(field):
        depending = field.texts.depending.get(tree.relation.name, ())
        for relation in (wanted[name] for name in depending if name in wanted and name != tree.relation.name):
            open_ = [
                field.reads_others(Attempt(bob, (), before=before), BOB, relation.name)
                for before in (tree.below.statements, tree.above.statements, ())
            ]
            if open_ == [True, False, False]:
                yield relation, tree


def _trees(field: Field) -> Iterator[_Tree]:
    for relation in field.catalog.relations:
        mine, hers = (field.population.row(relation.name, one.name) for one in (BOB, ALICE))
        if not (mine and hers and mine.where and hers.where) or relation.kind not in TABLE_KINDS:
            continue
        if relation.name not in field.texts.depending:
            continue
        for key in relation.foreign_keys:
            column = relation.column(key.columns[0])
            (target, *others) = key.target_columns
            ends = [row.texts.get(target) for row in (hers, mine)]
            if key.target != relation.name or others or column is None or None in ends:
                continue
            below, above = (
                change(relation.name, column, ends[0], mine),
                change(relation.name, column, ends[1], hers),
            )
            said = f"a place in {relation.name} below hers"
            yield _Tree(relation, column, State(relation.name, said, below.statements), above)


def _stands_above(field: Field, relation: Relation, tree: _Tree) -> bool:
    """Whether what goes up the tree, or the policies that ask it, are called so."""
    walking = [
        one
        for one in field.texts.called(p.using for p in relation.shown_by)
        if tree.column.name in names(one.body)
    ]
    return stands_above((one.name for one in walking), (policy.name for policy in relation.shown_by))
