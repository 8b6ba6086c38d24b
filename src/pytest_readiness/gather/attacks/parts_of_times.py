"""What functions ask of times in rows: the year of a day, or its month as text; the server tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.attempts import QUERY
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.judges.sql.parts import parts
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome


class PartsOfTimes:
    """Takes from rows what bodies compare with their arguments.

    Attributes:
        ask: Runs a step, and undoes it.
    """

    def __init__(self, ask: Callable[[str], Outcome]) -> None:
        self.ask = ask
        self._known: dict[str, tuple[str, ...]] = {}

    def of(
        self, function: Function, argument: Argument, relation: Relation, row: SyntheticRow
    ) -> Iterator[str]:
        """Yield what an argument has to say to mean a row, where it is compared with a part of a time."""
        for part in parts(plain(function.body), argument.name):
            column, value = relation.column(part.column), row.texts.get(part.column)
            if column and column.dated and value is not None:
                yield from self._evaluated(part.of(f"{literal(value)}::{column.type}"))

    def _evaluated(self, sql: str) -> tuple[str, ...]:
        if sql not in self._known:
            outcome = self.ask(f"{QUERY}select ({sql})::text")
            self._known[sql] = () if outcome.state else outcome.rows
        return self._known[sql]
