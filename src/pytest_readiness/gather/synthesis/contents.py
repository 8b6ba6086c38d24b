"""What a row says before anything is tried: whose it is, and recognisable texts.

What refers to other rows is not known here: it is what these rows have for keys.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.ownership import Who
from pytest_readiness.evidence.people import ALICE, BOB, DANA_IN_BLUE, NOBODY
from pytest_readiness.gather.synthesis.values import canary, holds_text, is_random_key, value_for
from pytest_readiness.judges.owners.namesakes import told_apart_within
from pytest_readiness.judges.owners.periods import beginning
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.least_ranks import Least
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.judges.owners.equated import Place
    from pytest_readiness.judges.owners.mailboxes import Mailboxes
    from pytest_readiness.judges.owners.tenancy import Ranks

HIGH = (ALICE, BOB, DANA_IN_BLUE)
"""Who have rank in their tenants; carol and dana are plain members of alice's."""

_NO_ELEMENT = ("'{}'", "ARRAY[]")


@dataclass(frozen=True, slots=True)
class Contents:
    """Says what rows hold.

    Attributes:
        owners: Of all relations.
        seed: What all values derive from.
        ranks: By table of memberships, the column that gives rank.
        least: By list that everybody is on, what gives no rights there.
        mailboxes: Columns of addresses, and of the domains that code compares with their ends.
        periods: Columns of times at which a period begins, with its unit.
    """

    owners: Owners
    seed: int
    ranks: Mapping[str, Ranks]
    least: Mapping[str, Least]
    mailboxes: Mailboxes
    periods: Mapping[Place, str]

    def parts(self, relation: Relation, person: Person) -> tuple[object, ...]:
        """Return what the values of a row derive from."""
        return (self.seed, relation.name, person.name)

    def whose(self, relation: Relation, person: Person) -> Values:
        """Return the columns that say whose a row is by a key of its own, or by an address or a domain."""
        values: Values = {}
        owned = self.owners.owned.get(relation.name)
        for name in owned.users if owned else ():
            if (column := relation.column(name)) and not column.generated:
                address = owned is not None and name in owned.addressed
                values[name] = _none(column) if person is NOBODY else str(person.key(column.type))
                if address and person is not NOBODY:
                    values[name] = person.email
        for name in owned.tenants if owned else ():
            if owned and (column := relation.column(name)) and not column.generated:
                kind = owned.key_type(name, column.type)
                none = None if name == self.owners.roots.get(relation.name) else _none(column)
                values[name] = str(person.tenant.key(kind)) if person.tenant else none
                if person.tenant and name in owned.domains:
                    values[name] = person.tenant.domain
        for name, mark, _ in owned.paths if owned else ():
            if values.get(name):
                values[name] = f"{values[name]}{mark}{canary(*self.parts(relation, person), name)}"
        if owned and owned.kinds:
            values[owned.kinds.column] = owned.kinds.ways[0][0]
        return values

    def around(self, relation: Relation, person: Person, keys: Values) -> Values:
        """Return a whole row: its keys, and a value for each other column that needs or deserves one."""
        values = self._mailed(relation, person) | keys
        own = self.owners.roots.get(relation.name) or self.owners.people.get(relation.name)
        parts_of = self.parting(relation, person, told_apart_within(relation, self.owners))
        for column in relation.columns:
            if column.name in values or not (column.writable or column.name == own) or column.generated:
                continue
            if column.default and not is_random_key(column) and not _is_empty(relation, column):
                continue
            if unit := self.periods.get((relation.name, column.name)):
                values[column.name] = beginning(unit, dt.datetime.now(dt.UTC).date())
            elif column.not_null or holds_text(column) or column.type in {"json", "jsonb"}:
                values[column.name] = value_for(column, *parts_of(column.name), column.name)
        if known := self.ranks.get(relation.name):
            rank = known.highest if person in HIGH else known.lowest
            values |= {known.column: rank} if rank else {}
        if (low := self.least.get(relation.name)) and low.column:
            values[low.column] = low.value
        return values | self.inside(relation, person, values)

    def _mailed(self, relation: Relation, person: Person) -> Values:
        """Return the person's address, and the domain of its tenant, where code takes them for such."""
        found: Values = {}
        for column in relation.columns if person is not NOBODY else ():
            place = (relation.name, column.name)
            if column.generated or not column.writable or not holds_text(column):
                continue
            if place in self.mailboxes.addresses:
                found[column.name] = person.email
            elif place in self.mailboxes.domains and person.tenant:
                found[column.name] = person.tenant.domain
        return found

    def parting(
        self, relation: Relation, person: Person, alike: Collection[str]
    ) -> Callable[[str], tuple[object, ...]]:
        """Return what tells of each column what its value derives from.

        What may be the same for two is the same for alice and bob, in all relations: what forgets to ask for
        the owner then meets both.
        """
        own = self.parts(relation, person)
        return lambda name: (self.seed, "alike") if name in alike and person in HIGH else own

    def inside(self, relation: Relation, person: Person, values: Values) -> Values:
        """Return documents with the keys of the person and its tenant where code looks for them."""
        owned = self.owners.owned.get(relation.name)
        found: Values = {}
        for key in owned.json if owned else ():
            held = json.loads(found.get(key.column) or values.get(key.column) or "{}")
            key_of = person.tenant if key.who is Who.TENANT and person.tenant else person
            said = held if isinstance(held, dict) else {}
            found[key.column] = json.dumps(said | {key.name: key_of.key(key.type)})
        return found

    def named_again(self, relation: Relation) -> Iterator[tuple[str, str]]:
        """Yield the columns that name a user, or refer to a relation, as one before them does, after that."""
        owned = self.owners.owned.get(relation.name)
        named = dict.fromkeys(owned.users if owned else (), "")
        shared = Counter(name for key in relation.foreign_keys for name in key.columns)
        alone = ((key, [name for name in key.columns if shared[name] == 1]) for key in relation.foreign_keys)
        # Of keys of several columns, the tenant's is in each; of one alone, it may be twice.
        referring = {
            (own or key.columns)[0]: key.target
            for key, own in alone
            if len(own) == 1 or len(key.columns) == 1
        }
        named |= {name: target for name, target in referring.items() if name not in named}
        first: dict[str, str] = {}
        for name, target in named.items():
            if target in first:
                yield first[target], name
            first.setdefault(target, name)


def _is_empty(relation: Relation, column: Column) -> bool:
    """Whether a column of texts holds none by default; a list that a policy asks for stays as it is."""
    if not holds_text(column) or not column.type.endswith("[]"):
        return holds_text(column) and column.default.startswith("''")
    asked = (text for policy in relation.policies for text in (policy.using, policy.check))
    return column.default.startswith(_NO_ELEMENT) and not any(column.name in names(text) for text in asked)


def _none(column: Column) -> str | None:
    """Return what stands in an owner's column that names nobody."""
    return "" if holds_text(column) and column.not_null else None
