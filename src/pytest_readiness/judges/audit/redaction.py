"""Tells which columns a log leaves out, or covers, because of what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import value
from pytest_readiness.judges.audit.images import image_of, parsed, same
from pytest_readiness.judges.audit.recorded_images import fieldwise
from pytest_readiness.judges.audit.trail import entries_about, ordinary
from pytest_readiness.judges.audit.words import SECRET, SENSITIVE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.audit import AuditedTable, Log, Row, Write
    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation


def redacted(table: AuditedTable) -> frozenset[str]:
    """Return the columns whose values no entry holds, and which are not everybody's business.

    Their names say so, or grants that keep them from those who may read the log.

    One that is in some entries and not in others is left out by mistake.
    """
    held: set[str] = set()
    shown: set[str] = set()
    delicate = {name for name in _columns(table) if _delicate(name)} | table.withheld
    for write in table.writes if delicate else ():
        about = entries_about(table, write) if ordinary(write) else []
        for name, truth in _values(write, delicate) if about else ():
            held.add(name)
            if any(_same(said, truth) for entry in about for said in _told(table, entry, name)):
                shown.add(name)
    return frozenset(held - shown)


def _delicate(name: str) -> bool:
    return bool(SECRET.search(name) or SENSITIVE.search(name))


def _columns(table: AuditedTable) -> set[str]:
    return {name for write in table.writes for image in (write.before, write.after) for name in image or ()}


def withheld(catalog: CatalogEvidence, relation: Relation, log: Log) -> frozenset[str]:
    """Return the columns that some who may read the log, and other columns of a table, may not select."""
    told = catalog.relation(log.name)
    readers = relation.readable.keys() & (told.readable.keys() if told else set())
    names = {column.name for column in relation.columns}
    return frozenset(name for role in readers for name in names.difference(relation.readable[role]))


def _values(write: Write, delicate: Collection[str]) -> Iterator[tuple[str, object]]:
    """Yield what delicate columns held before and after."""
    for image in (write.before, write.after):
        yield from (
            (name, held) for name, held in (image or {}).items() if held is not None and name in delicate
        )


def _told(table: AuditedTable, entry: Row, name: str) -> Iterator[object]:
    """Yield what an entry says that a column was."""
    columns = table.log.columns
    told = (value(entry, columns.old), value(entry, columns.new))
    if table.log.mirrored:
        yield entry.get(name)
    elif fieldwise(entry, columns):
        yield from told if value(entry, columns.changed) == name else ()
    else:
        yield from (image.get(name) for said in told if isinstance(image := image_of(said), dict))


def _same(said: object, truth: object) -> bool:
    return same(said, truth) or (isinstance(said, str) and same(parsed(said), truth))
