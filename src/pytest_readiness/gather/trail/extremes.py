"""Writes values that entries may cut or round: fractions of every digit, the smallest step, long texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.gather.trail.at_row import AtRow
from pytest_readiness.gather.trail.unguarded import past_guards
from pytest_readiness.judges.sql.lexis import strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Write
    from pytest_readiness.evidence.catalog import Column

FRACTION, STEP, LONG = "UPDATE to a fraction", "UPDATE by the smallest step", "UPDATE to a long text"
_SCALE = re.compile(r"\(\d+,(\d+)\)")
_LENGTH = re.compile(r"\((\d+)\)")
_DIGITS = "12345678"
_UNSCALED = 8
_LENGTHS = (2000, 400, 120)
"""A CHECK may refuse the longer ones."""


class Extremes(AtRow):
    """Changes one column of the row, each time undone at once."""

    def of(self, column: Column) -> Iterator[Write]:
        """Yield such changes of a column, where its type has room for them."""
        scale = _scale(column)
        if scale:
            yield from self._fractions(column, scale)
        elif holds_text(column) and not column.type.startswith("character(") and not self._is_listed(column):
            yield from self._long(column)

    def _fractions(self, column: Column, scale: int) -> Iterator[Write]:
        digits = (_DIGITS * scale)[:scale]
        # Far from other digits, a step is more than what a number of JSON tells apart.
        for value in (f"'0.{digits}'", f"trunc({column.quoted}) + '0.{digits}'"):
            if write := self._changed(column, value, FRACTION):
                yield write
                break
        with past_guards(self.writer.connection, self._set(column, f"'0.{digits}'")) as made:
            step = f"{column.quoted} + '0.{'1':0>{scale}}'"
            if made.rows and (write := self._changed(column, step, STEP)):
                yield write

    def _long(self, column: Column) -> Iterator[Write]:
        size = _LENGTH.search(column.type)
        most = int(size[1]) if size else max(_LENGTHS)
        for length in dict.fromkeys(min(one, most) for one in _LENGTHS):
            text = f"left(repeat('a long text, ', {length // 12 + 1}), {length})"
            if write := self._changed(column, text, LONG):
                yield write
                return

    def _is_listed(self, column: Column) -> bool:
        """Whether a CHECK names the texts that a column may hold."""
        return any(
            column.name in check.columns and strings(check.definition) for check in self.relation.checks
        )

    def _changed(self, column: Column, value: str, way: str) -> Write | None:
        turn = self.turns.take("UPDATE", self._set(column, value), column.name, keep=False)
        if turn.done.gone and not turn.done.sqlstate:
            return self.writer.made("UPDATE", turn, self.row, column=column.name, way=way)
        return None

    def _set(self, column: Column, value: str) -> str:
        return f"update {self.relation.name} set {column.quoted} = {value} where {self.present}"


def _scale(column: Column) -> int:
    """Return how many digits a number has after the point; none where it is a whole number, or no number."""
    if column.kind != "b":
        return 0
    base = column.type.split("(")[0]
    if base == "numeric":
        found = _SCALE.search(column.type)
        return int(found[1]) if found else (0 if "(" in column.type else _UNSCALED)
    return {"double precision": _UNSCALED, "real": 5, "money": 2}.get(base, 0)
