"""Accepts what somebody offered who has given it away since: what is alice's by then is not his to give.

How that comes about is left to the functions themselves: who had it offers it to bob and to alice, she
accepts, and what her acceptance leaves of the other offer is what bob accepts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, CAROL
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.meanings import naming
from pytest_readiness.gather.attacks.repointing import receivers
from pytest_readiness.gather.attacks.states import AS_EVER, FUTURE, QUIETLY
from pytest_readiness.gather.synthesis.platform import columns_of, sign_up
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import value_for
from pytest_readiness.judges.purpose.visibility import is_over
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.attacks import Harm
    from pytest_readiness.evidence.catalog import ForeignKey, Function, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values


_HANDS_OVER = re.compile(r"\b(update|merge|execute)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Offer:
    """How somebody offers a thing.

    Attributes:
        relation: Of offers.
        key: By which they refer to what is offered.
        giver: The column that names who offers.
        receiver: That names to whom.
        owner: That names, of a thing, who has it.
    """

    relation: Relation
    key: ForeignKey
    giver: str
    receiver: str
    owner: str


class Offers:
    """Tries the functions that hand over what is offered."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self.arguments = field.arguments
        self.alice, self.bob = field.cast.user(ALICE), field.cast.user(BOB)

    def harms(self, function: Function) -> Iterator[Harm]:
        """Yield what bob takes of alice by an offer that was not hers."""
        if (
            not function.definer
            or self.bob.role not in function.callers
            or not _HANDS_OVER.search(function.body)
        ):
            return
        for offer in self._offers(function):
            attempt = self._attempt(function, offer)
            for tried, outcome in self.field.in_states([attempt] if attempt else []):
                for harm in self.field.harms(tried, outcome, BOB):
                    if (harm.kind, harm.relation) == ("taken", offer.key.target):
                        yield self._told(harm, offer)

    def _told(self, harm: Harm, offer: _Offer) -> Harm:
        """Return the same with whose offer it was, and with what makes carol, who made it."""
        row = self.field.population.row(offer.key.target, CAROL.name)
        setup = row.setup if row else self._account()
        made = [line for line in dict.fromkeys(setup) if line not in harm.sql]
        script = "\n".join(["begin;", *made, harm.sql.removeprefix("begin;\n")])
        what = f"{harm.what}, by what somebody offered in {offer.relation.name} who gave it to her"
        return replace(harm, what=what, sql=script)

    def _account(self) -> tuple[str, ...]:
        """Return what signs carol up, where the platform has a table of users."""
        users, connection = self.field.target.profile.users, self.field.runner.connection
        return (f"{sign_up(users, columns_of(connection, users), CAROL)};",) if users else ()

    def _offers(self, function: Function) -> Iterator[_Offer]:
        """Yield the tables of offers that a function looks at, if it sets who has a thing."""
        reach, owned = self.field.texts.function_reach(function), self.field.owners.owned
        for name in sorted(reach & owned.keys()):
            relation = self.field.catalog.relation(name)
            if relation is None or relation.kind not in TABLE_KINDS:
                continue
            given = receivers(relation, owned[name])
            giving = [user for user in owned[name].users if user not in given]
            for key in relation.foreign_keys:
                thing = owned.get(key.target)
                if giving and len(key.columns) == 1 and key.target in reach and thing and thing.users:
                    yield _Offer(relation, key, giving[0], given[0], thing.users[0])

    def _attempt(self, function: Function, offer: _Offer) -> Attempt | None:
        """Return that bob accepts what carol offered him, and alice before him."""
        thing = self.field.catalog.relation(offer.key.target)
        hers = self.field.population.row(offer.key.target, ALICE.name)
        rows = [self._row(offer, whom) for whom in (ALICE, BOB)]
        calls = [self._accepting(function, offer, row) if row else None for row in rows]
        column = thing.column(offer.owner) if thing else None
        if not (hers and hers.where and column and all(rows) and all(calls)):
            return None
        carols = literal(str(CAROL.key(column.type)))
        back = f"update {offer.key.target} set {column.quoted} = {carols} where {hers.where}"
        made = [insert_sql(offer.relation, row) for row in rows if row]
        accepted = [(call or "").removeprefix(QUERY) for call in calls]
        # A superuser says that he is alice: what accepts an offer acts with its owner's rights.
        before = (QUIETLY, back, *made, AS_EVER, *self.alice.acting(accepted[0]))
        watch = tuple(sorted(self.field.texts.changed_by(function)))
        return Attempt(self.bob, (accepted[1],), watch, before=before)

    def _accepting(self, function: Function, offer: _Offer, row: Values) -> str:
        """Return the call that accepts an offer; empty where none of its arguments names that."""
        named = [naming(function, argument, offer.relation, row) for argument in function.arguments]
        given = zip(named, function.arguments, strict=True)
        said = (one or self.arguments.first(argument, function, BOB) for one, argument in given)
        return call_sql(function, tuple(said)) if any(named) else ""

    def _row(self, offer: _Offer, whom: Person) -> Values | None:
        """Return what carol offers somebody of what was hers then: it is alice's thing."""
        relation, model = offer.relation, self.forger.model(offer.relation, ALICE)
        hers = self.field.population.row(offer.key.target, ALICE.name)
        giver, receiver = relation.column(offer.giver), relation.column(offer.receiver)
        if model is None or hers is None or giver is None or receiver is None:
            return None
        drawn: Values = {
            c.name: value_for(c, self.field.target.seed, "an offer", whom.name, c.name)
            for c in relation.columns
            if c.name in relation.primary_key and not c.generated and c.name not in offer.key.columns
        }
        lasting: Values = {c.name: FUTURE for c in relation.columns if is_over(c.name) and model.get(c.name)}
        named: Values = {
            offer.key.columns[0]: hers.texts.get(offer.key.target_columns[0]),
            giver.name: str(CAROL.key(giver.type)),
            receiver.name: str(whom.key(receiver.type)),
        }
        return model | drawn | lasting | named
