"""Writes to audited tables at the same time, and looks whether linked entries stay one chain."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.audit import Chain, ChainEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.echoes import EchoEvidence
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.outside import confine
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.synthesis.rows import RowMaker
from pytest_readiness.gather.trail.linked import Changing, entries_of
from pytest_readiness.gather.trail.writer import limits
from pytest_readiness.judges.audit.audit_log import trail
from pytest_readiness.judges.audit.chains import (
    branches,
    chain_of,
    forks,
    link_of,
    linkable,
    may_link,
    own_of,
)
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.audit import Log
    from pytest_readiness.evidence.catalog import Relation

_BOTH = 2
"""How many rows are changed at once, and how many entries that leaves where neither change is refused."""
_UNWRITTEN = "no table that it tells of could be changed by two sessions"
_APART = "its entries make a chain for each row, and two sessions wrote to different ones"
_UNMET = "what two sessions wrote at once left no entries"


@gatherer(strength=Strength.ATTACKED)
def chains(target: Target, catalog: CatalogEvidence, echoes: EchoEvidence) -> ChainEvidence:
    """Try each log that could link its entries, in a copy of the database of its own."""
    found = trail(catalog, target.settings.audit, echoes)
    tried: list[Chain] = []
    for log in found.logs:
        tables = [
            table
            for name, own in found.recorded.items()
            if own == log
            and (table := catalog.relation(name))
            and table.kind in TABLE_KINDS
            and not table.parent
        ]
        columns = linkable(log, found.relations[log.name], tables)
        if tables and len(columns) > 1:
            tried += _tried(target, catalog, log, tables, columns)
    return ChainEvidence(tuple(tried))


def _tried(
    target: Target, catalog: CatalogEvidence, log: Log, tables: Sequence[Relation], columns: tuple[str, ...]
) -> Iterator[Chain]:
    """Yield what two sessions made of a log in the first of its tables where they wrote to one chain.

    They may have to write to several tables for that, about the same person. Where they could write to
    none, what rows left when they were made may tell that nothing is linked.
    """
    possible, apart = True, None
    for some in (*((table,) for table in tables), *([tables] if len(tables) > 1 else [])):
        with closing(target.database()) as first:
            confine(first, catalog, target.built.owner)
            with suppress(psycopg.Error, CannotFillError):
                places = _rows(target, first, catalog, some)
                rows = [Changing(first, log, table, where) for table, where in places]
                possible = possible and may_link(entries_of(first, log), columns)
                rows = [row for row in rows if row.change()]
                if len(rows) < _BOTH:
                    continue
                chain = _meet(target, first, log, columns, rows)
                if chain is None:
                    return
                if not chain.unsure:
                    yield chain
                    return
                apart = apart or chain
    if apart:
        yield apart
    elif possible:
        yield Chain(log.name, "", (), "", unsure=_UNWRITTEN)


def _meet(
    target: Target,
    first: psycopg.Connection,
    log: Log,
    columns: tuple[str, ...],
    rows: Sequence[Changing],
) -> Chain | None:
    """Change rows one after another, then each two of them from two sessions, where what they do stays.

    Returns:
        What came of it; None where nothing links the entries.
    """
    places = [_alone(first, log, row) for row in rows]
    before = entries_of(first, log)
    link = link_of(before, columns)
    if not link:
        return None
    own, *others = (chain_of(before, link, place) for place in places)
    unsure = "" if own in others else _APART
    script = ""
    for row in rows[1:]:
        one = rows[0].change()
        other = row.change(one)
        refused = bool(other) and _at_once(target, first, (one, other))
        after = entries_of(first, log)
        if len(after) - len(before) + refused < _BOTH:
            unsure = unsure or _UNMET
            continue
        forked = tuple(sorted(forks(before, after, link).items()))
        script = _script(log, one, other)
        if forked:
            return Chain(log.name, link, forked, script)
        before = after
    table = rows[0].table
    several = " or ".join(f"({row.where})" for row in rows if row.table == table)
    stroke = _at_one_stroke(first, log, columns, link, Changing(first, log, table, several))
    return stroke if stroke.forks else replace(stroke, sql=script, unsure=unsure)


def _at_one_stroke(
    first: psycopg.Connection, log: Log, columns: tuple[str, ...], link: str, rows: Changing
) -> Chain:
    """Write several rows by one statement; return what came of it, at the latest when the chain forks."""
    script, own = "", [name for name in own_of(entries_of(first, log), columns) if name != link]
    done: list[str] = []
    failed: list[tuple[str, str]] = []
    for verb, sql in rows.anew():
        before = entries_of(first, log)
        refusal = _struck(first, verb, sql) if sql else "no change leaves an entry"
        after = entries_of(first, log)
        if refusal or len(after) == len(before):
            failed.append((verb, refusal or "it left no entry"))
            if refusal and verb == "DELETE":
                failed.append(("INSERT", "they would have to be taken away before"))
                break
            continue
        done.append(verb)
        script += f"{sql};\n"
        forked = tuple(sorted(branches(before, after, link, own).items()))
        if forked:
            return Chain(log.name, link, forked, f"{script}table {log.name};", alone=True)
    return Chain(log.name, link, (), "", strokes=tuple(done), unstruck=tuple(failed))


def _struck(connection: psycopg.Connection, verb: str, sql: str) -> str:
    """Make a statement; say why it did not write several rows, nothing if it did."""
    try:
        results = connection.execute(f"begin; {limits()} {sql}; commit".encode()).results()
        # One cursor, which moves on from result to result.
        counts = [one.rowcount for one in results if (one.statusmessage or "").startswith(verb)]
    except psycopg.Error as error:
        connection.execute("rollback")
        return f"{error.sqlstate}: {(error.diag.message_primary or str(error)).splitlines()[0]}"
    written = max(counts, default=0)
    return "" if written >= _BOTH else f"it wrote {written} rows"


def _alone(connection: psycopg.Connection, log: Log, row: Changing) -> int:
    """Change a row; return the place of the entry among all."""
    connection.execute(f"begin; {limits()} {row.change()}; commit".encode())
    return len(entries_of(connection, log)) - 1


def _script(log: Log, one: str, other: str) -> str:
    return f"-- session 1\nbegin;\n{one};\n-- session 2\n{other};\n-- session 1\ncommit;\ntable {log.name};"


def _rows(
    target: Target, connection: psycopg.Connection, catalog: CatalogEvidence, tables: Sequence[Relation]
) -> list[tuple[Relation, str]]:
    """Make rows; return their tables, and what finds them there.

    Logs may keep a chain for each owner, who writes from two sessions too: of one table it is a row of
    alice's, one of bob's, and if she may have two another one; of several it is hers in each.
    """
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    maker = RowMaker(connection, catalog, owners, target.profile.users, target.seed)
    for person in (ALICE, BOB):
        maker.sign_up(person)
    if len(tables) > 1:
        return [(table, maker.make(table, ALICE).where) for table in tables]
    (table,) = tables
    rows = [maker.make(table, person) for person in (ALICE, BOB)]
    with suppress(CannotFillError):
        rows.append(replace(maker, seed=target.seed + 1).insert(table, ALICE))
    return [(table, where) for where in dict.fromkeys(row.where for row in rows)]


def _at_once(target: Target, first: psycopg.Connection, changes: tuple[str, str]) -> bool:
    """Make the second change from a second session, before the first is committed; say if it was refused.

    Alone it would not be: it has to wait for the first one, or must not be made beside it.
    """
    with closing(target.database(first.info.dbname)) as second:
        first.execute(f"begin; {limits()} {changes[0]}".encode())
        try:
            second.execute(f"begin; {limits()} {changes[1]}; commit".encode())
        except psycopg.Error:
            return True
        finally:
            first.execute("commit")
    return False
