"""What a change to rows did to those who own them. Pure: rows before and after, and whose they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import TENANTS
from pytest_readiness.judges.isolation.growth import (
    BOOKKEEPING,
    NEWS,
    PLACES,
    grew,
    growth,
    is_gift,
    is_number,
    numbers_in,
    offered,
    products,
)
from pytest_readiness.judges.owners.namesakes import told_apart_within_tenants
from pytest_readiness.judges.purpose.orders import draws_on_stock
from pytest_readiness.judges.purpose.payments import Payments, pop_same
from pytest_readiness.judges.purpose.weights import is_charged

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.judges.isolation.labels import Labels, Row

_TAKEN = re.compile(
    r"(^|_)(booked|reserved|taken|sold|ordered|claimed|assigned|occupied|rented|lent|borrowed)(_|$)",
    re.IGNORECASE,
)
"""What a thing is called once somebody has it."""

GUEST = re.compile(
    r"(^|_)(e?_?mail|guest|grantee|invitee|invited|recipient|receiver|addressee|viewer|reader|attendee|participant|"
    r"collaborator|shared?_(with|to)|with_user)(_|$)",
    re.IGNORECASE,
)
"""How columns are called that name to whom something is given, and not who gave it."""

_AGREED = re.compile(
    r"(^|_)(sign(ed|ature)?|accept(ed)?|agreed?|consent(ed)?|confirm(ed)?|approv(ed|al))(_|$)", re.IGNORECASE
)
_TENANTS = frozenset(tenant.name for tenant in TENANTS)


@dataclass(frozen=True, slots=True)
class Done:
    """One row that somebody else's attempt reached.

    Attributes:
        refers: Whether a forged row hangs on what is the actor's as well as on what is the victim's.
    """

    kind: str
    relation: str
    victim: str
    before: Row | None
    after: Row | None
    refers: bool = False


@dataclass(frozen=True, slots=True)
class Harms:
    """Reads the difference that an attempt made.

    Attributes:
        hidden: Whether whoever made it may not read a relation's rows of others.
    """

    catalog: CatalogEvidence
    owners: Owners
    labels: Labels
    hidden: Callable[[str], bool] = lambda _: False

    def of(
        self,
        changed: Mapping[str, tuple[Sequence[Row], Sequence[Row]]],
        actor: Person | None,
        named: Container[str] = (),
        told: Container[str] = (),
    ) -> Iterator[Done]:
        """Yield the rows of others that were altered, taken, destroyed or forged.

        Args:
            changed: By relation, the rows that are gone and those that are new.
            actor: Who made the attempt; None for a caller without a user.
            named: Relations that it updated by their names: there nothing is a gift.
            told: Relations in which a new row for somebody is a gift: triggers tell people what happens.
        """
        for name, (gone, new) in changed.items():
            relation = self.catalog.relation(name)
            if relation is None:
                continue
            later = list(new)
            for before in gone:
                after = pop_same(relation, before, later)
                if victims := self.labels.foreign(name, before, actor):
                    done = self._touched(name, before, after, victims, actor)
                    asked = done.kind == "altered" and name not in named
                    given = asked and is_gift(before, done.after or {})
                    ordered = asked and self._ordered(done, changed, actor)
                    meant = (given or ordered) and not self._unchecked(done, changed)
                    if not meant or self._at_will(done, changed, actor) or self._beside(done, changed, actor):
                        yield done
                elif after is not None and (handed := self._handed(name, before, after, actor)):
                    refers = self._hangs_on_his(name, after, actor)
                    yield Done("forged", name, _first(handed), before, after, refers)
            for after in later if name not in told else ():
                victims = self._signed(name, after, actor) or self._placed(name, after, actor)
                shared = (self._founded, self._is_order, self._is_entry)
                if victims and not any(one(name, after, changed, actor) for one in shared):
                    refers = self._hangs_on_his(name, after, actor)
                    yield Done("forged", name, _first(victims), None, after, refers)

    def _at_will(
        self,
        done: Done,
        changed: Mapping[str, tuple[Sequence[Row], Sequence[Row]]],
        actor: Person | None,
    ) -> bool:
        """Whether a hidden number of the victim's grew by, or to, what the actor wrote into a row of his own.

        So it did by what is in another of his that this one names: the price of his thing, so many times.
        Whoever pays loses something, whoever gives names the receiver, and what counts grows by one. Where
        the actor's own grew by as much, what was meant for him reached everybody.
        """
        before, after = done.before or {}, done.after or {}
        by = growth(before, after)
        grown = {*by.values(), *(round(value, PLACES) for at, value in numbers_in(after).items() if at in by)}
        new = [(name, row) for name, (_, rows) in changed.items() if name != done.relation for row in rows]
        own = [(name, row) for name, row in new if self._is_only(name, row, actor)]
        explained = any(grown & self._said_by(name, row, actor) for name, row in own)
        gone = [(name, row) for name, (rows, _) in changed.items() for row in rows]
        paid = [(name, row) for name, row in gone if self._is_only(name, row, actor)]
        alike = all(self._grew_alike(name, row, changed, done) for name, row in paid)
        return explained and alike and self.hidden(done.relation)

    def _said_by(self, name: str, row: Row, actor: Person | None) -> set[float]:
        """Return the numbers of a row, and how often it takes those of each row of the actor's it names."""
        own = self._amounts(name, row)
        named = [
            self._amounts(above, parent)
            for above, parent in self.labels.parents(name, row)
            if self._is_only(above, parent, actor)
        ]
        times = {round(one * other, PLACES) for parent in named for one in own for other in parent}
        return own.union(*named, times)

    def _amounts(self, name: str, row: Row) -> set[float]:
        """Return the products of a row's numbers, but for those that say which row is meant."""
        relation = self.catalog.relation(name)
        known = relation.link_columns if relation else frozenset[str]()
        return products({column: value for column, value in row.items() if column not in known})

    def _grew_alike(
        self, name: str, row: Row, changed: Mapping[str, tuple[Sequence[Row], Sequence[Row]]], done: Done
    ) -> bool:
        """Whether a row of the actor's was reached beside the victim's: the same grew in it by as much."""
        relation = self.catalog.relation(name)
        after = pop_same(relation, row, list(changed[name][1])) if relation else None
        by = growth(done.before or {}, done.after or {})
        return name == done.relation and after is not None and growth(row, after) == by

    def _unchecked(self, done: Done, changed: Mapping[str, tuple[Sequence[Row], Sequence[Row]]]) -> bool:
        """Whether a hidden row of the victim's was reached by a reference that no key let through.

        A new row refers to it by a key of several columns, of which one is NULL: with the owner in it the
        server would have looked.
        """
        rows = [(name, row) for name, (_, new) in changed.items() for row in new if name != done.relation]
        return self.hidden(done.relation) and any(self._partly(name, row, done) for name, row in rows)

    def _partly(self, name: str, row: Row, done: Done) -> bool:
        relation, before = self.catalog.relation(name), done.before or {}
        for key in relation.foreign_keys if relation else ():
            pairs = list(zip(key.columns, key.target_columns, strict=True))
            said = [(own, other) for own, other in pairs if row.get(own) is not None]
            there = all(str(row[own]) == str(before.get(other)) for own, other in said)
            if key.target == done.relation and 0 < len(said) < len(pairs) and there:
                return True
        return False

    def _beside(
        self,
        done: Done,
        changed: Mapping[str, tuple[Sequence[Row], Sequence[Row]]],
        actor: Person | None,
    ) -> bool:
        """Whether numbers of the actor's own row, which is called as the victim's is, grew by as much.

        Then his was meant, and hers was reached beside it; unless they say how much is new to either.
        """
        relation, (gone, new) = self.catalog.relation(done.relation), changed[done.relation]
        by = growth(done.before or {}, done.after or {})
        if relation is None or not by or any(map(NEWS.search, by)):
            return False
        told = told_apart_within_tenants(relation, self.owners)
        names = [frozenset(key) & told for key in relation.unique if {*key} & told]
        for row in gone:
            alike = any(all(row[name] == (done.before or {})[name] for name in key) for key in names)
            after = pop_same(relation, row, list(new)) if alike else None
            if after and self._is_only(done.relation, row, actor) and growth(row, after) == by:
                return True
        return False

    def _ordered(
        self,
        done: Done,
        changed: Mapping[str, tuple[Sequence[Row], Sequence[Row]]],
        actor: Person | None,
    ) -> bool:
        """Whether the actor ordered, booked or bid for what others see.

        Of it there is less, or it is taken, by him, and more may be counted or offered. A new row of his
        refers to it and says so: one unit, or as many as it has for a number.
        """
        before, after = done.before or {}, done.after or {}
        if self.hidden(done.relation):
            return False
        orders = [
            row
            for name, (_, rows) in changed.items()
            for row in rows
            if name != done.relation and self._refers(name, row, done) and self._names(name, row, actor)
            if not draws_on_stock(self.catalog, self.owners, (name, row), (done.relation, before))
        ]
        units = {1.0}.union(*map(products, orders))
        differing = {k for k, v in before.items() if after.get(k) != v}
        less = {k for k in differing if grew(after.get(k), before[k])}
        fallen = {round(before[k] - after[k], PLACES) for k in less if is_number(before[k])}
        taken = {k for k in differing if _TAKEN.search(k) or _TAKEN.search(str(after.get(k)))}
        his = {k for k in differing if actor and str(after.get(k)) in {actor.uuid, str(actor.number)}}
        more = {k for k in differing if offered(before[k], after.get(k)) or BOOKKEEPING.search(k)}
        return bool(orders) and differing <= less | taken | his | more and fallen <= units

    def _is_order(
        self,
        name: str,
        row: Row,
        changed: Mapping[str, tuple[Sequence[Row], Sequence[Row]]],
        actor: Person | None,
    ) -> bool:
        """Whether a row is the actor's for what he ordered by it, of which there is less by now."""
        for other, (gone, new) in changed.items() if self._names(name, row, actor) else ():
            relation, later = self.catalog.relation(other), list(new)
            pairs = [(one, pop_same(relation, one, later)) for one in gone] if relation else []
            altered = [Done("altered", other, "", was, now) for was, now in pairs if now not in (None, was)]
            if any(self._refers(name, row, done) and self._ordered(done, changed, actor) for done in altered):
                return True
        return False

    def _is_entry(
        self,
        name: str,
        row: Row,
        changed: Mapping[str, tuple[Sequence[Row], Sequence[Row]]],
        actor: Person | None,
    ) -> bool:
        """Whether a row tells the victim what the actor paid her."""
        payments = Payments(
            self.catalog,
            changed,
            own=lambda relation, one: self._is_only(relation, one, actor),
            names=lambda relation, one: self._names(relation, one, actor),
            foreign=lambda relation, one: bool(self.labels.foreign(relation, one, actor)),
        )
        return payments.is_entry(name, row)

    def _founded(
        self,
        name: str,
        row: Row,
        changed: Mapping[str, tuple[Sequence[Row], Sequence[Row]]],
        actor: Person | None,
    ) -> bool:
        """Whether a row lets somebody into what was made for that, and where the actor is as well: a chat."""
        relation = self.catalog.relation(name)
        if relation is None or any(is_charged(one) or _signs(one, row) for one in relation.columns):
            return False
        for key in relation.foreign_keys:
            place = [row.get(own) for own in key.columns]
            gone, made = changed.get(key.target, ((), ()))
            alike = [one for one in changed[name][1] if [one.get(own) for own in key.columns] == place]
            was, is_now = (
                any([parent.get(other) for other in key.target_columns] == place for parent in rows)
                for rows in (gone, made)
            )
            if is_now and not was and any(self._names(name, one, actor) for one in alike):
                return True
        return False

    def _names(self, name: str, row: Row, actor: Person | None) -> bool:
        return actor is not None and actor.name in self.labels.of(name, row)

    def _refers(self, name: str, row: Row, done: Done) -> bool:
        """Whether a row refers to the one that was altered."""
        relation, before = self.catalog.relation(name), done.before or {}
        keys = relation.foreign_keys if relation else ()
        return any(
            key.target == done.relation
            and all(
                row.get(own) is not None and str(row[own]) == str(before.get(other))
                for own, other in zip(key.columns, key.target_columns, strict=True)
            )
            for key in keys
        )

    def _is_only(self, name: str, row: Row, actor: Person | None) -> bool:
        """Whether a row names the actor, and nobody else."""
        return self.labels.only(name, row, actor)

    def _touched(
        self, name: str, before: Row, after: Row | None, victims: frozenset[str], actor: Person | None
    ) -> Done:
        victim = _first(victims)
        if after is None:
            return Done("destroyed", name, victim, before, None)
        if victims - self.labels.of(name, after) and not self.labels.foreign(name, after, actor):
            return Done("taken", name, victim, before, after)
        return Done("altered", name, victim, before, after)

    def _handed(self, name: str, before: Row, after: Row, actor: Person | None) -> frozenset[str]:
        """Return in whose place a row is that was in another: what stays where it was is nobody's doing.

        Who names another tenant in a row that stays his own tenant's appoints it: a carrier, a partner.
        """
        labels = self.labels.of(name, after)
        stays = self.labels.of(name, before) == labels
        appointed = bool(actor and actor.tenant and actor.tenant.name in labels)
        return frozenset() if stays or appointed else self._placed(name, after, actor)

    def _placed(self, name: str, row: Row, actor: Person | None) -> frozenset[str]:
        """Return in whose place a row was put that is not the actor's; a tenant comes before its users."""
        labels = self.labels.of(name, row)
        tenants = labels & _TENANTS
        own = {actor.name, actor.tenant.name if actor.tenant else ""} if actor else set()
        if name in {membership.relation for membership in self.owners.memberships}:
            return frozenset() if labels & own else labels
        if tenants and actor and actor.name in labels and self._is_users(name):
            return frozenset()
        if tenants:
            return tenants - own
        return frozenset() if labels & own or self._let_in(name, row, own) else labels

    def _let_in(self, name: str, row: Row, own: set[str]) -> bool:
        """Whether a row hangs on what is the actor's alone, and names whom he lets in or gives a task."""
        owned = self.owners.owned.get(name)
        users = owned.users if owned else ()
        chosen = [user for user in users if GUEST.search(user) or (owned and user in owned.appointed)]
        above = self.labels.above(name, row, chosen)
        return bool(users) and len(chosen) == len(users) and bool(above) and above <= own

    def _hangs_on_his(self, name: str, row: Row, actor: Person | None) -> bool:
        """Whether a row names nobody itself, and refers to what is the actor's beside what is another's."""
        owned = self.owners.owned.get(name)
        own = {actor.name, actor.tenant.name if actor.tenant else ""} if actor else set()
        return owned is not None and not owned.columns and bool(self.labels.above(name, row) & own)

    def _signed(self, name: str, row: Row, actor: Person | None) -> frozenset[str]:
        """Return in whose name a new row in the actor's own place is; handing one over forges nothing."""
        own = {actor.name, actor.tenant.name if actor.tenant else ""} if actor else set()
        signers = self.labels.signers(name, row)
        return signers if not signers & own and self.labels.of(name, row) & own else frozenset()

    def _is_users(self, name: str) -> bool:
        """Whether a row is a user's one for each thing that he sees: saved, liked, applied for.

        Or for each tenant: who asks to join one writes in its place, and whether that opens anything is
        seen by reading again.
        """
        relation, owned = self.catalog.relation(name), self.owners.owned.get(name)
        if relation is None or owned is None:
            return False
        things = [key.target for key in relation.foreign_keys if key.target in self.owners.owned]
        users, tenants = set(owned.users), set(owned.tenants)
        if any(
            set(key) <= users | tenants and set(key) & users and set(key) & tenants for key in relation.unique
        ):
            return True
        one_each = any(set(key) & users and set(key) - users - tenants for key in relation.unique)
        return one_each and any(not self.hidden(thing) for thing in things)


def _signs(column: Column, row: Row) -> bool:
    """Whether a row says that whom it names agreed to something."""
    value = row.get(column.name)
    return bool(_AGREED.search(column.name)) and value is not None and value is not False


def _first(names: frozenset[str]) -> str:
    people = sorted(names - _TENANTS)
    return people[0] if people else f"tenant {min(names)}"
