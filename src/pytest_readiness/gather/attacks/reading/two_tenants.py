"""What only a user of two tenants reveals: rank that is held in one of them and counts in the other.

Dana is a plain member of alice's tenant, as carol is, and has rank in bob's. In alice's she may do what
carol may: whatever is more comes from elsewhere. So it does not if it stays when bob's tenant has no dana.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import Read
from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BLUE, CAROL, DANA, DANA_IN_BLUE, RED
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.refusals import insert_sql

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from typing import Any

    from pytest_readiness.evidence.catalog import Privileges, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field

_NAME = "dana, plain here and privileged in another tenant,"
_STRANGER = replace(DANA, tenant=BLUE, also=None)
"""What dana would be without her place in alice's tenant."""

_DOES = {"UPDATE": "altered", "DELETE": "destroyed", "INSERT": "forged"}


class TwoTenants:
    """Compares dana with carol, where memberships decide."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self.dana = field.cast.user(DANA, _NAME)
        self.carol = field.cast.user(CAROL)
        self.at_home = field.cast.user(replace(DANA, also=None))

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what dana reads of alice's tenant and carol does not."""
        asked = [relation for relation in self._decided(relations) if self.dana.role in relation.readable]
        for relation, attempt, hers, carols in self._both(asked):
            rows = self._beyond(relation, carols, hers)
            if not rows or hers.state or carols.state:
                continue
            if not self._is_by_rank(attempt, partial(self._beyond, relation, carols)):
                continue
            names = self.field.recognition.foreign(relation, json.loads(rows[0]), _STRANGER)
            victim = ALICE.name if ALICE.name in names else "tenant red"
            look = f"select * from {relation.name}"
            script = self.field.script(relation.name, attempt.actor, (look,), "select 1")
            marks = sorted(m for m in self.field.population.canaries(ALICE.name) if m in "".join(rows))
            yield relation.name, Read(_NAME, 0, len(rows), victim, next(iter(marks), ""), sql=script)

    def writes(
        self, relations: Iterable[Relation], plain: Callable[[Relation, Privileges], str]
    ) -> Iterator[Assault]:
        """Yield what dana does to rows of alice's tenant and carol may not.

        Args:
            relations: Those to try.
            plain: Gives an assignment that the server is likely to accept; empty if there is none.
        """
        tries = [
            (relation, (verb, mine, hers))
            for relation in self._decided(relations)
            if (held := relation.privileges.get(self.dana.role)) and relation.kind in TABLE_KINDS
            for verb, mine, hers in self._statements(relation, held, plain)
        ]
        for relation, (verb, mine, hers) in tries:
            watch = tuple(sorted(self.field.texts.touched_by(relation.name)))
            attempt = Attempt(self.dana, (mine,), watch)
            done = self.field.runner.one(attempt)
            if done.state or not (done.changed or verb == "INSERT"):
                continue
            refused = self.field.runner.one(Attempt(self.carol, (hers,), watch))
            what = self._done(relation, verb, refused, done)
            if what and self._is_by_rank(attempt, partial(self._done, relation, verb, refused)):
                script = self.field.script(relation.name, self.dana, (mine,))
                harm = Harm(_NAME, _DOES[verb], relation.name, "tenant red", what, script)
                yield Assault(relation.name, verb, 2, (harm,))

    def _statements(
        self, relation: Relation, held: Privileges, plain: Callable[[Relation, Privileges], str]
    ) -> Iterator[tuple[str, str, str]]:
        """Yield verb and the statement, as dana and as carol make it."""
        if assignment := plain(relation, held):
            update = f"update {relation.name} set {assignment}"
            yield "UPDATE", update, update
        if "delete" in held.others:
            delete = f"delete from {relation.name}"
            yield "DELETE", delete, delete
        model = self.forger.model(relation, ALICE)
        owned = self.field.owners.owned.get(relation.name)
        if model and held.insert and owned and owned.tenants:
            both = []
            for person in (DANA, CAROL):
                row = model | self.forger.owner_keys(relation, person)
                both.append(insert_sql(relation, {n: v for n, v in row.items() if n in held.insert}))
            yield "INSERT", both[0], both[1]

    def _done(self, relation: Relation, verb: str, refused: Outcome, done: Outcome) -> str:
        """Say what dana did to alice's tenant that carol was kept from; empty if there is nothing."""
        if done.state or (refused.state and refused.state != REFUSED):
            return ""
        if verb == "INSERT":
            return "a row of that tenant" if refused.state == REFUSED else ""
        change = done.changed.get(relation.name)
        same = refused.changed.get(relation.name)
        gone = [row for row in (change.gone if change else ()) if not same or row not in same.gone]
        labels = self.field.labels
        foreign = [row for row in gone if self._of_one_tenant(labels.foreign(relation.name, row, _STRANGER))]
        return f"`{json.dumps(foreign[0])[:60]}`" if foreign else ""

    def _decided(self, relations: Iterable[Relation]) -> list[Relation]:
        return [r for r in relations if self._belonging & self.field.texts.depends_on(r.name)]

    @cached_property
    def _belonging(self) -> frozenset[str]:
        """The memberships that dana holds in both tenants."""
        names = {membership.relation for membership in self.field.owners.memberships}
        population = self.field.population
        return frozenset(
            name
            for name in names
            if population.row(name, DANA.name) and population.row(name, DANA_IN_BLUE.name)
        )

    def _both(self, asked: list[Relation]) -> Iterator[tuple[Relation, Attempt, Outcome, Outcome]]:
        attempts = [Attempt(actor, (read(r),)) for r in asked for actor in (self.dana, self.carol)]
        outcomes = list(self.field.runner.run(attempts))
        for place, relation in enumerate(asked):
            (attempt, hers), (_, carols) = outcomes[2 * place : 2 * place + 2]
            yield relation, attempt, hers, carols

    def _beyond(self, relation: Relation, carols: Outcome, hers: Outcome) -> list[str]:
        known = {*carols.rows, *(self._impersonal(text, CAROL) for text in carols.rows)}
        return [
            text
            for text in hers.rows
            if not {text, self._impersonal(text, DANA)} & known
            and not self._joined(relation, row := json.loads(text))
            and self._of_one_tenant(self.field.recognition.foreign(relation, row, _STRANGER))
        ]

    def _impersonal(self, text: str, reader: Person) -> str:
        """Return a row without what it says of its reader: a view may put his own flat beside each notice."""
        for mark in (*self.field.population.canaries(reader.name), reader.uuid):
            text = text.replace(mark, "…")
        return text

    def _joined(self, relation: Relation, row: Mapping[str, Any]) -> bool:
        """Whether dana's place in alice's tenant is in this row: a branch of a bank, a class of a school."""
        for name in self._belonging:
            known, hers = self.field.catalog.relation(name), self.field.population.row(name, DANA.name)
            if known is None or hers is None:
                continue
            for key in known.foreign_keys:
                pairs = zip(key.columns, key.target_columns, strict=True)
                same = all(str(hers.stored[own]) == str(row.get(other)) for own, other in pairs)
                if key.target == relation.name and same:
                    return True
        return False

    @staticmethod
    def _of_one_tenant(names: frozenset[str]) -> bool:
        """Whether a row is of alice's tenant alone, and of nobody whom dana meets in bob's."""
        return bool(names) and names <= {ALICE.name, CAROL.name, RED.name}

    def _is_by_rank(self, attempt: Attempt, beyond: Callable[[Outcome], object]) -> bool:
        """Whether dana does it by her place in bob's tenant alone.

        Not by what else she has in alice's, as a row there may be a right, and not if it is the same once
        she has left bob's: then her place in alice's is another one than carol's. An error proves neither.
        """
        people = {*self.field.owners.people}
        kept = people | {membership.relation for membership in self.field.owners.memberships}
        if not beyond(self._without(attempt, DANA, kept)):
            return False
        left = self._without(replace(attempt, actor=self.at_home), DANA_IN_BLUE, people)
        return left.state in {"", REFUSED} and not beyond(left)

    def _without(self, attempt: Attempt, owner: Person, kept: Collection[str]) -> Outcome:
        """Try it again without rows of somebody, but for those in some relations."""
        deletes = [
            f"delete from {name} where {row.where}"
            for (name, whose), row in self.field.population.rows.items()
            if whose == owner.name and name not in kept and row.where
        ]
        before = (QUIETLY, *deletes, AS_EVER) if deletes else ()
        return self.field.runner.one(replace(attempt, before=before))
