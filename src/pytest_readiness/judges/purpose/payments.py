"""Whether a row in somebody's place is the other half of a payment: what its maker lost, she got. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.judges.isolation.growth import growth, is_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.judges.isolation.labels import Row

    Of = Callable[[str, Row], bool]


@dataclass(frozen=True, slots=True)
class Payments:
    """Reads payments off what an attempt changed.

    Attributes:
        changed: By relation, the rows that are gone and those that are new.
        own: Whether a row of a relation is of whoever made the attempt, and of nobody else.
        names: Whether a row names him.
        foreign: Whether a row is of others alone.
    """

    catalog: CatalogEvidence
    changed: Mapping[str, tuple[Sequence[Row], Sequence[Row]]]
    own: Of
    names: Of
    foreign: Of

    def is_entry(self, name: str, row: Row) -> bool:
        """Whether a new row has its like in the payer's place, and says what the receiver got.

        The one is as much less as the other is more: in rows that hold what each has, or, where it is
        the sum of such rows, in these two, which refer to what he made.
        """
        relation = self.catalog.relation(name)
        if relation is None:
            return False
        alike = [one for one in self.changed[name][1] if self.own(name, one)]
        said = _amounts(relation, row)
        paid = self._paid()
        for other in alike:
            his = _amounts(relation, other)
            both = [(said[column], his[column]) for column in said.keys() & his.keys()]
            opposite = any(hers == -mine and hers > 0 for hers, mine in both)
            against = any(hers == -mine and hers < 0 for hers, mine in both)
            moved = any(abs(hers) == abs(mine) in paid for hers, mine in both)
            if not against and (moved or (opposite and self._together(relation, row, other))):
                return True
        return False

    def _paid(self) -> frozenset[float]:
        """Return by how much a row of the payer's fell, and one of others rose that nothing else changed."""
        fallen: set[float] = set()
        risen: set[float] = set()
        for name, before, after in self.altered():
            by = growth(before, after).values()
            if self.own(name, before):
                fallen |= {-number for number in by if number < 0}
            elif self.foreign(name, before):
                if any(number < 0 for number in by):
                    return frozenset()
                risen |= {*by}
        return frozenset(fallen & risen)

    def altered(self) -> Iterator[tuple[str, Row, Row]]:
        """Yield rows that were and are, with their relation."""
        for name, (gone, new) in self.changed.items():
            relation, later = self.catalog.relation(name), list(new)
            for before in gone if relation else ():
                after = pop_same(relation, before, later) if relation else None
                if after is not None:
                    yield name, before, after

    def _together(self, relation: Relation, row: Row, other: Row) -> bool:
        """Whether two rows refer to the same new row, which names whoever made it."""
        for key in relation.foreign_keys:
            place = [row.get(name) for name in key.columns]
            if None in place or place != [other.get(name) for name in key.columns]:
                continue
            gone, new = self.changed.get(key.target, ((), ()))
            was, made = (
                [one for one in rows if [one.get(name) for name in key.target_columns] == place]
                for rows in (gone, new)
            )
            if not was and any(self.names(key.target, one) for one in made):
                return True
        return False


def taken(
    catalog: CatalogEvidence, changed: Mapping[str, tuple[Sequence[Row], Sequence[Row]]], own: Of, foreign: Of
) -> Iterator[tuple[str, str, Row, Row]]:
    """Yield rows of others with a number that fell, as much as that column grew in a row of the actor's own.

    Each comes with its relation and the column, as it was and as it is. Where somebody paid, or was, for
    what went over, nothing was taken.
    """
    altered = list(Payments(catalog, changed, own, own, foreign).altered())
    for name, before, after in altered if not _is_trade(altered, own, foreign) else ():
        fallen = growth(before, after) if foreign(name, before) else {}
        for column, number in fallen.items():
            his = ((was, now) for other, was, now in altered if other == name and own(name, was))
            if number < 0 and -number in (growth(was, now).get(column) for was, now in his):
                yield name, column, before, after


def _is_trade(altered: Sequence[tuple[str, Row, Row]], own: Of, foreign: Of) -> bool:
    """Whether a number of the actor's own fell, or one of others rose that did not in rows of his as well.

    What rises on both sides counts changes.
    """
    his, others = (
        {
            (name, column, number)
            for name, was, now in altered
            if whose(name, was)
            for column, number in growth(was, now).items()
        }
        for whose in (own, foreign)
    )
    return any(number < 0 for *_, number in his) or any(number > 0 for *_, number in others - his)


def pop_same(relation: Relation, before: Row, rows: list[Row]) -> Row | None:
    """Take out the row that another one became, by its key; without a key by what they share."""
    for index, after in enumerate(rows):
        if relation.primary_key and all(after.get(k) == before.get(k) for k in relation.primary_key):
            return rows.pop(index)
    if not rows:
        return None
    shared = [sum(after.get(k) == v for k, v in before.items()) for after in rows]
    best = max(range(len(rows)), key=shared.__getitem__)
    alike = shared[best] * 2 >= len(before)
    return rows.pop(best) if alike else None


def _amounts(relation: Relation, row: Row) -> dict[str, float]:
    """Return the numbers of a row that are no keys."""
    keys = relation.link_columns
    return {name: value for name, value in row.items() if name not in keys and is_number(value) and value}
