"""Synthesises rows that belong to a person: parents first, and Postgres judges what is valid.

Nothing interprets a constraint: a value is tried, and the server's refusal says what to try next.
What cannot be filled is reported with the last refusal, never passed over.
"""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import NOBODY, PEOPLE
from pytest_readiness.gather.synthesis.acting import Acting
from pytest_readiness.gather.synthesis.ancestry import Ancestry
from pytest_readiness.gather.synthesis.beside import Beside
from pytest_readiness.gather.synthesis.contents import Contents
from pytest_readiness.gather.synthesis.insertion import Inserter
from pytest_readiness.gather.synthesis.pairing import Pairing
from pytest_readiness.gather.synthesis.present import Present
from pytest_readiness.gather.synthesis.references import References
from pytest_readiness.gather.synthesis.refusals import Refusal, not_taken, repairs, shortened
from pytest_readiness.gather.synthesis.row import CannotFillError, Row
from pytest_readiness.judges.owners.mailboxes import mailboxes_of
from pytest_readiness.judges.owners.namesakes import told_apart_within_tenants
from pytest_readiness.judges.owners.periods import periods_of
from pytest_readiness.judges.sql.asked_values import demanded_switches

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    import psycopg

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.least_ranks import Least
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.judges.owners.tenancy import Ranks


_STARTS = 2
"""How often a row is tried for the sake of others before it is taken for one that cannot be made."""


@dataclass
class RowMaker:
    """Makes rows in one database, each relation and person once.

    Attributes:
        connection: Of a superuser, in autocommit mode.
        users: Table of the platform's users; empty when it has none.
        seed: What all values derive from.
        ranks: By table of memberships, the column that gives rank.
        withheld: Relations in which nobody gets a row because another one needs it.
        least: By list that everybody is on, what gives no rights there.
        repeated: By relation and column, the relation and column that it repeats, where no key says so.
    """

    connection: psycopg.Connection
    catalog: CatalogEvidence
    owners: Owners
    users: str
    seed: int
    ranks: Mapping[str, Ranks] = field(default_factory=dict)
    introduced: Mapping[str, str] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()
    least: Mapping[str, Least] = field(default_factory=dict)
    repeated: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
    _made: dict[tuple[str, str], Row | CannotFillError] = field(default_factory=dict)
    _underway: list[tuple[str, str]] = field(default_factory=list)
    _refused: dict[tuple[str, str], list[CannotFillError]] = field(default_factory=dict)
    _endowed: set[tuple[str, str]] = field(default_factory=set)
    _relied: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _signed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def make(self, relation: Relation, person: Person) -> Row:
        """Return the person's row in a relation; make it, and its parents, when there is none.

        Raises:
            CannotFillError: With the server's last refusal.
        """
        person = self.holder(relation, person)
        key = (relation.name, person.name)
        if key in self._underway:
            raise CannotFillError(f"{relation.name} refers to itself, through other tables or directly")
        if key not in self._made:
            if self._underway and len(refused := self._refused.setdefault(key, [])) >= _STARTS:
                raise refused[-1]
            self._underway.append(key)
            try:
                self._made[key] = self.insert(relation, person)
            except CannotFillError as error:
                # Within a cycle a table may fail that can be filled from another start.
                if len(self._underway) > 1:
                    self._refused.setdefault(key, []).append(error)
                    raise
                self._made[key] = error
            finally:
                self._underway.pop()
        known = self._made[key]
        if isinstance(known, CannotFillError):
            raise known
        return known

    def holder(self, relation: Relation, person: Person) -> Person:
        """Return whose row it is: a tenant has one row among tenants, its first member's."""
        if relation.name not in self.owners.roots:
            return person
        return next((other for other in PEOPLE if other.tenant == person.tenant), person)

    def sign_up(self, person: Person) -> None:
        """Insert the person into the platform's table of users, if it has one."""
        if self.users:
            founded = self._founded(person) if self._acting.registered(person) else []
            self._signed[person.uuid] = (*founded, self._acting.sign_up(person))

    def _founded(self, person: Person) -> list[str]:
        """Make the rows that stand for the person's tenant: an administrator names one that is there."""
        statements: list[str] = []
        for relation in map(self.catalog.relation, self.owners.roots):
            if relation is None:
                continue
            holder = self.holder(relation, person)
            try:
                self.make(relation, holder)
            except CannotFillError:
                self._made.pop((relation.name, holder.name), None)  # it may ask for who is signed up
            else:
                statements += self.ancestry().of(relation, holder)
        return statements

    def caller(self, person: Person) -> str:
        """Return the statement after which triggers see a person as the caller, for this transaction."""
        return self._acting.caller(person)

    @property
    def wary(self) -> bool:
        """Whether triggers may change roles, so that each row has to be watched."""
        return self._acting.wary

    @cached_property
    def _acting(self) -> Acting:
        return Acting(self.connection, self.catalog, self.owners, self.users, self.introduced)

    @cached_property
    def _present(self) -> Present:
        return Present(self.connection, self.catalog, self.owners)

    @cached_property
    def _contents(self) -> Contents:
        mailboxes, periods = mailboxes_of(self.catalog), periods_of(self.catalog)
        return Contents(self.owners, self.seed, self.ranks, self.least, mailboxes, periods)

    @cached_property
    def _inserter(self) -> Inserter:
        return Inserter(self._acting, self._present, self._contents, self.owners)

    @cached_property
    def _references(self) -> References:
        return References(
            self.catalog,
            self.owners,
            self.users,
            self.seed,
            self.withheld,
            self._contents,
            self._present,
            self._inserter,
            self.make,
        )

    @cached_property
    def _beside(self) -> Beside:
        return Beside(self.catalog, self.owners, self.withheld, self.repeated, self._relied, self.make)

    @cached_property
    def _pairing(self) -> Pairing:
        return Pairing(self._contents, self._references)

    def setup(self, relation: Relation, person: Person, ancestry: Ancestry | None = None) -> tuple[str, ...]:
        """Return the statements that bring about the person's row, for somebody to paste.

        Args:
            relation: Of the row.
            person: Whose it is.
            ancestry: Of all rows as they are now, where many are asked for.
        """
        known = person.uuid and person is not NOBODY
        plainly = (self._acting.sign_up_sql(person, {}),) if self.users and known else ()
        signed = self._signed.get(person.uuid, plainly)
        made = [*(ancestry or self.ancestry()).of(relation, person)]
        others = [one for one in PEOPLE if one is not person and any(one.uuid in sql for sql in made)]
        also = [sql for one in others for sql in self._signed.get(one.uuid, ())]
        before = [*signed, *also, self.caller(person)] if self.users or self.introduced else []
        return tuple(f"{sql};" for sql in dict.fromkeys([*before, *made]))

    def ancestry(self) -> Ancestry:
        """Return what all rows stand on that there are by now."""
        made = {key: row for key, row in self._made.items() if isinstance(row, Row)}
        return Ancestry(self.catalog, made, self._relied)

    def insert(self, relation: Relation, person: Person) -> Row:
        """Insert a row; the parents are made where they are missing.

        Raises:
            CannotFillError: With the server's last refusal.
        """
        if relation.kind not in TABLE_KINDS:
            raise CannotFillError(f"a {relation.kind} is not filled directly")
        values = self.values(relation, person)
        try:
            return self._repaired(relation, person, values)
        except CannotFillError as error:
            refused = error
        for other in self._otherwise(relation, person, values):
            try:
                return self._repaired(relation, person, other)
            except CannotFillError as error:
                refused = error
        raise refused

    def _otherwise(self, relation: Relation, person: Person, values: Values) -> Iterator[Values]:
        """Yield other values for a row that was refused, whatever the refusals suggested."""
        if self.repeating(relation):
            values = self._contents.around(relation, person, self.keys(relation, person))
            yield values
        ranked = self.ranks.get(relation.name)
        if ranked and ranked.column in values:
            # The rank was guessed from what code says; a row without it is better than none.
            values = self._plain(relation, person, values, ranked.column)
            yield values
        found, relied = self._beside.looked_up(relation, person, self.keys(relation, person))
        if relied:
            self._beside.rely(relation, *relied)
            self._endow({*relied})
            yield values | found

    def trial(self, relation: Relation, person: Person) -> Row:
        """Return the row that the server would take; it is not there, and all that it refers to is.

        Call this in a transaction.

        Raises:
            CannotFillError: With the server's last refusal.
        """
        self.values(relation, person)
        tried = self.copy()
        self.connection.execute("savepoint candidate")
        try:
            row = tried.insert(relation, person)
        finally:
            self.connection.execute("rollback to candidate")
        people = {one.name: one for one in PEOPLE}
        made = [key for key in tried._made if key not in self._made]  # noqa: SLF001  a copy of itself
        for name, holder in made:
            also = self.catalog.relation(name)
            if also and holder in people:
                with suppress(CannotFillError):  # what could not be made is not referred to
                    self.make(also, people[holder])
        return row

    def _plain(self, relation: Relation, person: Person, values: Values, ranked: str) -> Values:
        """Return values with what the column of ranks would have if nothing were known of ranks."""
        usual = replace(self, ranks={}).values(relation, person)
        return {name: usual.get(name) for name in values if name != ranked or ranked in usual}

    def _repaired(self, relation: Relation, person: Person, values: Values) -> Row:
        """Insert a row with these values, or with those that its refusals suggest."""
        refusal = Refusal("", "", "no value was tried")
        met: set[str] = set()
        for _ in range(len(relation.checks) + len(relation.columns) + 2):
            result = self._try(relation, person, values)
            if isinstance(result, Row):
                return result
            refusal = result
            if refusal.elsewhere and (relation.name, person.name) not in self._endowed:
                self._endowed.add((relation.name, person.name))
                self._endow({key.target for key in relation.foreign_keys})
                continue
            if refusal.elsewhere and self._unsay(refusal.text):
                continue
            met.add(refusal.about)
            # What has a form and is a user's may be a right, such as a path: only its owner's gets him there.
            alike = told_apart_within_tenants(relation, self.owners)
            parts_of = self._contents.parting(relation, person, alike)
            others = self._pairing.somebody_else(relation, person, result)
            hers = self._pairing.of_parent(relation, person, result)
            keys = self.keys(relation, person)
            free = not_taken(relation, result, keys, values, parts_of)
            short = shortened(relation, result, keys, parts_of)
            for changes in itertools.chain(others, hers, free, short, repairs(relation, result, parts_of)):
                other = {**values, **changes}
                other |= self._contents.inside(relation, person, other)
                again = self._try(relation, person, other)
                if isinstance(again, Row):
                    return again
                if again.gained_on(result) and again.about not in met:
                    values = other
                    break
            else:
                break
        raise CannotFillError(refusal.text)

    def _unsay(self, refused: str) -> bool:
        """Make rows say nothing where a refusal quotes them; whether any does."""
        quoted = {
            key: row
            for key, row in self._made.items()
            if isinstance(row, Row) and any(text in refused for text in row.canaries)
        }
        for (name, holder), row in quoted.items():
            relation = self.catalog.relation(name)
            person = next((one for one in PEOPLE if one.name == holder), NOBODY)
            if relation:
                keys = self.keys(relation, person)
                self._made[name, holder] = self._inserter.unsaid(relation, person, row, refused, keys)
        return any(self._made[key] != row for key, row in quoted.items())

    def _endow(self, targets: Container[str]) -> None:
        """Make the rows of some relations rich: a payment asks for a balance."""
        for (name, holder), row in list(self._made.items()):
            target = self.catalog.relation(name)
            person = next((one for one in PEOPLE if one.name == holder), NOBODY)
            if name in targets and target and isinstance(row, Row):
                self._made[name, holder] = self._inserter.enriched(
                    target, person, row, self.keys(target, person)
                )

    def values(self, relation: Relation, person: Person) -> Values:
        """Return a value for each column that needs or deserves one."""
        keys = self.keys(relation, person)
        beside = self._beside.repeats(relation, person) | self._acting.digested(relation, person)
        switched = dict.fromkeys(demanded_switches(relation), "true")
        return self._contents.around(relation, person, switched | beside | keys)

    def repeating(self, relation: Relation) -> Mapping[str, tuple[str, str]]:
        """Return the columns that repeat what tells rows of another relation apart, though no key says so."""
        return self._beside.repeating(relation)

    def keys(self, relation: Relation, person: Person) -> Values:
        """Return the columns that say whose the row is, and those that refer to rows of the same person."""
        return self._references.keys(relation, person)

    def copy(self) -> RowMaker:
        """Return a maker that knows the same rows, for what is undone again."""
        return replace(self, _made=dict(self._made), _underway=[], _endowed=set(self._endowed), _refused={})

    def accept(self, relation: Relation, person: Person, stored: Mapping[str, Any], sql: str) -> None:
        """Take over a row that was made by a statement of this maker's."""
        self._made.setdefault((relation.name, person.name), self._inserter.row(relation, person, stored, sql))

    def _try(self, relation: Relation, person: Person, values: Values) -> Row | Refusal:
        """Insert a row; one that a trigger has made for the person already is it as well."""
        result = self._inserter.tried(relation, person, values)
        if not isinstance(result, Refusal) or result.sqlstate != "23505":
            return result
        keys = self.keys(relation, person)
        return self._inserter.adopted(relation, person, keys, values, result) or result
