"""Calls, as clients, whatever reaches a log, and looks whether entries went or say something else."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.trail.altering import came_to_it
from pytest_readiness.gather.trail.diversions import argument_of, is_number, script
from pytest_readiness.gather.trail.growing import entries_of_rows
from pytest_readiness.gather.trail.writer import batch, difference
from pytest_readiness.judges.kept_entries import rewritten
from pytest_readiness.judges.lexis import plain, word
from pytest_readiness.judges.texts import texts_of
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.audit import Log
    from pytest_readiness.evidence.catalog import Argument, CatalogEvidence, Function, Relation
    from pytest_readiness.gather.trail.people import People
    from pytest_readiness.target.identities import Identity

_CALLS = 24
"""Of each function, as each client."""
_SHOWN = 3
"""How many entries lend their values to arguments."""
_SHORT = 60
_HUNG = "57014"
_TIMES = {
    "interval": ("'0 seconds'", "'-1000 years'"),
    "date": ("date 'today' + 365000", "date 'today'"),
    "timestamp with time zone": ("now() + interval '1000 years'", "now()"),
    "timestamp without time zone": ("localtimestamp + interval '1000 years'", "localtimestamp"),
    "boolean": ("true", "false"),
}


class Erasures:
    """Calls of the functions that reach one log, in a transaction that the caller rolls back.

    What the backend or the owner of the log calls is how entries end that have been kept long enough.

    Args:
        people: Who call.
        connection: Of a superuser, in a transaction.
        catalog: Of the target.
        log: With an entry at least.
        audited: The tables that it tells of.
        parts: Names of the partitions of the log.
    """

    def __init__(
        self,
        people: People,
        connection: psycopg.Connection,
        catalog: CatalogEvidence,
        log: Log,
        audited: Sequence[Relation],
        parts: Sequence[str] = (),
    ) -> None:
        self._connection = connection
        self._catalog = catalog
        self._log = log
        self._rows = {column.name for relation in audited for column in relation.columns}
        self._places = {log.name, *parts}
        callers = (people.anonymous(), people.user(BOB), people.user(ALICE))
        self._callers = [caller for caller in callers if caller is not None]

    def all(self) -> Iterator[Attempt]:
        """Yield what came of the calls of each function, for the first client that it served."""
        texts = texts_of(self._catalog)
        for function in self._catalog.functions:
            callers = [caller for caller in self._callers if caller.role in function.callers]
            runs = function.kind in {"function", "procedure"} and function.volatility == "volatile"
            reaches = runs and self._places & texts.function_reach(function)
            if callers and reaches and function.returns != "trigger":
                attempt = self._called(function, callers)
                if attempt.tried or self._destroys(function):
                    yield attempt

    def _destroys(self, function: Function) -> bool:
        """Whether a function is there to alter entries; others only leave some, as they change a table."""
        own = self._catalog.relation(self._log.name)
        table = own.table if own else ""
        said = (
            rf"\b(?:delete\s+from|truncate(?:\s+table)?|update)\s+(?:only\s+)?(?:\w+\s*\.\s*)?{word(table)}\b"
        )
        return bool(re.search(said, plain(function.body), re.IGNORECASE))

    def _called(self, function: Function, callers: Sequence[Identity]) -> Attempt:
        deed = f"a call of {function.signature}"
        best = Attempt(deed, callers[0].name, done=False, detail="nothing to try", sql="", tried=False)
        for caller in callers:
            for given in islice(self._givens(function), _CALLS):
                sql = f"{'call' if function.kind == 'procedure' else 'select'} {function.name}({given})"
                done, said, state = self._try(sql, caller)
                shown, came = script(sql, caller), came_to_it(state)
                attempt = Attempt(deed, caller.name, done, said, shown, client=True, tried=came)
                if done:
                    return attempt
                best = best if best.tried else attempt
                if state == _HUNG:
                    break
        return best

    def _try(self, sql: str, caller: Identity) -> tuple[bool, str, str]:
        """Return whether a call took or altered entries, what came of it, and the SQLSTATE of a refusal."""
        self._connection.execute("savepoint call")
        before = self._entries()
        try:
            self._connection.execute(batch(sql, caller).encode())
            lost, added = difference(before, self._entries())
        except psycopg.Error as error:
            said = (error.diag.message_primary or str(error)).splitlines()[0]
            return False, f"{error.sqlstate}: {said}", error.sqlstate or ""
        finally:
            self._connection.execute("rollback to call")
        gone = rewritten(self._log, lost, added, self._rows)
        return bool(gone), "entries went or changed" if gone else "nothing changed", ""

    def _entries(self) -> Counter[str]:
        entries = entries_of_rows(self._catalog, self._log.name)
        found = self._connection.execute(f"select entry::text from ({entries}) l".encode())
        return Counter(text for (text,) in found.fetchall())

    def _givens(self, function: Function) -> Iterator[str]:
        """Yield lists of arguments: all that there are, then only those that have to be given."""
        found = self._connection.execute(
            f"select to_jsonb(t.*) from {self._log.name} t limit {_SHOWN}".encode()
        )
        entries = [entry for (entry,) in found.fetchall()]
        choices = [list(_choices(argument, entries)) for argument in function.arguments]
        asked = len(choices) - function.defaults
        for some in dict.fromkeys((len(choices), asked)):
            yield from map(", ".join, product(*choices[:some]))


def _choices(argument: Argument, entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield values for an argument: those that take in most of all first, then values of entries."""
    for told in _TIMES.get(argument.type, ()):
        yield f"({told})::{argument.declared}"
    if argument.type in _TIMES:
        return
    held = dict.fromkeys(value for entry in entries for value in entry.values() if _fits(value, argument))
    kind = argument.declared
    if argument.type.endswith("[]"):
        yield f"array[{', '.join(literal(str(value)) for value in held)}]::{kind}"
        return
    if is_number(argument):
        yield from (f"{number}::{kind}" for number in ("0", *map(str, held), "1000000"))
        return
    yield from (f"{literal(str(value))}::{kind}" for value in held)
    if argument.type == "uuid":
        yield f"{literal(BOB.uuid)}::{kind}"
    yield argument_of(argument, "0")


def _fits(value: object, argument: Argument) -> bool:
    """Whether a value of an entry may stand for an argument, or in it."""
    kind = argument.type.removesuffix("[]")
    if kind in {"bigint", "integer", "smallint", "numeric"}:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "uuid":
        return isinstance(value, str) and len(value) == len(ALICE.uuid) and value.count("-") == 4  # noqa: PLR2004
    return kind in {"text", "character varying", "name"} and isinstance(value, str) and len(value) < _SHORT
