"""Writes as a member of her tenant who has no rank there, where a policy for the verb asks for one.

What colleagues may do to the rows that they share is said by nothing but the policies: here they say it, and
another one beside them takes it back.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, CAROL
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.field import telling
from pytest_readiness.gather.attacks.seats import seats_alike
from pytest_readiness.gather.attacks.states import dropped
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.isolation.overruled import Reached, overlaps, overruled
from pytest_readiness.judges.sql.lexis import strings
from pytest_readiness.judges.sql.requests import claims_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Policy, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.changes import Changes
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.isolation.labels import Row
    from pytest_readiness.judges.isolation.overruled import Overlap
    from pytest_readiness.target.identities import Identity

_DOES = {"UPDATE": "altered", "DELETE": "destroyed", "INSERT": "forged"}
_NEW = frozenset({"a new row"})
_CLAIMED = 8
"""Ranks in tokens that are tried."""


@dataclass(frozen=True, slots=True)
class _Seat:
    """What somebody is in her tenant, by his token or by what a superuser does first."""

    actor: Identity
    given: tuple[str, ...] = ()


class Voided:
    """Tries the tables where policies for one verb stand beside one for all."""

    def __init__(self, field: Field, changes: Changes) -> None:
        self.field = field
        self.changes = changes
        self.carol = field.cast.user(CAROL)
        self._belonging = frozenset(one.relation for one in field.owners.memberships)

    def all(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what somebody without the rank did to rows of her tenant."""
        apart = {*self._belonging, *self.field.owners.people}
        for relation in relations:
            if relation.kind in TABLE_KINDS and relation.name not in apart:
                for overlap in overlaps(relation, [self.carol.role]):
                    if step := self._step(relation, overlap.verb):
                        yield from self._of(relation, overlap, step)

    def _step(self, relation: Relation, verb: str) -> str:
        """Return the plainest statement of a verb that reaches rows of her tenant; empty if there is none."""
        held = relation.privileges.get(self.carol.role)
        if held is None or self.field.population.row(relation.name, ALICE.name) is None:
            return ""
        if verb != "INSERT":
            return dict(self.changes.bare(relation, held)).get(verb, "")
        model = self.changes.forger.model(relation, ALICE) or {}
        row = {name: value for name, value in model.items() if name in held.insert}
        return insert_sql(relation, row) if row else ""

    def _of(self, relation: Relation, overlap: Overlap, step: str) -> Iterator[Assault]:
        seats, verb = self._seats(overlap), overlap.verb
        narrow = self._outcomes(relation, step, seats, overlap.wide)
        alone = [bool(_rows(relation, verb, one)) for one in narrow]
        if all(alone) or not any(alone):  # it tells none of them from another
            return
        whole, wide = (self._outcomes(relation, step, seats, without) for without in ((), overlap.narrow))
        reached = [
            Reached(*(_rows(relation, verb, one) for one in came))
            for came in zip(whole, wide, narrow, strict=True)
        ]
        if (place := overruled(reached)) is not None and (row := self._hers(relation, whole[place])):
            harm = self._harm(relation, overlap, seats[place], step, row)
            yield Assault(relation.name, verb, 3 * len(seats), (harm,))

    @cached_property
    def _placed(self) -> list[_Seat]:
        """What she may be there: what she is, and what words say that code asks for."""
        user = self.field.cast.user
        found = seats_alike(self.field, CAROL, ALICE, self._belonging)
        return [
            _Seat(user(CAROL, f"{CAROL.name}, given {said} in {name},"), given) for name, said, given in found
        ]

    def _seats(self, overlap: Overlap) -> list[_Seat]:
        """Return the same, and what her token may say that she is."""
        ranked = [*self._placed, *self._claimed(overlap)]
        plain = self.field.cast.user(CAROL, f"{CAROL.name}, a colleague of no rank,")
        return [*ranked, _Seat(plain)] if ranked else []

    def _claimed(self, overlap: Overlap) -> Iterator[_Seat]:
        """Yield tokens by which she has a rank that the narrow policies ask for."""
        cast, said = self.field.cast, [text for one in overlap.narrow for text in (one.using, one.check)]
        said += [function.body for function in self.field.texts.called(said)]
        claims = [claim for claim in claims_in(said) if cast.says_rank(claim)]
        apart = {part for claim in claims_in(said) for part in (claim.name, claim.within)}
        words = [
            word for word in dict.fromkeys(w for text in said for w in strings(text)) if word not in apart
        ]
        for claim, word in islice(product(claims, words), _CLAIMED):
            value = [word] if claim.listed else word
            whole = {claim.name: value}
            within = (
                {claim.within: cast.claims(CAROL).get(claim.within, {}) | whole} if claim.within else whole
            )
            name = f"{CAROL.name}, whose token says {claim.name} = {word},"
            yield _Seat(cast.user(CAROL, name, **within))

    def _outcomes(
        self, relation: Relation, step: str, seats: list[_Seat], without: tuple[Policy, ...]
    ) -> list[Outcome | None]:
        """Return what came of it from each seat without some policies; None where there is no such seat."""
        attempts = [
            Attempt(seat.actor, (step,), (relation.name,), before=(*dropped(relation, without), *seat.given))
            for seat in seats
        ]
        tried = self.field.from_states(attempts)
        return [None if control.state else outcome for _, outcome, control in tried]

    def _hers(self, relation: Relation, outcome: Outcome | None) -> Row:
        """Return a row of her tenant that was reached; none if those of another were too."""
        change = outcome.changed.get(relation.name) if outcome else None
        rows = (change.gone or change.new) if change else ()
        labels = [(row, self.field.labels.of(relation.name, row)) for row in rows]
        others = {BOB.name, *(tenant.name for tenant in BOB.tenants)}
        if any(named & others for _, named in labels):
            return {}
        hers = {ALICE.name, *(tenant.name for tenant in ALICE.tenants)}
        return next((row for row, named in labels if named & hers), {})

    def _harm(self, relation: Relation, overlap: Overlap, seat: _Seat, step: str, row: Row) -> Harm:
        script = self.field.script(relation.name, seat.actor, (step,), before=seat.given)
        tenant = ALICE.tenant.name if ALICE.tenant else ALICE.name
        does = _DOES[overlap.verb]
        return Harm(
            seat.actor.name, does, relation.name, f"tenant {tenant}", telling(row), script, by=overlap.said
        )


def _rows(relation: Relation, verb: str, outcome: Outcome | None) -> frozenset[str]:
    """Return which rows were reached, by what they were."""
    change = outcome.changed.get(relation.name) if outcome and not outcome.state else None
    if change is None:
        return frozenset()
    return _NEW if verb == "INSERT" else frozenset(json.dumps(row, sort_keys=True) for row in change.gone)
