"""Makes rows that say of themselves that somebody approved them, where only others may say so afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.changes import Changes
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.states import change, dropped, taken_away, words_of
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.isolation.mechanisms import of_relation
from pytest_readiness.judges.purpose.approval_words import is_made_by_its_owner, verdict
from pytest_readiness.judges.sql.lexis import strings
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Policy, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field

_RAISED = "P0001"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """A column of a table in which a row of bob's waits, and what it would say then."""

    relation: Relation
    column: Column
    waits: str
    given: str
    mine: SyntheticRow


class Approved:
    """Tries tables whose policies ask of a new row no more than whose it is."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self.changes = Changes(self.forger)
        self.bob = field.cast.user(BOB)

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield the tables in which he gives himself what he may not take later."""
        for relation in relations:
            for one in self._verdicts(relation):
                if self._approves_himself(one) and not self._may_later(one) and self._is_for_others(one):
                    yield Assault(relation.name, "ESCALATE", 2, (self._harm(one),))
                    break

    def _verdicts(self, relation: Relation) -> Iterator[_Verdict]:
        held, owned = relation.privileges.get(self.bob.role), self.field.owners.owned.get(relation.name)
        mine = self.field.population.row(relation.name, BOB.name)
        if relation.kind not in TABLE_KINDS or not (relation.rls and held and owned and mine and mine.where):
            return
        known = self.field.owners.owned
        keys = (name for key in relation.foreign_keys if key.target in known for name in key.columns)
        whose = {*owned.users, *keys}
        if relation.name in self.field.owners.people or not is_made_by_its_owner(relation, whose):
            return
        for column in relation.columns:
            if column.name in held.insert and (
                column.type == "boolean" or column.kind == "e" or holds_text(column)
            ):
                words = words_of(self.field, relation, column) if column.type != "boolean" else ()
                if said := verdict(column, words):
                    yield _Verdict(relation, column, *said, mine)

    def _insert(self, one: _Verdict, value: str) -> Attempt:
        """Return the attempt to make a row like his own, which is not there then."""
        held = one.relation.privileges[self.bob.role]
        row = (self.forger.model(one.relation, BOB) or {}) | {one.column.name: value}
        gone = taken_away(one.relation.name, one.mine)
        before = (*self.changes.unreferenced(one.relation, one.mine), *gone)
        step = insert_sql(one.relation, {name: text for name, text in row.items() if name in held.insert})
        return Attempt(self.bob, (step,), (one.relation.name,), before=before)

    def _approves_himself(self, one: _Verdict) -> bool:
        tried = self.field.from_states([self._insert(one, value) for value in (one.waits, one.given)])
        came = [_said(one, outcome) for _, outcome, control in tried if not control.state]
        return came == [one.waits, one.given]

    def _may_later(self, one: _Verdict) -> bool:
        """Whether he may say so of a row that waits, or was stopped by no rule for that."""
        outcome = self._updated(one, one.given)
        return not _is_refused(outcome)

    def _updated(self, one: _Verdict, value: str, without: Iterable[Policy] = ()) -> Outcome:
        """Return what came of his update while his row waits, with only some of the policies.

        It names no column but the one that is set, so that no policy for reading takes part.
        """
        state = change(one.relation.name, one.column, one.waits, one.mine)
        step = f"update {one.relation.name} set {one.column.quoted} = {literal(value)}"
        before = (*dropped(one.relation, without), *state.statements)
        return self.field.runner.one(Attempt(self.bob, (step,), before=before))

    def _is_for_others(self, one: _Verdict) -> bool:
        """Whether a policy lets others change such rows, or a function says that word for its caller."""
        policies = [p for p in one.relation.policies if p.permissive and p.command in {"UPDATE", "ALL"}]
        meant = {"public", *self.field.clients}
        for policy in (policy for policy in policies if meant & {*policy.roles}):
            alone = [other for other in policies if other is not policy]
            if _is_refused(self._updated(one, one.waits, alone)):
                return True
        return any(
            function.definer
            and function.callers
            and one.given in strings(function.body)
            and one.relation.name in self.field.texts.changed_by(function)
            for function in self.field.catalog.functions
        )

    def _harm(self, one: _Verdict) -> Harm:
        attempt, name, column = self._insert(one, one.given), one.relation.name, one.column.name
        said, waits = (f"{column} = {literal(value)}" for value in (one.given, one.waits))
        script = self.field.script(name, self.bob, attempt.steps, before=attempt.before)
        by = of_relation(self.field.catalog, one.relation, "INSERT")
        mend = f"Let WITH CHECK of {name} ask for {waits} in new rows, or let clients not write {column}."
        return Harm(BOB.name, "approved", name, BOB.name, said, script, by, mend)


def _is_refused(outcome: Outcome) -> bool:
    return outcome.state in {REFUSED, _RAISED} or not (outcome.state or outcome.touched)


def _said(one: _Verdict, outcome: Outcome) -> str:
    """Return what a new row says after all: a trigger may put in its place what it should be."""
    change_of = outcome.changed.get(one.relation.name) if not outcome.state else None
    values = [row.get(one.column.name) for row in (change_of.new if change_of else ())]
    return str(values[0]).lower() if len(values) == 1 and isinstance(values[0], bool) else str(*values[:1])
