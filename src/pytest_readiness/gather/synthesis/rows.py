"""Synthesises rows that belong to a person: parents first, and Postgres judges what is valid.

Nothing interprets a constraint: a value is tried, and the server's refusal says what to try next.
What cannot be filled is reported with the last refusal, never passed over.
"""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, CAROL, DANA, NEWCOMER, NOBODY, PEOPLE
from pytest_readiness.gather.synthesis import adoption, platform
from pytest_readiness.gather.synthesis.acting import Acting
from pytest_readiness.gather.synthesis.ancestry import Ancestry
from pytest_readiness.gather.synthesis.contents import Contents
from pytest_readiness.gather.synthesis.outside import ReachedOutsideError
from pytest_readiness.gather.synthesis.present import Present
from pytest_readiness.gather.synthesis.refusals import Refusal, found_by, insert_sql, repairs
from pytest_readiness.gather.synthesis.row import CannotFillError, Row
from pytest_readiness.gather.synthesis.values import canary, text_of
from pytest_readiness.judges.owners.namesakes import told_apart_within_tenants
from pytest_readiness.judges.sql.lookups import looked_at, looked_up

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, ForeignKey, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.judges.owners.tenancy import Ranks


_OTHERS = {
    ALICE: (CAROL, BOB),
    BOB: (NEWCOMER, ALICE),
    CAROL: (ALICE, BOB),
    NEWCOMER: (BOB,),
    DANA: (CAROL, BOB),
}
"""Whom a row names beside its owner, where it has to name two; then one of another tenant."""

_SUMS = {"integer", "bigint", "numeric", "double precision", "real"}
_PLENTY = 1_000_000


@dataclass
class RowMaker:
    """Makes rows in one database, each relation and person once.

    Attributes:
        connection: Of a superuser, in autocommit mode.
        users: Table of the platform's users; empty when it has none.
        seed: What all values derive from.
        ranks: By table of memberships, the column that gives rank.
        withheld: Relations in which nobody gets a row because another one needs it.
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
    repeated: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
    _made: dict[tuple[str, str], Row | CannotFillError] = field(default_factory=dict)
    _underway: list[tuple[str, str]] = field(default_factory=list)
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
            self._underway.append(key)
            try:
                self._made[key] = self.insert(relation, person)
            except CannotFillError as error:
                # Within a cycle a table may fail that can be filled from another start.
                if len(self._underway) > 1:
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
        return Contents(self.owners, self.seed, self.ranks)

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
        before = [*signed, self.caller(person)] if self.users or self.introduced else []
        made = (ancestry or self.ancestry()).of(relation, person)
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
        found, relied = self._looked_up(relation, person)
        beside = looked_at(self.catalog, relation)
        relied |= dict.fromkeys(name for name in beside if self._helped(name, person))
        if relied:
            self._rely(relation, *relied)
            self._endow({*relied})
            yield values | found

    def _looked_up(self, relation: Relation, person: Person) -> tuple[Values, dict[str, None]]:
        """Return columns that name rows of the same person although no key says so, and what they name."""
        keys = self.keys(relation, person)
        found: Values = {}
        relied: dict[str, None] = {}
        for column, other, name in looked_up(self.catalog, relation):
            row = None if column in found or not _writable(relation, column) else self._helped(other, person)
            if column not in keys and row and row.texts[name] is not None:
                found[column] = row.texts[name]
                relied[other] = None
        return found, relied

    def _helped(self, name: str, person: Person) -> Row | None:
        """Return the person's row in a relation that a trigger looks at; None where it has none."""
        relation = self.catalog.relation(name)
        if relation is None or name in self.withheld or name not in self.owners.owned:
            return None
        with suppress(CannotFillError):
            return self.make(relation, person)
        return None

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
            met.add(refusal.about)
            # What has a form and is a user's may be a right, such as a path: only its owner's gets him there.
            alike = told_apart_within_tenants(relation, self.owners)
            parts_of = self._contents.parting(relation, person, alike)
            others = self._somebody_else(relation, person, result)
            hers = self._of_parent(relation, person, result)
            for changes in itertools.chain(others, hers, repairs(relation, result, parts_of)):
                again = self._try(relation, person, {**values, **changes})
                if isinstance(again, Row):
                    return again
                if again.gained_on(result) and again.about not in met:
                    values = {**values, **changes}
                    break
            else:
                break
        raise CannotFillError(refusal.text)

    def _endow(self, targets: Container[str]) -> None:
        """Make the rows of some relations rich: a payment asks for a balance."""
        for (name, holder), row in list(self._made.items()):
            target = self.catalog.relation(name)
            person = next((one for one in PEOPLE if one.name == holder), NOBODY)
            if name in targets and target and isinstance(row, Row):
                self._made[name, holder] = self._richer(target, person, row)

    def _richer(self, relation: Relation, person: Person, row: Row) -> Row:
        referring = {name for key in relation.foreign_keys for name in key.columns}
        keys = {*relation.primary_key, *referring, *self.keys(relation, person)}
        sql = row.sql
        for column in relation.columns:
            if column.type in _SUMS and column.name not in keys and column.writable:
                update = f"update {relation.name} set {column.quoted} = {_PLENTY} where {row.where}"
                try:
                    self._run(person, f"set local session_replication_role = replica; {update}")
                except psycopg.Error:
                    continue  # a CHECK bounds it
                sql = f"{sql};\n{update}" if sql else ""
        found = self._present.first(relation.name, row.where)
        return self._row(relation, person, found, sql) if found else row

    def values(self, relation: Relation, person: Person) -> Values:
        """Return a value for each column that needs or deserves one."""
        keys = self.keys(relation, person)
        beside = self._repeated(relation, person) | self._acting.digested(relation, person)
        return self._contents.around(relation, person, beside | keys)

    def repeating(self, relation: Relation) -> Mapping[str, tuple[str, str]]:
        """Return the columns that repeat what tells rows of another relation apart, though no key says so."""
        return self.repeated.get(relation.name, {})

    def _repeated(self, relation: Relation, person: Person) -> Values:
        """Return what a row of alice's or bob's repeats of others of hers or his: there the two may meet."""
        found: Values = {}
        for column, (other, name) in self.repeating(relation).items() if person in {ALICE, BOB} else ():
            row = self._helped(other, person)
            if row and row.texts[name] is not None:
                found[column] = row.texts[name]
                self._rely(relation, other)
        return found

    def _rely(self, relation: Relation, *others: str) -> None:
        known = self._relied.get(relation.name, ())
        self._relied[relation.name] = tuple(dict.fromkeys((*known, *others)))

    def keys(self, relation: Relation, person: Person) -> Values:
        """Return the columns that say whose the row is, and those that refer to rows of the same person."""
        owned = self.owners.owned.get(relation.name)
        values = self._contents.whose(relation, person) | self._of_the_listed(relation, person)
        roots = {key.columns[0] for key in relation.foreign_keys if key.target in self.owners.roots}
        for name, value in self._references(relation, person, frozenset(values)).items():
            # A root may have another key than the tenant's own: its CHECK decides how keys are spelt.
            if name not in values or (
                value is not None and name in roots and owned and name in owned.tenants
            ):
                values[name] = value
        return values

    def _of_the_listed(self, relation: Relation, person: Person) -> Values:
        """Return whom a row names in place of its owner where only those on a list can be named.

        Raises:
            CannotFillError: It has no other owner.
        """
        listed = [key for key in relation.foreign_keys if self._is_for_the_listed(relation, key, person)]
        names = {key.columns[0] for key in listed}
        if names and names >= {*self.owners.owned[relation.name].users}:
            raise CannotFillError(f"it is for those alone who are in {listed[0].target}")
        columns = [column for name in names if (column := relation.column(name))]
        return {c.name: str(CAROL.key(c.type)) if c.not_null else None for c in columns}

    def _is_for_the_listed(self, relation: Relation, key: ForeignKey, person: Person) -> bool:
        """Whether a key names a user by a list on which the person must not be."""
        owned = self.owners.owned.get(relation.name)
        users = owned.users if owned else ()
        return person != CAROL and key.target in self.withheld and key.columns[0] in users

    def _somebody_else(self, relation: Relation, person: Person, refusal: Refusal) -> Iterator[Values]:
        """Name another person, or what is another's, where a row may not name the same one twice.

        Where the two have an order, the other may have to come first.
        """
        check = next((c for c in relation.checks if c.name == refusal.constraint), None)
        if refusal.constraint and check is None:
            return
        pairs = [
            (one, again)
            for first, name in self._contents.named_again(relation)
            if (check is None or name in check.columns)
            and (one := relation.column(first))
            and (again := relation.column(name))
        ]
        for other in _OTHERS.get(person, ()) if pairs else ():
            hers, his = self._named(relation, person), self._named(relation, other)
            yield {again.name: his(again) for _, again in pairs}
            if all(one.writable for one, _ in pairs):
                yield {c.name: who(c) for one, again in pairs for c, who in ((one, his), (again, hers))}

    def _named(self, relation: Relation, person: Person) -> Callable[[Column], str]:
        """Return what columns say that name a person, or what is that person's."""
        try:
            parents = self._references(relation, person, frozenset())
        except CannotFillError:
            parents = {}
        return lambda column: parents.get(column.name) or str(person.key(column.type))

    def _of_parent(self, relation: Relation, person: Person, refusal: Refusal) -> Iterator[Values]:
        """Name whom the parent names where a row repeats a key of several columns: two who talk."""
        for key in relation.foreign_keys if refusal.sqlstate == "23503" else ():
            if len(key.columns) > 1 and {*key.columns} == {*refusal.taken}:
                with suppress(CannotFillError):
                    parent = self._parent(relation, key, person)
                    pairs = zip(key.columns, key.target_columns, strict=True)
                    yield {name: parent[target] for name, target in pairs if _writable(relation, name)}

    def _run(self, person: Person, sql: str) -> Any:  # noqa: ANN401  whatever the statement returns
        """Run a statement as a person's; what it reaches outside of the copy is a reason not to."""
        try:
            return self._acting.run(person, sql)
        except ReachedOutsideError as error:
            raise CannotFillError(f"what its triggers do: {error}") from None

    def copy(self) -> RowMaker:
        """Return a maker that knows the same rows, for what is undone again."""
        return replace(self, _made=dict(self._made), _underway=[], _endowed=set(self._endowed))

    def accept(self, relation: Relation, person: Person, stored: Mapping[str, Any], sql: str) -> None:
        """Take over a row that was made by a statement of this maker's."""
        self._made.setdefault((relation.name, person.name), self._row(relation, person, stored, sql))

    def _try(self, relation: Relation, person: Person, values: Values) -> Row | Refusal:
        sql = insert_sql(relation, values)
        try:
            stored = self._run(person, f"{sql} returning to_jsonb({relation.name}.*)")
        except psycopg.Error as error:
            refusal = Refusal.of(relation, error)
            existing = self._adopt(relation, person, values, refusal) if refusal.sqlstate == "23505" else None
            return existing or refusal
        if stored is None:
            return Refusal("trigger", "", "a trigger swallowed the row")
        return self._row(relation, person, stored, sql)

    def _references(self, relation: Relation, person: Person, known: frozenset[str]) -> Values:
        """Make the parents, and return the columns that refer to them; known ones are given already."""
        values: Values = {}
        owned = self.owners.owned.get(relation.name)
        # A child has none of its parent's own, and a word in a row is no key.
        inherited = (owned.reference,) if owned and owned.reference else ()
        for key in dict.fromkeys((*relation.foreign_keys, *inherited)):
            # A key of several columns asks for nothing once one of them is NULL.
            open_ = [name for name in key.columns if (c := relation.column(name)) and not c.not_null]
            try:
                parent = self._parent(relation, key, person)
            except CannotFillError as error:
                if known >= set(key.columns):
                    continue  # let the server judge whether the row that it refers to is there
                if not open_:
                    raise CannotFillError(f"its parent {key.target} could not be filled: {error}") from None
                values |= dict.fromkeys(open_)
                continue
            for name, target in zip(key.columns, key.target_columns, strict=True):
                values.setdefault(name, parent[target])
        return {name: value for name, value in values.items() if _writable(relation, name)}

    def _parent(self, relation: Relation, key: ForeignKey, person: Person) -> Mapping[str, str | None]:
        if key.target == self.users:
            return {"id": person.uuid, "email": person.email}
        if key.target == relation.name:
            raise CannotFillError("it refers to itself")
        target = self.catalog.relation(key.target)
        if key.target == "storage.objects":
            return self._stored_object(person)
        if self._is_for_the_listed(relation, key, person):
            person = CAROL
        if target is None:
            if (found := self._present.first(key.target)) is None:
                raise CannotFillError("it belongs to the platform and is empty")
            return {name: value if value is None else str(value) for name, value in found.items()}
        return self._present.shipped(relation, key, target) or self.make(target, person).texts

    def _stored_object(self, person: Person) -> Mapping[str, str | None]:
        """Return a file of the person's in the platform's storage; it is made where there is none."""
        try:
            self._run(person, platform.BUCKET)
            found = self._run(person, platform.store_file(person, self.seed))
        except psycopg.Error as error:
            raise CannotFillError(f"{error.sqlstate}: {error.diag.message_primary}") from None
        return found or {}

    def _adopt(self, relation: Relation, person: Person, tried: Values, refusal: Refusal) -> Row | None:
        """Find the row that a trigger has made for the person already, and mark it."""
        keys, parts = self.keys(relation, person), self._contents.parts(relation, person)
        owned = self.owners.owned.get(relation.name)
        users = owned.users if owned else ()
        for condition in adoption.conditions(relation, keys, users, tried, refusal.taken):
            found = self._present.first(relation.name, condition)
            if not found:
                continue
            left = adoption.completed(relation, found, keys)
            for change in (*left, *adoption.marked(relation, keys, parts)):
                with suppress(psycopg.Error):  # this column takes no such value; others may
                    self._run(person, f"update {relation.name} set {change} where {condition}")
            return self._row(relation, person, self._present.first(relation.name, condition) or found, "")
        return None

    def _row(self, relation: Relation, person: Person, stored: Mapping[str, Any], sql: str) -> Row:
        said = {column.name: text_of(column, stored[column.name]) for column in relation.columns}
        found = json.dumps(stored)
        texts = (canary(*self._contents.parts(relation, person), column.name) for column in relation.columns)
        return Row(
            relation.name,
            person.name,
            stored,
            said,
            found_by(relation, said),
            sql,
            tuple(text for text in texts if text in found),
        )


def _writable(relation: Relation, name: str) -> bool:
    column = relation.column(name)
    return bool(column and column.writable)
