"""Writes twice in one transaction, as one request does: the entries have to be known for its own."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import value
from pytest_readiness.gather.trail.claiming import Acted
from pytest_readiness.gather.trail.leaks import MARK
from pytest_readiness.gather.trail.writer import expressions
from pytest_readiness.judges.audit.attribution import APART, says
from pytest_readiness.judges.audit.audit_log import texts_of_triggers
from pytest_readiness.judges.audit.correlation import asks_elsewhere, column_texts, drawn_apart
from pytest_readiness.judges.sql.asked_settings import settings_asked
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import set_local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Claim, Log
    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.trail.claiming import Claiming
    from pytest_readiness.gather.trail.turn import Done

_KEY = re.compile(r"->>?\s*'([\w-]+)'")
_TRIED = 12
"""How many second writes are tried."""


class Correlating:
    """Makes two writes to one table, in a transaction that the caller rolls back.

    Args:
        claiming: Makes writes to the table.
        catalog: Of the target.
        log: Where the entries are.
    """

    def __init__(self, claiming: Claiming, catalog: CatalogEvidence, log: Log) -> None:
        self._claiming = claiming
        self._writer = claiming.writer
        self._column = log.columns.correlation
        self._log = catalog.relation(log.name)
        relations = (self._writer.relation, *([self._log] if self._log else []))
        texts = [*texts_of_triggers(catalog, *relations)]
        texts += column_texts(catalog, self._log, self._column) if self._log else []
        self._asked = settings_asked(catalog, texts)
        self._text = "\n".join(map(plain, texts))

    def all(self, row: Row, acted: Acted) -> Iterator[Claim]:
        """Yield that both have another correlation, where nothing that a request says of itself makes it one.

        Args:
            row: That is written to.
            acted: A write that leaves an entry.
        """
        if not self.meant or asks_elsewhere(self._text):
            return
        for told in self.of_the_request(acted):
            before = f"{acted.before}{told}"
            alone = self._writer.run(acted.sql, acted.actor, before=before, keep=False)
            if alone.entries:
                yield from self._apart(row, Acted(acted.actor, acted.sql, before), len(alone.entries))
                return

    def _apart(self, row: Row, first: Acted, alone: int) -> Iterator[Claim]:
        """Make another write after the first, which leaves so many entries alone."""
        before = f"{first.before}{first.sql};\n"
        for second in islice(self._others(row, first.sql), _TRIED):
            done = self._writer.run(second, first.actor, before=before, keep=False)
            if len(done.entries) > alone:
                said = [value(entry, self._column) for entry in done.entries]
                if drawn_apart(said, (MARK, *_stored(done))):
                    texts = tuple(dict.fromkeys(map(str, said)))
                    both = Acted(first.actor, second, before)
                    told = ", ".join(texts)
                    yield self._claiming.claim(both, self._column, told, about=APART, lie=texts[-1])
                return

    @property
    def meant(self) -> bool:
        """Whether the column is there to be the same in several entries: what is unique names one entry."""
        if not self._column or self._log is None:
            return False
        keys = (self._log.primary_key, *self._log.unique)
        return (self._column,) not in keys

    def of_the_request(self, acted: Acted, said: str = MARK) -> Iterator[str]:
        """Yield statements by which a request says of itself whatever code asks for; then less of it.

        Who acts is told already, and not every setting takes any text.
        """
        own = " ".join(acted.actor.statements)
        asked = sorted(name for name in self._asked if name not in own)
        settings = [name for name in asked if not name.startswith("request.")]
        keys = dict.fromkeys(sorted(set(_KEY.findall(self._text))), said)
        headers = set_local("request.headers", json.dumps(keys))
        headers = headers if "request.headers" in self._text and keys else ""
        for names in (settings, [name for name in settings if says(name, "correlation")]):
            yield "".join(f"{set_local(name, said)}\n" for name in names) + headers

    def _others(self, row: Row, first: str) -> Iterator[str]:
        relation = self._writer.relation
        for column in relation.columns:
            if column.writable and column.name not in relation.primary_key:
                for expression in islice(expressions(column), 2):
                    sql = f"update {relation.name} set {column.quoted} = {expression} where {row.where}"
                    if sql != first:
                        yield sql
        yield f"delete from {relation.name} where {row.where}"


def _stored(done: Done) -> Iterator[str]:
    """Yield what the columns of changed rows hold, as texts."""
    for row in (*done.gone, *done.new):
        yield from (json.dumps(one) if isinstance(one, dict | list) else str(one) for one in row.values())
