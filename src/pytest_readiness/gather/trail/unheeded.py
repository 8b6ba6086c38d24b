"""Puts a row into each table, where nothing is seen to write a log that functions are there to write."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import Unheeded, UnheededEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.ground import Ground, entries_in
from pytest_readiness.judges.audit.unheeded import unheeded
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.synthesis.rows import RowMaker

_TABLES = 24
"""How many tables get a row."""


@gatherer(strength=Strength.ATTACKED)
def unheeded_logs(target: Target, catalog: CatalogEvidence) -> UnheededEvidence:
    """Look for logs that no trigger writes, and write to tables; every write is undone."""
    idle = tuple(unheeded(catalog, target.settings.audit))
    if not idle:
        return UnheededEvidence((), absent="no function waits for a trigger to write a log")
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    ground = Ground.of(target, catalog, owners)
    found = [_tried(ground, log, functions) for log, functions in idle]
    return UnheededEvidence(tuple(one for one in found if one))


def _tried(ground: Ground, log: Relation, functions: Sequence[Function]) -> Unheeded | None:
    """Return what came of the writes; None where one left an entry."""
    maker = ground.maker()
    ground.connection.execute("begin")
    try:
        for person in (ALICE, BOB):
            maker.sign_up(person)
        before = entries_in(ground.connection, log.name)
        scripts = [*_written(maker, log)]
        if entries_in(ground.connection, log.name) > before:
            return None
        tried = len(scripts)
    finally:
        ground.connection.execute("rollback")
    return Unheeded(log.name, tuple(one.signature for one in functions), tried, next(iter(scripts), ""))


def _written(maker: RowMaker, log: Relation) -> Iterator[str]:
    tables = (t for t in maker.catalog.relations if t.kind in TABLE_KINDS and not t.parent)
    for table in islice((t for t in tables if t.name != log.name), _TABLES):
        with suppress(CannotFillError):
            row = maker.make(table, ALICE)
            lines = ["begin;", *maker.setup(table, ALICE), f"table {log.name};", "rollback;"]
            if not row.adopted:
                yield "\n".join(lines)
