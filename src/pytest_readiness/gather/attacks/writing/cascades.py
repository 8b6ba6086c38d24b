"""Deletes one's own rows on which rows of others hang: referential actions are asked no policy."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.field import telling
from pytest_readiness.gather.attacks.hanging import Hangers, referred
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.writing.originals import Originals
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.isolation.cascades import alike, chains, told
from pytest_readiness.judges.purpose.filings import is_filed
from pytest_readiness.judges.purpose.forks import is_fork
from pytest_readiness.judges.purpose.records import is_kept_of_a_deal
from pytest_readiness.judges.purpose.releases import is_pooled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.isolation.cascades import Chain, Hanging
    from pytest_readiness.target.identities import Identity

_HERS = {ALICE.name, *(tenant.name for tenant in ALICE.tenants)}

_MOST = 2000
"""Deletes that are tried in all."""


@dataclass(frozen=True, slots=True)
class _Hung:
    """A row of hers that hangs on one of bob's.

    Attributes:
        parent: The relation of which he deletes a row.
        row: Hers, as it is then.
        chosen: Whether it is hers although it names him: she chose him for it, and loses it when he goes.
    """

    parent: str
    chain: Chain
    row: dict[str, object]
    chosen: bool = False

    def is_in(self, rows: Iterable[dict[str, object]]) -> bool:
        """Whether one of these rows is the same, by its key."""
        keyed = {name: self.row.get(name) for name in self.chain.last.child.primary_key}
        return any(all(row.get(name) == value for name, value in keyed.items()) for row in rows)


class Cascades:
    """Tries the tables of which bob may delete rows, while a row of alice's hangs on his.

    That comments go with a post is what everybody means, and that receipts go with a product is what
    nobody means: nothing in a schema tells one from the other, so that this is told and not judged. But what
    hangs on whom its owner chose for it, and may be without, is judged: a project goes with its reviewer. So
    is what she made of a public thing of another's, or filed under a label of his, and he does not see: a
    contract goes with its template. A fork of a recipe goes with the recipe. So is what her tenant keeps of
    its use of a thing that his has in a pool: who takes it out takes nothing of what was done with it. And
    so is what the backend alone keeps of a deal of hers, where neither of the two may take it back.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob, self.alice = field.cast.user(BOB), field.cast.user(ALICE)
        self.hangers = Hangers(field)

    def all(self) -> Iterator[Assault]:
        """Yield for each such table what came of it."""
        attempts = (one for one in self._attempts(self.field.catalog.relations) if not one.about.chosen)
        tried = self.field.from_states(itertools.islice(attempts, _MOST))
        for parent, of_parent in itertools.groupby(tried, lambda one: one[0].about.parent):
            yield self._judged(parent, list(of_parent))
        for parent in dict.fromkeys(attempt.about.parent for attempt in attempts):
            yield Assault(_subject(parent), "LOOK", 0, unclear=f"{_MOST} others were tried before it")

    def of_chosen(self, parents: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what of hers goes with a row of somebody whom she chose for it, or of which she made it."""
        attempts = [one for each in self._attempts(parents) for one in self._unmeant(each)]
        for attempt, outcome, _ in self.field.from_states(attempts[:_MOST]):
            harms: tuple[Harm, ...] = ()
            if self._gone(attempt, outcome):
                told = replace(self._harm([attempt]), kind="destroyed", what=telling(attempt.about.row))
                harms = (told,)
            yield Assault(attempt.about.parent, "DELETE", 1, harms)

    def _unmeant(self, attempt: Attempt) -> Iterator[Attempt]:
        """Yield a delete if nobody means what goes with the row, in the states in which it comes to that."""
        hung = attempt.about
        if hung.chosen:
            yield attempt
        elif not self._is_apart(hung.chain.last):
            return
        elif self._is_of_a_deal(hung.chain):
            if not self._sees(self.bob, attempt):
                yield attempt
        elif not hung.chain.between and _outlives(hung.chain.last):
            for before in Originals(self.field).states(hung.chain.last, hung.row):
                made = replace(attempt, before=(*before, *attempt.before))
                if not self._sees(self.bob, made):
                    yield made
        elif hung.chain.between or self._sees(self.bob, attempt):
            return
        elif self._is_filed(attempt) or self._is_kept_of_a_pool(hung.chain.last):
            yield attempt

    def _is_apart(self, link: Hanging) -> bool:
        """Whether what refers to a row is of another kind, or a thing by itself."""
        return link.key.target != link.child.name or is_fork(link, self.field.owners)

    def _is_filed(self, attempt: Attempt) -> bool:
        """Whether she files what is hers alone under a label of his, as everybody may."""
        link, owned = attempt.about.chain.last, self.field.owners.owned
        parent = self.field.catalog.relation(link.key.target)
        apart = self.field.owners.identifying
        if parent is None or parent.name not in owned or {parent.name, link.child.name} & apart:
            return False
        filed = is_filed(link, parent, owned[parent.name], owned[link.child.name])
        return filed and link.key.on_delete == "CASCADE" and Originals(self.field).is_used(link)

    def _is_of_a_deal(self, chain: Chain) -> bool:
        """Whether it says what she paid for a thing, and neither of the two may take that back."""
        near = not chain.between and chain.last.key.target not in self.field.owners.identifying
        return near and is_kept_of_a_deal(chain.last, self.field.clients)

    def _is_kept_of_a_pool(self, link: Hanging) -> bool:
        """Whether tenants pool what a row refers to, and it says itself whose it is, with more below it."""
        owned, above = (self.field.owners.owned.get(name) for name in (link.child.name, link.key.target))
        parent = self.field.catalog.relation(link.key.target)
        if not (owned and above and parent and owned.tenants and above.tenants):
            return False
        below = [
            one for one, key in self.field.catalog.referring(link.child.name) if key.on_delete == "CASCADE"
        ]
        kept = any(holds_text(column) for one in below for column in one.columns)
        apart = not {*owned.columns} & {*link.key.columns} and link.key.on_delete == "CASCADE"
        pooled = is_pooled(parent, self.field.clients)
        return kept and apart and pooled and Originals(self.field).is_seen(link)

    def _attempts(self, parents: Iterable[Relation]) -> Iterator[Attempt]:
        for parent, mine in self._deletable(parents):
            yield from self._of(parent, mine)
            yield from self._of_its_kind(parent, mine)

    def _deletable(self, parents: Iterable[Relation]) -> Iterator[tuple[Relation, SyntheticRow]]:
        for parent in parents:
            held = parent.privileges.get(self.bob.role)
            mine = self.field.population.row(parent.name, BOB.name)
            if held and "delete" in held.others and mine and mine.where and parent.kind in TABLE_KINDS:
                yield parent, mine

    def _of(self, parent: Relation, mine: SyntheticRow) -> Iterator[Attempt]:
        delete = f"delete from {parent.name} where {mine.where}"
        for chain in chains(self.field.catalog, parent):
            rows = {parent.name: mine} | {
                link.child.name: row
                for link in chain.between
                if (row := self.field.population.row(link.child.name, BOB.name)) and row.where
            }
            name = chain.last.child.name
            hers = self.field.population.row(name, ALICE.name)
            if hers is None or not hers.where or len(rows) < len(chain.links):
                continue
            moved = hers.stored | referred(chain.last, rows[chain.last.key.target].stored)
            before = self.hangers.hung(chain, rows | {name: hers})
            chosen = self._is_chosen(name, moved)
            if before and (chosen or self.field.labels.of(name, moved) & _HERS):
                hung = _Hung(parent.name, chain, moved, chosen and _outlives(chain.last))
                yield Attempt(self.bob, (delete,), (name,), hung, before)

    def _of_its_kind(self, parent: Relation, mine: SyntheticRow) -> Iterator[Attempt]:
        """Yield deletes of a row to which hers of the same relation refers."""
        hers = self.field.population.row(parent.name, ALICE.name)
        for chain in alike(parent) if hers and hers.where else ():
            moved = hers.stored | referred(chain.last, mine.stored) if hers else {}
            before = self.hangers.hung_alike(chain.last, mine, hers) if hers else ()
            if before and self.field.labels.of(parent.name, moved) & _HERS:
                delete = f"delete from {parent.name} where {mine.where}"
                yield Attempt(self.bob, (delete,), (parent.name,), _Hung(parent.name, chain, moved), before)

    def _is_chosen(self, name: str, row: dict[str, Any]) -> bool:
        """Whether a row names nobody but whom its owner chose for it, and hangs on what is hers."""
        labels, owned = self.field.labels, self.field.owners.owned.get(name)
        if owned is None or not owned.users or not owned.appointed >= {*owned.users}:
            return False
        return bool(labels.above(name, row, owned.appointed) & _HERS)

    def _judged(self, parent: str, tried: list[tuple[Attempt, Outcome, Outcome]]) -> Assault:
        """Say what became of rows that hung on those of one table; what could not hang proves nothing."""
        gone = [attempt for attempt, outcome, _ in tried if self._gone(attempt, outcome)]
        failed = next((control.message for _, _, control in tried if control.state), "")
        unclear = f"no row of hers could be made to hang on his: {failed}" if failed and not gone else ""
        hung = sum(not control.state for _, _, control in tried)
        harms = (self._harm(gone),) if gone else ()
        return Assault(_subject(parent), "LOOK", hung, harms, unclear=unclear)

    def _harm(self, gone: list[Attempt]) -> Harm:
        child, what = gone[0].about.chain.last.child.name, told([attempt.about.chain for attempt in gone])
        script = self.field.script(child, self.bob, gone[0].steps, before=gone[0].before)
        return Harm(BOB.name, "residual", child, ALICE.name, what, script)

    def _gone(self, attempt: Attempt, outcome: Outcome) -> bool:
        """Whether her row is gone or another, and it may come to that: she reads it where it hangs."""
        change = outcome.changed.get(attempt.about.chain.last.child.name)
        if outcome.state or not change or not attempt.about.is_in(change.gone):
            return False
        return self._sees(self.alice, attempt)

    def _sees(self, actor: Identity, attempt: Attempt) -> bool:
        """Whether somebody reads her row where it hangs."""
        child = attempt.about.chain.last.child
        seen = self.field.runner.one(Attempt(actor, (read(child),), before=attempt.before))
        return bool(attempt.about.is_in(json.loads(text) for text in seen.rows))


def _subject(parent: str) -> str:
    return f"{parent}: what hangs on its rows"


def _outlives(link: Hanging) -> bool:
    """Whether a row that goes with another may be without any."""
    columns = (link.child.column(name) for name in link.key.columns)
    return link.key.on_delete == "CASCADE" and any(column and not column.not_null for column in columns)
