"""Serves two requests on one connection, and looks for the first one's words in the second one's entry."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.audit import Claim, Unnamed
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.diversions import argument_of
from pytest_readiness.gather.trail.ground import Ground
from pytest_readiness.gather.trail.writer import Writer, expressions, settings_read
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Log
    from pytest_readiness.evidence.catalog import Argument, CatalogEvidence, Function, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.judges.audit.audit_log import Trail
    from pytest_readiness.target.target import Target

_KEPT = re.compile(
    r"set_config\s*\(\s*'(\w+\.[\w.]+)'\s*,[^;]*?,\s*(?:false|is_local\s*=>\s*false)\s*\)", re.IGNORECASE
)
_SET = re.compile(r"execute\s+format\s*\(\s*'set\s+(?!local)(\w+\.[\w.]+)", re.IGNORECASE)
MARK = "5e550000-4815-4162-8342-0000000000ff"
"""What a request says of itself."""
_ROOMY = {"text", "character varying", "uuid"}


def leaks(
    target: Target, catalog: CatalogEvidence, owners: Owners, found: Trail
) -> Iterator[Claim | Unnamed]:
    """Serve two requests on one connection: what the first one said may not be in the second one's entry.

    Of a function whose words could not be looked for, yield that.
    """
    for name, log in sorted(found.recorded.items()):
        relation = catalog.relation(name)
        if not relation or relation.kind not in TABLE_KINDS or relation.parent:
            continue
        read = set(settings_read(catalog, relation))
        for function in catalog.functions:
            kept = {*_KEPT.findall(plain(function.body)), *_SET.findall(plain(function.body))} & read
            if kept and function.kind == "function" and function.returns != "trigger":
                yield from _second_request(target, catalog, owners, log, relation, function)
                return


def _second_request(
    target: Target,
    catalog: CatalogEvidence,
    owners: Owners,
    log: Log,
    relation: Relation,
    function: Function,
) -> Iterator[Claim | Unnamed]:
    ground = Ground.of(target, catalog, owners)
    connection, people, maker = ground.connection, ground.people, ground.maker()
    writer = Writer(connection, log.name, maker, relation)
    call = f"select {function.name}({', '.join(map(_marked, function.arguments))})"
    service, alice = people.service(), people.user(ALICE)
    first = alice if alice and alice.role in function.callers else service
    try:
        with connection.transaction():
            connection.execute(f"{first.script()}\n{call};\nreset session authorization".encode())
        connection.execute("begin")
        maker.sign_up(ALICE)
        row = maker.make(relation, ALICE)
        for column in relation.columns:
            if not column.writable or column.name in relation.primary_key:
                continue
            sql = (
                f"update {relation.name} set {column.quoted} = {next(expressions(column))} where {row.where}"
            )
            done = writer.run(sql, service, keep=False)
            if done.entries:
                text = json.dumps(done.entries[0], default=str)
                said = MARK if MARK in text else "nothing of the earlier request"
                second = writer.script(sql, row, service.script(), first=False)
                script = f"begin;\n{first.script()}\n{call};\ncommit;\n{second}"
                about = f"an earlier request that called {function.name}"
                yield Claim(
                    relation.name, log.name, service.name, about, "the request", (), MARK, said, script
                )
                return
        yield Unnamed(log.name, function.signature, f"no change of {relation.name} left an entry")
    except psycopg.Error as error:
        said = (error.diag.message_primary or str(error)).splitlines()[0]
        yield Unnamed(log.name, function.signature, f"{error.sqlstate}: {said}")
    except CannotFillError as error:
        yield Unnamed(log.name, function.signature, str(error))
    finally:
        if not connection.closed:
            connection.execute("rollback")


def _marked(argument: Argument) -> str:
    """Return what a request says of itself, where an argument has room for it."""
    if argument.type in _ROOMY:
        return f"{literal(MARK)}::{argument.declared}"
    return argument_of(argument, "1")
