"""Deletes rows that name no owner, and gives them other keys, while a row of alice's hangs on one."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS, Privileges
from pytest_readiness.evidence.people import ALICE, BOB, NOBODY
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.hanging import Hangers, referred
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.refusals import found_by, insert_sql, where
from pytest_readiness.judges.isolation.cascades import chains, following
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.judges.isolation.cascades import Chain


_TAKEN = "23505"

_MOST, _CALLS = 2000, 60
"""Attempts in all, and calls of one function."""

_DELETES = re.compile(r"\b(?:delete|execute)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Hung:
    """A row of hers that hangs on one without owner.

    Attributes:
        shown: The relation by which that one is reached: its table, or a view of it.
        verb: What bob tries on it.
        shared: That one.
        chain: How hers hangs on it.
        row: Hers, as it is then.
        refers: The columns by which it hangs there, as texts of literals.
    """

    shown: Relation
    verb: str
    shared: SyntheticRow
    chain: Chain
    row: dict[str, Any]
    refers: Values


class Commons:
    """Tries the tables whose rows may name no owner: defaults, say, that every tenant sees and refers to.

    Nobody is harmed where such a row is changed by itself: whoever takes up a task that is nobody's may. What
    alice hung on it is hers all the same.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob, self.alice = field.cast.user(BOB), field.cast.user(ALICE)
        self.forger, self.hangers = Forger(field), Hangers(field)

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield for each such table, and for each verb, what became of what hangs on its rows."""
        attempts = (one for relation in relations for one in self._of(relation))
        tried = self.field.from_states(itertools.islice(attempts, _MOST))
        for (name, verb), of_one in itertools.groupby(
            tried, lambda one: (one[0].about.shown.name, one[0].about.verb)
        ):
            harms = [harm for attempt, came, _ in of_one for harm in self._harms(attempt, came)]
            if harms:
                yield Assault(name, verb, 1, tuple(harms[:1]))

    def of_function(self, function: Function) -> Iterator[Harm]:
        """Yield what bob does to what hangs on such a row by a function to which he gives its key.

        Args:
            function: That is called.
        """
        reach = (
            self.field.catalog.relation(name) for name in sorted(self.field.texts.function_reach(function))
        )
        calls = (
            Attempt(
                self.bob, (call_sql(function, given),), (chain.last.child.name,), about, (*before, *moves)
            )
            for parent in reach
            if parent and parent.kind in TABLE_KINDS and _DELETES.search(function.body)
            for shared, before in self._shared(parent)
            for given in self._given(function, parent, shared)
            for chain in chains(self.field.catalog, parent)
            for about, moves in self._hung(parent, "CALL", shared, chain)
        )
        for attempt, outcome, _ in self.field.from_states(itertools.islice(calls, _CALLS)):
            yield from self._harms(attempt, outcome)

    def _given(self, function: Function, parent: Relation, shared: SyntheticRow) -> Iterator[tuple[str, ...]]:
        """Yield arguments: the key of a row in one place, and what is bob's in all others."""
        column = parent.column(parent.primary_key[0]) if len(parent.primary_key) == 1 else None
        own = next(self.field.arguments.own(function))
        for place, argument in enumerate(function.arguments):
            if column and family(argument.type) == family(column.type):
                key = f"{literal(shared.texts[column.name])}::{argument.declared}"
                yield (*own[:place], key, *own[place + 1 :])

    def _of(self, shown: Relation) -> Iterator[Attempt]:
        """Yield what bob may try on a relation: a table, or a view of one."""
        held = shown.privileges.get(self.bob.role, Privileges())
        of_view = shown.kind not in TABLE_KINDS
        below = sorted(self.field.texts.touched_by(shown.name)) if of_view else [shown.name]
        tables = [table for name in below if (table := self.field.catalog.relation(name))]
        for parent in tables if held.update or "delete" in held.others else ():
            for shared, before in self._shared(parent) if parent.kind in TABLE_KINDS else ():
                for verb, chain, steps in self._changes(shown, parent, held, shared):
                    hung = self._hung(shown, verb, shared, chain)
                    for step, (about, moves) in itertools.product(steps, hung):
                        yield Attempt(self.bob, (step,), (chain.last.child.name,), about, (*before, *moves))

    def _shared(self, parent: Relation) -> Iterator[tuple[SyntheticRow, tuple[str, ...]]]:
        """Yield a row that names no owner, with what a superuser does to make it of one that does."""
        owned, population = self.field.owners.owned.get(parent.name), self.field.population
        if owned is None:
            return
        row, mine = population.row(parent.name, NOBODY.name), population.row(parent.name, BOB.name)
        if row and row.where and not self.field.labels.of(parent.name, row.stored):
            yield row, ()
        elif mine and mine.where:
            naming = owned.columns or (owned.via.columns if owned.via else ())
            columns = [column for name in naming if (column := parent.column(name))]
            if columns and not any(column.not_null or column.generated for column in columns):
                free = ", ".join(f"{column.quoted} = null" for column in columns)
                change = f"update {parent.name} set {free} where {mine.where}"
                yield _without(parent, mine, naming), (QUIETLY, change, AS_EVER)

    def _changes(
        self, shown: Relation, parent: Relation, held: Privileges, shared: SyntheticRow
    ) -> Iterator[tuple[str, Chain, list[str]]]:
        """Yield what bob may try, by what hangs on the row."""
        condition = _found(shown, parent, shared)
        found = [f" where {condition}"] if condition else []
        if "delete" in held.others:
            # Where he does not see the row, no condition of his finds it.
            deletes = [f"delete from {shown.name}{those}" for those in (*found, "")]
            for chain in chains(self.field.catalog, parent):
                yield "DELETE", chain, deletes
        mine = self.forger.owner_keys(parent, BOB)
        taken = {name: value for name, value in mine.items() if name in held.update}
        for chain in following(self.field.catalog, parent) if shown is parent else ():
            key = self._renamed(parent, shared, {*chain.last.key.target_columns} & {*held.update})
            changes = [key, key | taken] if key and taken else [key]
            updates = [
                f"update {parent.name} set {_assigned(parent, change)}{those}"
                for change, those in itertools.product(changes, found)
                if change
            ]
            yield "UPDATE", chain, updates

    def _renamed(self, parent: Relation, shared: SyntheticRow, names: set[str]) -> Values:
        """Return another key for a row, of those columns that bob may set."""
        columns = [c for name in sorted(names) if (c := parent.column(name)) and not c.generated]
        fresh = ((c.name, self.forger.fresh(c, parent, shared.texts.get(c.name) or "")) for c in columns)
        return {name: value for name, value in fresh if value is not None}

    def _hung(
        self, shown: Relation, verb: str, shared: SyntheticRow, chain: Chain
    ) -> Iterator[tuple[_Hung, tuple[str, ...]]]:
        """Yield a row of hers that is hers wherever it hangs, with what makes it hang there."""
        rows = {chain.links[0].key.target: shared}
        for link in chain.between:
            if between := self._between(link.child):
                rows[link.child.name] = between
        name = chain.last.child.name
        hers = self.field.population.row(name, ALICE.name)
        if hers is None or not hers.where or len(rows) < len(chain.links):
            return
        above = rows[chain.last.key.target]
        row, refers = hers.stored | referred(chain.last, above.stored), referred(chain.last, above.texts)
        moves = self.hangers.hung(chain, rows | {name: hers})
        if moves:
            yield _Hung(shown, verb, shared, chain, row, refers), moves

    def _between(self, relation: Relation) -> SyntheticRow | None:
        """Return a row that may hang on one without owner, and is nobody's either."""
        owned, population = self.field.owners.owned.get(relation.name), self.field.population
        holder = NOBODY if owned and owned.columns else BOB
        row = population.row(relation.name, holder.name)
        return row if row and row.where else None

    def _harms(self, attempt: Attempt, outcome: Outcome) -> Iterator[Harm]:
        """Yield what became of her row, if it may come to that."""
        about = attempt.about
        child = about.chain.last.child
        done = () if outcome.state else self.field.harms(attempt, outcome, BOB)
        for harm in done:
            if harm.relation == child.name and self._may_hang(attempt):
                script = self._script(attempt)
                yield replace(harm, what=f"{harm.what}, which refers to a row without an owner", sql=script)

    def _script(self, attempt: Attempt) -> str:
        """Return what a person pastes: the row without owner is made first."""
        child, shared = attempt.about.chain.last.child, attempt.about.shared
        known = self.field.setup(child.name, self.field.texts.staged(attempt.steps))
        made = (statement.removesuffix(";") for statement in shared.setup if statement not in known)
        return self.field.script(child.name, self.bob, attempt.steps, before=(*made, *attempt.before))

    def _may_hang(self, attempt: Attempt) -> bool:
        """Whether alice reads the row without owner and hers, and may let hers refer to it, if she writes."""
        about = attempt.about
        child = about.chain.last.child
        if self.alice.role not in about.shown.readable or self.alice.role not in child.readable:
            return False
        keyed = {name: about.row.get(name) for name in child.primary_key}
        parent = self.field.catalog.relation(about.chain.links[0].key.target)
        condition = _found(about.shown, parent, about.shared) if parent else ""
        looks = (read(about.shown, condition), read(child))
        (_, shown), (_, hers) = self.field.runner.run(
            Attempt(self.alice, (look,), before=attempt.before) for look in looks
        )
        seen = any(keyed.items() <= json.loads(text).items() for text in hers.rows)
        return bool(shown.rows) and seen and self._may_refer(attempt)

    def _may_refer(self, attempt: Attempt) -> bool:
        """Whether alice may write what refers there; what she may not write is written for her."""
        child, refers = attempt.about.chain.last.child, attempt.about.refers
        held, model = child.privileges.get(self.alice.role), self.forger.model(child, ALICE)
        hers = self.field.population.row(child.name, ALICE.name)
        writes = []
        if held and model and refers.keys() <= {*held.insert}:
            row = {name: value for name, value in (model | refers).items() if name in held.insert}
            writes.append(insert_sql(child, row))
        if held and hers and refers.keys() <= {*held.update}:
            writes.append(f"update {child.name} set {_assigned(child, refers)} where {hers.where}")
        came = self.field.runner.run(Attempt(self.alice, (sql,), before=attempt.before) for sql in writes)
        states = [outcome.state for _, outcome in came if outcome.touched or outcome.state]
        return not writes or any(state in {"", _TAKEN} for state in states)


def _without(relation: Relation, row: SyntheticRow, names: Iterable[str]) -> SyntheticRow:
    """Return a row as it is once it names no owner."""
    empty = dict.fromkeys(names)
    texts = row.texts | empty
    return replace(row, stored=row.stored | empty, texts=texts, where=found_by(relation, texts))


def _found(shown: Relation, parent: Relation, row: SyntheticRow) -> str:
    """Return the condition that finds a row, by what a view shows of its key too."""
    keyed = {name: row.texts[name] for name in parent.primary_key if shown.column(name)}
    return row.where if shown is parent else where(shown, keyed)


def _assigned(relation: Relation, values: Values) -> str:
    columns = (column for column in relation.columns if column.name in values)
    return ", ".join(f"{column.quoted} = {literal(values[column.name])}" for column in columns)
