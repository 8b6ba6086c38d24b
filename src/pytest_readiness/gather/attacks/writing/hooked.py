"""Puts triggers of bob's on tables of all, and sees what becomes of a row that alice writes then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.writing.write_results import is_beside
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger

_PROBE = "pg_temp.readiness_probe"
_SAID = "what bob's trigger says"
_NUMBER, _NUMBERS = "27183", ("integer", "bigint", "smallint")
_COLUMNS = 4
_BACK = ("set local session authorization default", "set local role none")


@dataclass(frozen=True, slots=True)
class _Hook:
    """A column that a trigger sets, while alice writes a row of hers."""

    relation: Relation
    column: Column


@dataclass(frozen=True)
class Hooked:
    """Tries the tables on which bob may put triggers because somebody let him.

    Where the platform grants that on every table, its API has no word for it: another check notes it.
    """

    field: Field
    forger: Forger

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what became of a row of hers, once for each table."""
        found: dict[str, Harm] = {}
        attempts = [attempt for one in relations if self._is_let(one) for attempt in self._attempts(one)]
        for attempt, outcome, _ in self.field.from_states(attempts):
            name = attempt.about.relation.name
            if name not in found and self._is_his(attempt.about, outcome):
                found[name] = self._harm(attempt)
        for name in dict.fromkeys(attempt.about.relation.name for attempt in attempts):
            yield Assault(name, "UPDATE", 1, (found[name],) if name in found else ())

    def _is_let(self, relation: Relation) -> bool:
        """Whether bob holds it because somebody gave it to him, and not to all whom the API lets in.

        What callers without a user hold as well is what the platform gives on every table, written out.
        """
        bob, holders = self.field.cast.user(BOB).role, {*self._holders(relation)}
        if bob not in holders or relation.kind not in TABLE_KINDS:
            return False
        for_all = bool(self.field.target.profile.clients) and holders >= {*self.field.target.profile.clients}
        owned = relation.name in self.field.owners.owned
        return owned and not for_all and not is_beside(self.field, "TRIGGER", relation.name, bob)

    def _attempts(self, relation: Relation) -> Iterator[Attempt]:
        """Yield a write of hers for each column that says something, below a trigger of his."""
        alice = self.field.cast.user(ALICE)
        keys = self.field.key_columns(relation) | {*relation.primary_key}
        said = [c for c in relation.columns if c.writable and c.name not in keys and _value(c)]
        bob = self.field.cast.user(BOB).script().rstrip(";")
        for column in sorted(said, key=lambda one: not holds_text(one))[:_COLUMNS]:
            body = f"begin new.{column.quoted} := {_value(column)}; return new; end"
            function = f"create function {_PROBE}() returns trigger language plpgsql as {literal(body)}"
            trigger = (
                f"create trigger readiness_probe before insert or update on {relation.name} "
                f"for each row execute function {_PROBE}()"
            )
            for deed in self._deeds(relation):
                before = (bob, function, trigger, *_BACK)
                yield Attempt(alice, (deed,), (relation.name,), _Hook(relation, column), before)

    def _deeds(self, relation: Relation) -> Iterator[str]:
        """Yield a row that alice makes, and one of hers that she writes again."""
        held = relation.privileges.get(self.field.cast.user(ALICE).role)
        model, row = self.forger.model(relation, ALICE), self.field.population.row(relation.name, ALICE.name)
        if held and model and held.insert:
            yield insert_sql(relation, {name: said for name, said in model.items() if name in held.insert})
        settable = [c for c in relation.columns if held and c.name in held.update and c.writable]
        if row and row.where and settable:
            yield f"update {relation.name} set {settable[0].quoted} = {settable[0].quoted} where {row.where}"

    def _is_his(self, hook: _Hook, outcome: Outcome) -> bool:
        """Whether a row of hers says what his trigger put there."""
        change = outcome.changed.get(hook.relation.name)
        if outcome.state or not change:
            return False
        hers = {ALICE.name, *(tenant.name for tenant in ALICE.tenants)}
        return any(
            str(row.get(hook.column.name)) == _shown(hook.column)
            and hers & self.field.labels.of(hook.relation.name, row)
            for row in change.new
        )

    def _harm(self, attempt: Attempt) -> Harm:
        relation, column = attempt.about.relation, attempt.about.column
        script = self.field.script(relation.name, attempt.actor, attempt.steps, before=attempt.before)
        what = f"{column.name} says `{_shown(column)}` as soon as she writes it, by a trigger that he made"
        by = f"TRIGGER is granted on {relation.name}: what he puts there runs as whoever writes next"
        roles = ", ".join(map(identifier, sorted(self._holders(relation))))
        mend = f"revoke trigger on {relation.name} from {roles};"
        return Harm(BOB.name, "altered", relation.name, ALICE.name, what, script, by, mend)

    @staticmethod
    def _holders(relation: Relation) -> Iterator[str]:
        return (role for role, held in relation.privileges.items() if "trigger" in held.others)


def _value(column: Column) -> str:
    """Return what the trigger puts into a column; empty where that would fit none of its kind."""
    return literal(_SAID) if holds_text(column) else _NUMBER if column.type in _NUMBERS else ""


def _shown(column: Column) -> str:
    return _SAID if holds_text(column) else _NUMBER
