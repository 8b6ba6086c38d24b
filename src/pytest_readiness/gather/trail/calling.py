"""Calls functions that change a table and write to another themselves, and reads what both gained."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice, product
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.echoes import Echo
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.synthesis.rows import RowMaker
from pytest_readiness.gather.trail.calls import call
from pytest_readiness.gather.trail.diversions import argument_of, is_number
from pytest_readiness.gather.trail.turns import join
from pytest_readiness.gather.trail.writer import Writer, changed_rows
from pytest_readiness.judges.audit.audit_log import denied, written_by_functions
from pytest_readiness.judges.sql.lexis import names
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Argument, CatalogEvidence, Function, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.gather.trail.people import People
    from pytest_readiness.target.identities import Identity
    from pytest_readiness.target.target import Target

_CALLS = 36
_FEW = 4
_HUNG = "57014"
_TEXTS = {"text", "character varying"}


def called(
    target: Target, connection: psycopg.Connection, catalog: CatalogEvidence, owners: Owners, people: People
) -> Iterator[Echo]:
    """Yield what the first call of each function left that changed one row of a table; each is undone."""
    alice = people.user(ALICE)
    if alice is None:
        return
    for function, table, log in written_by_functions(catalog):
        if alice.role not in function.callers or denied(log, target.settings.audit):
            continue
        maker = RowMaker(connection, catalog, owners, target.profile.users, target.seed)
        connection.execute("begin")
        try:
            for person in (ALICE, BOB):
                maker.sign_up(person)
            join(maker, table, owners)
            with suppress(CannotFillError):
                maker.make(table, ALICE)
            writer = Writer(connection, log.name, maker, table)
            yield from islice(_heard(writer, function, alice), 1)
        except (CannotFillError, psycopg.Error):
            continue
        finally:
            connection.execute("rollback")


def _heard(writer: Writer, function: Function, alice: Identity) -> Iterator[Echo]:
    table = writer.relation
    for given in islice(_givens(writer, function), _CALLS):
        done = writer.run(call(function, given), alice, keep=False)
        if done.sqlstate == _HUNG:
            return
        pairs = changed_rows(done, table.primary_key)
        if len(pairs) == 1 and pairs[0][0] != pairs[0][1]:
            before, after = pairs[0]
            verb = "UPDATE" if before and after else "DELETE" if before else "INSERT"
            yield Echo(table.name, writer.log, verb, table.primary_key, before, after, done.entries)


def _givens(writer: Writer, function: Function) -> Iterator[dict[str, str]]:
    """Yield values for the arguments that a function asks for: keys of alice's rows, new ones, a little."""
    if not all(argument.name for argument in function.arguments):
        return
    asked = function.arguments[: len(function.arguments) - function.defaults]
    keys = list(dict.fromkeys(_keys(writer, function)))
    choices = [list(dict.fromkeys(_choices(keys, one))) for one in asked]
    for values in product(*choices):
        yield {one.name: value for one, value in zip(asked, values, strict=True)}


def _keys(writer: Writer, function: Function) -> Iterator[str]:
    """Yield the keys of alice's rows: in the table, and in others that the function names."""
    maker, said = writer.maker, names(function.body)
    others = (r for r in maker.catalog.relations if r.kind in TABLE_KINDS and r.table in said)
    tables: list[Relation] = [
        writer.relation,
        *(r for r in others if r.name not in {writer.relation.name, writer.log}),
    ]
    for table in islice((r for r in tables if len(r.primary_key) == 1), _FEW):
        with suppress(CannotFillError):
            if key := maker.make(table, ALICE).texts[table.primary_key[0]]:
                yield key


def _choices(keys: list[str], argument: Argument) -> Iterator[str]:
    kind = argument.declared
    if is_number(argument):
        numbers = [key for key in keys if key.lstrip("-").isdigit()]
        yield from (f"{number}::{kind}" for number in (*numbers, "1", "4815162"))
    elif argument.type == "uuid":
        fitting = [key for key in keys if len(key) == len(ALICE.uuid)]
        yield from (f"{literal(key)}::{kind}" for key in (*fitting, ALICE.uuid, BOB.uuid.replace("b0", "f0")))
    elif argument.type in _TEXTS:
        yield from (f"{literal(key)}::{kind}" for key in (*keys, "as asked"))
    else:
        yield argument_of(argument, "1")
