"""What follows a row of one's own making: it is accepted, opened or joined by its key, or by what it says."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.climbing.action import WRITES, Action
from pytest_readiness.gather.attacks.codes import is_capability
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.meanings import compared, family, naming
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values

_KEY = "readiness: the key of the row before"


class Sequels:
    """Lists what bob may do with a row that he has just made.

    Attributes:
        referring: Tables whose rows decide, by each that they refer to.
        functions: That look at such rows.
    """

    def __init__(self, field: Field, relations: Iterable[Relation], functions: Iterable[Function]) -> None:
        self.field = field
        self.forger = Forger(field)
        self.role = field.cast.user(BOB).role
        self.referring: dict[str, list[Relation]] = defaultdict(list)
        for relation in relations:
            for target in {key.target for key in relation.foreign_keys if relation.kind in TABLE_KINDS}:
                self.referring[target].append(relation)
        self.functions = [f for f in functions if self.role in f.callers and WRITES.search(f.body)]

    def all(self, allowed: Iterable[Action]) -> Iterator[Action]:
        """Yield what comes after each action, of one table after another in turn."""
        firsts: dict[str, list[Action]] = defaultdict(list)
        for first in allowed:
            firsts[first.subject].append(first)
        lots = (itertools.chain.from_iterable(map(self._of, made)) for made in firsts.values())
        yield from (action for lot in itertools.zip_longest(*lots) for action in lot if action)

    def _of(self, first: Action) -> Iterator[Action]:
        """Yield the action with what comes after it, by the key of its row or by what that says."""
        made = self.field.catalog.relation(first.subject)
        if made is None or not first.row:
            return
        for function in self.functions:
            reach = self.field.texts.function_reach(function)
            for steps in self._called(made, function, first) if made.name in reach else ():
                yield self._then(first, function.signature, steps, reach)
        for relation in self.referring.get(made.name, ()) if first.key else ():
            for step in self._inserts(made, relation, first.key):
                touches = self.field.texts.touched_by(relation.name)
                yield self._then(first, relation.name, (*first.steps, step), touches)

    @staticmethod
    def _then(first: Action, subject: str, steps: tuple[str, ...], touches: frozenset[str]) -> Action:
        return Action(subject, steps, first.touches | touches, first.before)

    def _called(self, made: Relation, function: Function, first: Action) -> Iterator[tuple[str, ...]]:
        """Yield the row with calls that name it by what it says, by its key, and by both."""
        row = self._told_apart(made, function, dict(first.row))
        again = first.steps if row == dict(first.row) else (insert_sql(made, row),)
        for own in self.field.arguments.own(function):
            arguments = function.arguments[: len(own)]
            said = [_chosen(function, argument, made, row) for argument in arguments]
            named = tuple(text or mine for text, mine in zip(said, own, strict=True))
            if named != own:
                yield (*again, call_sql(function, named))
            for place, key in _keyed(arguments, made, first.key):
                for given in dict.fromkeys((own, named) if again == first.steps else (own,)):
                    yield (*first.steps, call_sql(function, (*given[:place], key, *given[place + 1 :])))

    def _told_apart(self, made: Relation, function: Function, row: Values) -> Values:
        """Return the row with codes of its own, where a function looks it up by what others may say too."""
        said = {name for argument in function.arguments for name in compared(plain(function.body), argument)}
        kept = self.field.key_columns(made) | {*made.primary_key}
        codes = (c for c in made.columns if c.name in said - kept and is_capability(made, c))
        return row | {c.name: self.forger.fresh(c, made, value) for c in codes if (value := row.get(c.name))}

    def _inserts(self, made: Relation, relation: Relation, key: str) -> Iterator[str]:
        held, mine = relation.privileges.get(self.role), self.forger.model(relation, BOB)
        if not held or not held.insert or mine is None:
            return
        for reference in relation.foreign_keys:
            if reference.target != made.name or made.primary_key[0] not in reference.target_columns:
                continue
            name = reference.columns[reference.target_columns.index(made.primary_key[0])]
            row = {n: v for n, v in (mine | {name: _KEY}).items() if n in held.insert}
            yield insert_sql(relation, row).replace(literal(_KEY), key)


def _keyed(arguments: Iterable[Argument], made: Relation, key: str) -> list[tuple[int, str]]:
    """Return the places of arguments that may take the key of a row, with it."""
    kind = next((c.type for c in made.columns if (c.name,) == made.primary_key), "")
    return [(at, f"{key}::{one.declared}") for at, one in enumerate(arguments) if key and one.type == kind]


def _chosen(function: Function, argument: Argument, made: Relation, row: Values) -> str:
    """Return what a new row says by which a function may look it up, for an argument; empty if nothing does.

    The body compares the two, or the argument is called like a column that tells rows apart.
    """
    if named := naming(function, argument, made, row):
        return named
    alone = {name for columns in made.unique if len(columns) == 1 for name in columns}
    for column in made.columns:
        telling = column.name in alone or is_capability(made, column)
        alike = column.name in argument.name and family(column.type) == family(argument.type)
        value = row.get(column.name) if telling and alike else None
        if value is not None:
            return f"{literal(value)}::{argument.declared}"
    return ""
