"""Reads rows that are for no group, as somebody who is in one: an empty list is contained in every list."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB, CAROL
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import (
    AS_EVER,
    QUIETLY,
    State,
    change,
    given_states,
    statements_of,
)
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.purpose.audiences import names_audience
from pytest_readiness.judges.sql.lexis import names, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading

_CONTAINS = re.compile(r"@>|<@")
_MOST = 6
"""Lists and groups that are tried of one relation."""

_OTHERS = {
    "text[]": "{readiness_other}",
    "character varying[]": "{readiness_other}",
    "uuid[]": "{5ead1e55-4815-4162-8342-0000000000ff}",
    "integer[]": "{481599998}",
    "bigint[]": "{481599998}",
}
"""Lists of somebody else's groups, by their types."""


def read_unlisted(
    field: Field, relation: Relation, row: SyntheticRow | None, reading: Reading
) -> Talk[tuple[Read, ...]]:
    """Read as bob, in a group of his own, a row of hers that lists no group.

    What he reads as well where it lists another follows from no list.
    """
    bob = field.cast.user(BOB)
    if row is None or bob.role not in relation.readable or relation.kind not in TABLE_KINDS:
        return ()
    pairs = list(
        itertools.islice(itertools.product(_lists(field, relation), _groups(field, relation)), _MOST)
    )
    states = [
        (*group, change(relation.name, column, value, row))
        for column, group in pairs
        for value in ("{}", _OTHERS[column.type])
    ]
    outcomes = yield [Attempt(bob, (read(relation),), before=statements_of(given)) for given in states]
    found = []
    for given, none, other in zip(states[::2], outcomes[::2], outcomes[1::2], strict=True):
        leak, control = (reading(relation, bob, BOB, one, row) for one in (none, other))
        if leak.foreign and not control.foreign and not other.state:
            found.append(given_states(leak, bob, given))
    return tuple(found)


def _lists(field: Field, relation: Relation) -> list[Column]:
    """Return the lists of those whom a row is for that policies look for something in."""
    lists = [c for c in relation.columns if c.type in _OTHERS and not c.generated and names_audience(c.name)]
    using = [policy.using for policy in relation.shown_by] if lists else []
    texts = (*using, *(function.body for function in field.texts.called(using)))
    said = [text for text in map(plain, texts) if _CONTAINS.search(text)]
    return [column for column in lists if any(column.name in names(text) for text in said)]


def _groups(field: Field, relation: Relation) -> Iterator[tuple[State, ...]]:
    """Yield states in which bob is in a group that nothing names, where rows say who is in which.

    Who sees more by his row was given none, as an administrator would have one: he has to be put into it.
    """
    forger = Forger(field)
    for name in sorted(field.texts.depends_on(relation.name) - {relation.name}):
        one, owned = field.catalog.relation(name), field.owners.owned.get(name)
        if one is None or owned is None or not owned.users or one.kind not in TABLE_KINDS:
            continue
        if field.population.row(name, BOB.name):
            yield ()
        elif (model := forger.model(one, CAROL)) is not None:
            insert = insert_sql(one, model | forger.owner_keys(one, BOB))
            yield (State(name, f"a row of his own in {name}", (QUIETLY, insert, AS_EVER)),)
