"""Learns what tables hide by giving bob's own row a key that alice's has: a refusal tells that it is there.

That is another way where he may insert nothing, and the only one to a row that everybody has one of.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt, Talk
from pytest_readiness.gather.attacks.states import taken_away
from pytest_readiness.judges.owners.personal import is_of_a_person
from pytest_readiness.judges.purpose.staff_postings import makes
from pytest_readiness.judges.sql.lexis import plain, underscored
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field

TAKEN = "23505"
_OF_ACCOUNTS = ("email", "phone")
"""What the platform keeps unique of accounts."""


class TakenKeys:
    """Updates his row with keys that mean something outside of the database.

    Attributes:
        natural: Whether a key of a relation does.
    """

    def __init__(self, field: Field, natural: Callable[[Relation, tuple[str, ...]], bool]) -> None:
        self.field = field
        self.natural = natural
        self.bob = field.cast.user(BOB)

    def of(self, relation: Relation) -> Talk[list[Assault]]:
        """Ask a table by updates, of each key by which a stranger may know somebody."""
        mine, hers = (self.field.population.row(relation.name, one.name) for one in (BOB, ALICE))
        keys = list(self._keys(relation)) if mine and hers else []
        if not keys or mine is None or hers is None:
            return []
        gone = taken_away(relation.name, hers)
        look = Attempt(self.bob, (f"{QUERY}select 1 from {relation.name} where {hers.where}",))
        tries = [self._update(relation, columns, mine, hers) for columns in keys]
        seen, *came = yield [
            look,
            *(one for attempt in tries for one in (attempt, replace(attempt, before=gone))),
        ]
        found = []
        for columns, attempt, there, alone in zip(keys, tries, came[::2], came[1::2], strict=True):
            tells = there.state == TAKEN and not alone.state and bool(alone.touched)
            named = tuple(column.name for column in columns)
            harm = self._told(relation, named, hers, attempt) if tells and not seen.rows else None
            found.append(Assault(relation.name, f"KEY {', '.join(named)}", 1, (harm,) if harm else ()))
        return found

    def _keys(self, relation: Relation) -> Iterator[list[Column]]:
        """Yield the keys that he may write and that say how to reach a person, which others may guess.

        Tenants are known by that, and what the application or a provider draws is guessed by nobody.
        """
        held, owned = relation.privileges[self.bob.role], self.field.owners.owned.get(relation.name)
        if relation.name in self.field.owners.roots:
            return
        for names in dict.fromkeys(relation.unique):
            columns = [column for name in names if (column := relation.column(name))]
            whose = owned is not None and bool({*names} & {*owned.columns})
            if (
                not whose
                and any(map(is_of_a_person, names))
                and {*names} <= {*held.update}
                and self.natural(relation, names)
            ):
                yield columns

    def _update(
        self, relation: Relation, columns: list[Column], mine: SyntheticRow, hers: SyntheticRow
    ) -> Attempt:
        changes = ", ".join(f"{one.quoted} = {literal(hers.texts.get(one.name))}" for one in columns)
        return Attempt(self.bob, (f"update {relation.name} set {changes} where {mine.where}",))

    def _told(self, relation: Relation, names: tuple[str, ...], hers: SyntheticRow, attempt: Attempt) -> Harm:
        said = ", ".join(names)
        script = self.field.script(relation.name, self.bob, attempt.steps, "select 1")
        what = f"{said} = `{hers.texts.get(names[0])}` is taken ({TAKEN})"
        mend = (
            f"Let clients write no {said} of {relation.name} themselves: grant UPDATE on its other columns "
            f"alone. Who may write it can also take it before its owner comes."
        )
        kind = "residual" if self._is_of_accounts(relation, names) else "told"
        return Harm(BOB.name, kind, relation.name, ALICE.name, what, script, mend=mend)

    def _is_of_accounts(self, relation: Relation, names: tuple[str, ...]) -> bool:
        """Whether a key is copied from accounts as these are made: signing up tells that it is taken, too."""
        catalog = self.field.catalog
        known = [
            word for word in _OF_ACCOUNTS if len(names) == 1 and word in underscored(names[0]).split("_")
        ]
        own = {trigger.function for one in catalog.relations for trigger in one.triggers}
        return any(
            function.attached
            and function.name not in own
            and makes(function.body, relation.table)
            and re.search(rf"\bnew\.{word}\b", plain(function.body), re.IGNORECASE)
            for function in catalog.functions
            for word in known
        )
