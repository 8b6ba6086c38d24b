"""Reads the values of all rows that the server keeps for its planner, where clients may."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

_KEPT = "pg_catalog.pg_statistic"
_EXTENDED = "pg_catalog.pg_statistic_ext_data"
_VALUES = ", ".join(f"stavalues{number}" for number in range(1, 6))
_SOME = 30
"""Tables whose statistics are read: who may read of one may of all."""


class Statistics:
    """Tries the catalogs behind pg_stats, which themselves ask no policy."""

    def __init__(self, field: Field) -> None:
        self.field = field
        cast = field.cast
        self.actors: list[tuple[Identity, Person | None]] = [
            (cast.user(BOB), BOB),
            *((nobody, None) for nobody in cast.nobody()),
        ]

    def all(self) -> Iterator[Assault]:
        """Yield each of the two that some client may read."""
        for name, column in ((_KEPT, "stavalues1"), (_EXTENDED, "stxdmcv")):
            look = f"{QUERY}select count({column})::text from {name}"
            tried = self.field.runner.run(
                Attempt(actor, (look,), about=person) for actor, person in self.actors
            )
            able = [attempt for attempt, outcome in tried if not outcome.state]
            found = (self._told(one.actor, one.about) for one in able) if name == _KEPT else iter(())
            harms = [harm for harm in found if harm]
            if able:
                noted = (self._noted(able[0].actor, name, look),) if not harms else ()
                yield Assault(name, "ROLE" if harms else "LOOK", len(able), (*harms, *noted))

    def _told(self, actor: Identity, person: Person | None) -> Harm | None:
        """Return what comes out of hers once the server has looked at her rows, as it does by itself."""
        attempts = (
            Attempt(actor, (_look(relation),), about=relation, before=(f"analyze {relation.name}",))
            for relation in islice(self._hidden(), _SOME)
        )
        for attempt, outcome in self.field.runner.run(attempts):
            known = self.field.shown_texts if person else ()
            if not outcome.state and (told := self.field.told(attempt, outcome, person, known)):
                name = attempt.about.name
                script = self.field.script(name, actor, attempt.steps, "select 1", before=attempt.before)
                mend = _mend(actor, _KEPT)
                return Harm(actor.name, "bypassed", name, ALICE.name, told, script, mend=mend)
        return None

    def _hidden(self) -> Iterator[Relation]:
        for relation in self.field.catalog.relations:
            row = self.field.population.row(relation.name, ALICE.name)
            owned = relation.name in self.field.owners.owned and relation.name not in self.field.published
            if relation.kind in TABLE_KINDS and owned and row and row.canaries:
                yield relation

    def _noted(self, actor: Identity, name: str, look: str) -> Harm:
        what = f"values of hidden rows that the server keeps for its planner in {name}"
        script = self.field.script("", actor, (look,), "select 1")
        return Harm(actor.name, "residual", name, "everybody", what, script, mend=_mend(actor, name))


def _look(relation: Relation) -> str:
    return (
        f"{QUERY}select concat_ws(' ', {_VALUES}) from {_KEPT} "
        f"where starelid = {literal(relation.name)}::regclass"
    )


def _mend(actor: Identity, name: str) -> str:
    return f"revoke select on {name} from {identifier(actor.role)};"
