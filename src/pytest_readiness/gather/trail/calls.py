"""Calls functions that write entries themselves, and says in an argument that somebody else acted."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import islice, product
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import Claim, Unnamed, value
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.diversions import argument_of, is_number
from pytest_readiness.gather.trail.turns import join
from pytest_readiness.gather.trail.writer import Writer
from pytest_readiness.judges.audit.attribution import names_of
from pytest_readiness.judges.sql.lexis import names, plain, word
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Log
    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.trail.ground import Ground
    from pytest_readiness.gather.trail.turn import Done
    from pytest_readiness.target.identities import Identity

_TRIED = 24
"""How many calls are made before a function counts as one that alice gets no entry from."""

_TEXTS = {"text", "character varying"}
_WORDS = "'as I was asked to'"

_FEW = 4
"""How many of the tables that a function names lend it their keys."""


class Calls:
    """Calls the functions that write to one log, in a transaction that is rolled back."""

    def __init__(self, ground: Ground, log: Log) -> None:
        self.connection = ground.connection
        self.catalog = ground.catalog
        self.owners = ground.owners
        self.alice = ground.people.user(ALICE)
        self.log = log
        self.relation = ground.catalog.relation(log.name)
        self.maker = ground.maker()

    def all(self) -> Iterator[Claim | Unnamed]:
        """Yield whom the entries of each function name: first truly, then with bob in one argument.

        Of a function that left no entry that names her, yield that.
        """
        if self.alice is None or self.relation is None or not self.log.columns.actor:
            return
        functions = list(self._writing(self.relation, self.alice.role))
        if not functions:
            return
        self.connection.execute("begin")
        try:
            for person in (ALICE, BOB):
                self.maker.sign_up(person)
            join(self.maker, self.relation, self.owners)
            writer = Writer(self.connection, self.log.name, self.maker, self.relation)
            for function in functions:
                yield from self._named(function, writer, self.alice)
        finally:
            self.connection.execute("rollback")

    def _writing(self, log: Relation, role: str) -> Iterator[Function]:
        """Yield the functions that a user may call and that insert into the log."""
        inserts = re.compile(
            rf"\binsert\s+into\s+(?:{word(log.schema)}\s*\.\s*)?{word(log.table)}\b", re.IGNORECASE
        )
        for function in self.catalog.functions:
            called = role in function.callers and function.kind == "function"
            named = function.arguments and all(argument.name for argument in function.arguments)
            if called and named and function.returns != "trigger" and inserts.search(plain(function.body)):
                yield function

    def _named(self, function: Function, writer: Writer, alice: Identity) -> Iterator[Claim | Unnamed]:
        last, unnamed = "nothing was found to call it with", ""
        for given in islice(self._givens(function), _TRIED):
            done = writer.run(call(function, given), alice, keep=False)
            said = self._said(done)
            if said and said in self._names(ALICE):
                yield self._claim(function, writer, alice, given, "", said)
                break
            last = f"{done.sqlstate}: {done.message}" if done.sqlstate else "it left no entry"
            if done.entries:
                unnamed = f"its entry names {said or 'nobody'}"
        else:
            yield Unnamed(self.log.name, function.signature, unnamed or last)
            return
        for argument in function.arguments:
            for lie in self._lies(argument):
                false = given | {argument.name: lie}
                told = self._said(writer.run(call(function, false), alice, keep=False))
                if told is not None:
                    yield self._claim(function, writer, alice, false, argument.name, told)

    def _givens(self, function: Function) -> Iterator[dict[str, str]]:
        """Yield values for the arguments that a function asks for: keys of alice's rows, and her own."""
        asked = function.arguments[: len(function.arguments) - function.defaults]
        keys = [*self._keys(function), str(ALICE.key("uuid")), str(ALICE.key("bigint"))]
        choices = [
            [literal(key) + f"::{one.declared}" for key in keys if _may_be(key, one)]
            or [_WORDS if one.type in _TEXTS else argument_of(one, "1")]
            for one in asked
        ]
        for values in product(*choices):
            yield {one.name: value for one, value in zip(asked, values, strict=True)}

    def _keys(self, function: Function) -> Iterator[str]:
        """Yield the keys of alice's rows in the tables that a function names."""
        said = names(function.body)
        tables = (r for r in self.catalog.relations if r.kind in TABLE_KINDS and r.table in said)
        for table in islice((r for r in tables if r.name != self.log.name and len(r.primary_key) == 1), _FEW):
            with suppress(CannotFillError):
                yield str(self.maker.make(table, ALICE).texts[table.primary_key[0]])

    def _lies(self, argument: Argument) -> Iterator[str]:
        """Yield what of bob's an argument may hold."""
        for name in self._names(BOB):
            if _may_be(name, argument) or argument.type in _TEXTS:
                yield literal(name) + f"::{argument.declared}"

    def _names(self, person: Person) -> tuple[str, ...]:
        return tuple(dict.fromkeys((str(person.key("uuid")), *names_of(person))))

    def _said(self, done: Done) -> str | None:
        """Return whom the entry of a call names; None where there is no entry, or it names nobody."""
        held = value(done.entries[0], self.log.columns.actor) if done.entries else None
        return None if held is None else str(held)

    def _claim(
        self,
        function: Function,
        writer: Writer,
        alice: Identity,
        given: dict[str, str],
        argument: str,
        said: str,
    ) -> Claim:
        lie = next((name for name in self._names(BOB) if name == said), BOB.uuid) if argument else ""
        return Claim(
            table=function.signature,
            log=self.log.name,
            who=alice.name,
            about=f"the argument {argument}" if argument else "",
            field="the actor",
            truth=() if argument else self._names(ALICE),
            lie=lie,
            said=said,
            sql=writer.script(call(function, given), None, alice.script(), first=False),
            deed="call",
        )


def call(function: Function, given: dict[str, str]) -> str:
    """Return the statement that calls a function with these arguments."""
    listed = ", ".join(f"{identifier(name)} => {value}" for name, value in given.items())
    return f"select {function.name}({listed})"


def _may_be(key: str, argument: Argument) -> bool:
    """Whether an argument may hold a key."""
    return is_number(argument) if key.isdigit() else argument.type == "uuid" and len(key) == len(ALICE.uuid)
