"""What is hers in a row of the actor's own, for what acts on rows and takes one for another."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.codes import CAPABILITY
from pytest_readiness.judges.sql.lookups import looked_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values

_SURROGATES = frozenset({"uuid", "bigint", "integer"})
"""Types of keys that the server draws."""

_MISTAKEN = 12
"""Values of the victim's, one in each row, by which what acts on rows may take them for hers."""


class Mistakes:
    """Tells what a row says of the victim while it stays the actor's."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._named: dict[str, tuple[tuple[str, str], ...]] = {}

    def of(self, relation: Relation, mine: Values, hers: Values) -> Iterator[Values]:
        """Yield changes to a row of the actor's: none, in one column at a time, and in several at once.

        Args:
            relation: Into which it is put.
            mine: The row.
            hers: What is in a row of the victim's.
        """
        yield {}
        alike = [
            (name, value)
            for name, value in list(hers.items())[:_MISTAKEN]
            if name in mine and value not in {None, mine[name]}
        ]
        named = self._named.get(relation.name)
        if named is None:
            named = self._named[relation.name] = (*self._loosely(relation), *self._compared(relation))
        for name, value in (*named, *alike):
            yield {name: value}
        for together in (self._said(relation, mine, hers), *self._keys(relation, mine)):
            if sum(mine[name] != value for name, value in together.items()) > 1:
                yield together

    def _said(self, relation: Relation, mine: Values, hers: Values) -> Values:
        """Return all that hers says, but for whose it is and what tells it apart."""
        apart = self._apart(relation)
        return {n: value for n, value in hers.items() if n in mine and n not in apart and value is not None}

    def _keys(self, relation: Relation, mine: Values) -> Iterator[Values]:
        """Yield keys of several columns of her rows in what acts here changes: of a depot and an article."""
        apart = self._apart(relation)
        for name in sorted(self.field.texts.touched_by(relation.name) - {relation.name}):
            base, row = self.field.catalog.relation(name), self.field.population.row(name, ALICE.name)
            for key in dict.fromkeys(base.all_keys) if base and row else ():
                if row and mine.keys() >= {*key} and not {*key} & apart:
                    yield {column: row.texts[column] for column in key}

    def _apart(self, relation: Relation) -> set[str]:
        owned = self.field.owners.owned.get(relation.name)
        keys = itertools.chain(*relation.all_keys)
        return {*keys, *(owned.columns if owned else ())}

    def _loosely(self, relation: Relation) -> Iterator[tuple[str, str]]:
        """Yield columns that may name a row although nothing says so, with keys of the victim's rows.

        It is her row of the same relation, or of one that what acts here looks at: what is answered, or
        copied.
        """
        referring = {name for key in relation.foreign_keys for name in key.columns}
        owned = self.field.owners.owned.get(relation.name)
        taken = {*referring, *relation.primary_key, *(owned.columns if owned else ())}
        near = dict.fromkeys((relation.name, *sorted(self.field.texts.touched_by(relation.name))))
        for column in relation.columns:
            if column.name in taken or column.type not in _SURROGATES or column.default:
                continue
            for name in near:
                base, row = self.field.catalog.relation(name), self.field.population.row(name, ALICE.name)
                for key in base.primary_key if base and row else ():
                    drawn = base.column(key) if base else None
                    value = row.texts.get(key) if row else None
                    if drawn and drawn.type == column.type and value is not None:
                        yield column.name, value

    def _compared(self, relation: Relation) -> Iterator[tuple[str, str]]:
        """Yield columns with what hidden rows of the victim's tenant have, by which what acts finds rows.

        It is what no key tells apart, and so nobody's alone, such as a name; an owner's own address is.
        """
        owners, bob = self.field.owners, self.field.cast.user(BOB)
        kept = self.field.key_columns(relation)
        for column, name, other in looked_up(self.field.catalog, relation):
            named, row = self.field.catalog.relation(name), self.field.population.row(name, ALICE.name)
            owned, value = owners.owned.get(name), row.texts.get(other) if row else None
            if named is None or owned is None or value is None or not owned.tenants or column in kept:
                continue
            told = {*owned.columns, *itertools.chain.from_iterable(named.unique)}
            secret = CAPABILITY.search(column) or CAPABILITY.search(other)
            if other not in told and not secret and not self.field.reads_others(Attempt(bob, ()), BOB, name):
                yield column, value
