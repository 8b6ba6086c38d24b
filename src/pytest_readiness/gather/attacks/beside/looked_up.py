"""Puts objects of one's own where functions with their owner's rights look for names."""

from __future__ import annotations

import functools
import itertools
import json
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, UNCOUNTED, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.climbing.actions import Actions
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.judges.sql.paths import has_path, searched_by
from pytest_readiness.target.identities import SUPERUSER
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.climbing.action import Action
    from pytest_readiness.gather.attacks.field import Field

_PROBE = "readiness_probe"
_RELATIONS, _CALLS = 20, 4
_ACTIONS = 60
"""Tables that are tried in one schema; once bob made something there, it fails without them too."""

_TEMPORARY, _NEAREST = "pg_temp", 24
"""The schema of the session's own tables, and how many are tried in it."""

_ANEW = f"{UNCOUNTED}discard plans"
"""A plan that is kept for the connection knows nothing of a table that is nearer by now."""


class LookedUp:
    """Makes tables and functions in the schemas of search paths, where bob may."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)
        self.actions = Actions(field)
        self._read_by: dict[str, list[Relation]] = {}

    def all(self) -> Iterator[Assault]:
        """Try each schema once, and where bob may create in it, by which table the most comes out."""
        look = f"{QUERY}select nspname::text from pg_namespace"
        there = {*self.field.runner.one(Attempt(SUPERUSER, (look,))).rows}
        searched: dict[str, list[Function]] = {}
        for function in self.field.catalog.functions:
            for name in searched_by(function) if function.definer else ():
                # Another check puts tables into pg_temp, and the server looks there for no function.
                if name in there and name != _TEMPORARY:
                    searched.setdefault(name, []).append(function)
        yield from self._nearest()
        for schema, functions in sorted(searched.items()):
            yield Assault(
                f"{schema}: names that others look for", "LOOK", 1, tuple(self._made(schema, functions))
            )

    def _nearest(self) -> Iterator[Assault]:
        """Try temporary tables: they are found first wherever a path says nothing of them.

        Only who runs SQL of his own makes any. Where users do, another check tells of it.
        """
        pinned = [f for f in self.field.catalog.functions if f.definer and _says_nothing(f)]
        if pinned and not self.field.target.logins:
            harm = next(self._captured(_TEMPORARY, pinned, _NEAREST), None)
            yield Assault(f"{_TEMPORARY}: names that others look for", "LOOK", 1, (harm,) if harm else ())

    def _made(self, schema: str, functions: list[Function]) -> Iterator[Harm]:
        """Yield what comes out by way of a table; else that one could be made, or a function."""
        place = f"{identifier(schema)}.{_PROBE}"
        step = f"create function {place}() returns int language sql as 'select 1'"
        if self.field.runner.one(Attempt(self.bob, (step,))).state:
            return
        if harm := next(self._captured(schema, functions), None):
            yield harm
            return
        signature = functions[0].signature
        what = f"a function or table of one's own in {schema}, where {signature} looks for names"
        script = self.field.script(signature, self.bob, (step,), "select 1")
        yield Harm(BOB.name, "residual", signature, "its owner", what, script)

    def _captured(self, schema: str, functions: list[Function], most: int = _ACTIONS) -> Iterator[Harm]:
        """Yield what comes out by tables, one of each function before a second of any."""
        abreast = itertools.zip_longest(*(self._tables(schema, function) for function in functions))
        tables = (one for row in abreast for one in row if one)
        calls = functools.cache(lambda function: (*self._calls(function),))
        for function, action in itertools.islice(tables, most):
            yield from self._shown(schema, function, action, calls(function))

    def _tables(self, schema: str, function: Function) -> Iterator[tuple[Function, Action]]:
        path = searched_by(function)
        for action in self.actions.shadowing(function, schema):
            (name,) = action.touches
            taken = self.field.catalog.relation(name)
            # What no path names comes before all that it names.
            later = path[path.index(schema) + 1 :] if schema in path else path
            if taken and taken.schema in later:
                yield function, action

    def _shown(
        self, schema: str, function: Function, action: Action, calls: tuple[str, ...]
    ) -> Iterator[Harm]:
        """Yield what bob reads of others once a table of his stands for the real one."""
        (name,) = action.touches
        table = f"a table of one's own in {schema} for {name}, where {function.signature} looks for that name"
        attempts = [
            *(Attempt(self.bob, (_ANEW, *action.steps, read(r)), about=r) for r in self._reading(name)),
            *(Attempt(self.bob, (_ANEW, *action.steps, call)) for call in calls),
        ]
        for attempt, outcome in self.field.runner.run(attempts):
            told = "" if outcome.state else self._told(attempt, outcome.rows)
            if told:
                through = (
                    f"and then read {told} in {attempt.about.name}" if attempt.about else f"and get {told}"
                )
                script = self.field.script(name, self.bob, attempt.steps, "select 1")
                what = f"{table}, {through}"
                yield Harm(BOB.name, "residual", function.signature, ALICE.name, what, script)

    def _told(self, attempt: Attempt, rows: tuple[str, ...]) -> str:
        """Return a text of others that came out, and does not without the table."""
        if attempt.about:
            rows = tuple(r for r in rows if self.field.recognition.foreign(attempt.about, json.loads(r), BOB))
        marks = self.field.recognition.canaries_of_others("\n".join(rows), BOB)
        if not marks:
            return ""
        without = self.field.runner.one(Attempt(self.bob, attempt.steps[-1:])).rows
        return next((f"`{mark}`" for mark in marks if mark not in "\n".join(without)), "")

    def _reading(self, name: str) -> list[Relation]:
        """Return what bob may read whose reading looks at a relation."""
        if name not in self._read_by:
            found = (
                relation
                for relation in self.field.catalog.relations
                if self.bob.role in relation.readable
                and relation.name != name
                and name in self.field.texts.depends_on(relation.name)
            )
            self._read_by[name] = list(itertools.islice(found, _RELATIONS))
        return self._read_by[name]

    def _calls(self, function: Function) -> Iterator[str]:
        if (
            function.kind == "function"
            and function.returns != "trigger"
            and self.bob.role in function.callers
        ):
            for given in self.field.arguments.calls(function, _CALLS):
                yield call_sql(function, given)


def _says_nothing(function: Function) -> bool:
    """Whether a function has a path of its own, without the place of temporary tables in it."""
    return has_path(function) and _TEMPORARY not in searched_by(function)
