"""Deletes one's own row while one of hers refers to it, and that one stays: it is let go, or refuses.

Hers may be another afterwards, such as one that lies in no closed place any more and so is everybody's. Where
the key refuses, the refusal tells of a row that stays hidden.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, NEWCOMER
from pytest_readiness.gather.attacks.asked_states import named
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.changes import Changes
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.hanging import Hangers, moved, referred
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.refusals import REFERRED_TO
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.isolation.cascades import Chain, Hanging

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

LET_GO = frozenset({"SET NULL", "SET DEFAULT"})
REFUSED = frozenset({""})

_HERS = {ALICE.name, *(tenant.name for tenant in ALICE.tenants)}
_MOST = 200
"""Deletes that are tried in all."""


@dataclass(frozen=True, slots=True)
class _Hung:
    """A row of hers that refers to one of bob's.

    Attributes:
        row: Hers, as it is then.
        alone: What a superuser does so that nothing refers to bob's row.
        before: What he does so that hers does, and nothing else.
        beside: What he does so that hers does as well as what did before.
        by_her: Whether she is shown bob's row; else a service lets hers refer to it, if anybody does.
    """

    parent: Relation
    mine: SyntheticRow
    link: Hanging
    row: dict[str, Any]
    alone: tuple[str, ...]
    before: tuple[str, ...]
    beside: tuple[str, ...]
    by_her: bool = False

    @property
    def delete(self) -> str:
        return f"delete from {self.parent.name} where {self.mine.where}"

    def shown(self, outcome: Outcome) -> dict[str, Any] | None:
        """Return the same row among those that came out, by its key."""
        key = self.link.child.primary_key
        rows = () if outcome.state else map(json.loads, outcome.rows)
        return next((row for row in rows if all(row.get(n) == self.row.get(n) for n in key)), None)


class Partings:
    """Tries the tables of which bob may delete rows, where a row of alice's may refer to his."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.alice, self.bob = field.cast.user(ALICE), field.cast.user(BOB)
        self.hangers = Hangers(field)
        self.changes = Changes(Forger(field))

    def opened(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what others read of hers once bob has deleted what it referred to."""
        readers = [*self.field.cast.nobody(), self.field.cast.user(NEWCOMER), self.bob]
        for hung in self._hung(relations, LET_GO):
            child = hung.link.child
            asked = [actor for actor in readers if actor.role in child.readable]
            attempts = [
                Attempt(actor, (read(child),), before=before)
                for before in (hung.before, (*hung.before, hung.delete))
                for actor in asked
            ]
            seen = [hung.shown(outcome) for _, outcome in self.field.runner.run(attempts)]
            pairs = zip(asked, seen[: len(asked)], seen[len(asked) :], strict=True)
            new = [(actor, row) for actor, was, row in pairs if row is not None and was is None]
            harms = (self._opened(hung, *new[0]),) if new and self._is_deleted(hung) else ()
            yield Assault(hung.parent.name, "ESCALATE", 1, harms)

    def told(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield what a refusal tells bob of rows that he does not see."""
        for hung in self._hung(relations, REFUSED):
            child = hung.link.child
            refused, free, known, *seen = self._run(
                Attempt(self.bob, (hung.delete,), before=hung.before),
                Attempt(self.bob, (hung.delete,), before=hung.alone),
                Attempt(self.alice, (read(child),), before=hung.before),
                Attempt(self.bob, (read(child),), before=hung.before),
                # He may see hers by a row of his that refers to the same, as one that makes him a member.
                Attempt(self.bob, (read(child),), before=hung.beside),
            )
            told = refused.state in REFERRED_TO and free.touched and not free.state
            hidden = hung.shown(known) is not None and all(hung.shown(one) is None for one in seen)
            yield Assault(
                hung.parent.name,
                "DELETE",
                2,
                (self._refusal(hung, refused.state),) if told and hidden else (),
            )

    def _run(self, *attempts: Attempt) -> list[Outcome]:
        return [outcome for _, outcome in self.field.runner.run(attempts)]

    def _is_deleted(self, hung: _Hung) -> bool:
        (done,) = self._run(Attempt(self.bob, (hung.delete,), before=hung.before))
        return not done.state and bool(done.touched)

    def _opened(self, hung: _Hung, reader: Identity, row: dict[str, Any]) -> Harm:
        name = hung.link.child.name
        texts = [value for value in row.values() if isinstance(value, str) and "canary-" in value]
        what = f"`{(texts or [json.dumps(row)[:60]])[0]}`"
        if reader is not self.bob:
            what = f"{what}, as {reader.name} may from then on"
        before = (*hung.before, hung.delete)
        script = self.field.script(name, reader, (read(hung.link.child),), "select 1", before=before)
        return Harm(BOB.name, "read", name, ALICE.name, what, script)

    def _refusal(self, hung: _Hung, state: str) -> Harm:
        """Tell of a row that says something about his; that his is in a basket or a list is to be noted.

        So is what only the service may have written: nothing tells whether it does.
        """
        child, keys = hung.link.child, self.field.key_columns(hung.link.child)
        said = any(
            holds_text(c) and c.not_null and not c.default and c.name not in keys for c in child.columns
        )
        kind, what = (
            ("told", f"a hidden row in {child.name} keeps his own from being deleted ({state})")
            if said and hung.by_her
            else ("residual", f"of a hidden row in {child.name}, which keeps his own from being deleted")
        )
        script = self.field.script(hung.parent.name, self.bob, (hung.delete,), before=hung.before)
        return Harm(BOB.name, kind, hung.parent.name, ALICE.name, what, script)

    def _hung(self, relations: Iterable[Relation], acts: Collection[str]) -> Iterator[_Hung]:
        return islice(self._all_hung(relations, acts), _MOST)

    def _all_hung(self, relations: Iterable[Relation], acts: Collection[str]) -> Iterator[_Hung]:
        for parent in relations:
            held = parent.privileges.get(self.bob.role)
            mine = self.field.population.row(parent.name, BOB.name)
            if not held or "delete" not in held.others or not mine or parent.kind not in TABLE_KINDS:
                continue
            found = list(self._below(parent, mine, acts))
            shown = self._shown(parent, mine) if found else None
            for one in found:
                if shown is not None or (acts == REFUSED and self._is_the_services(one.link)):
                    then = shown or ()
                    before, beside = (*one.before, *then), (*one.beside, *then)
                    yield replace(one, before=before, beside=beside, by_her=shown is not None)

    def _is_the_services(self, link: Hanging) -> bool:
        """Whether she says nowhere what hers refers to."""
        held = link.child.privileges.get(self.alice.role)
        return held is None or not {*link.key.columns} & {*held.insert, *held.update}

    def _below(self, parent: Relation, mine: SyntheticRow, acts: Collection[str]) -> Iterator[_Hung]:
        """Yield rows of hers that may refer to his, and stay hers alone."""
        alone = tuple(self.changes.unreferenced(parent, mine))
        for child, key in self.field.catalog.referring(parent.name):
            hers = self.field.population.row(child.name, ALICE.name)
            if key.on_delete not in acts or child.name == parent.name or not hers or not hers.where:
                continue
            link = Hanging(child, key)
            row = hers.stored | referred(link, mine.stored)
            labels, people = self.field.labels.of(child.name, row), self.field.labels.people(child.name, row)
            before = self.hangers.hung(Chain((link,)), {parent.name: mine, child.name: hers})
            if before and child.primary_key and (people == {ALICE.name} or (labels and labels <= _HERS)):
                beside = (QUIETLY, moved(link, mine, hers), AS_EVER)
                yield _Hung(parent, mine, link, row, alone, before, beside)

    def _shown(self, parent: Relation, mine: SyntheticRow) -> tuple[str, ...] | None:
        """Return what shows her bob's row, so that she may refer to it; None if nothing does.

        It is everybody's, or in a state that policies ask for, or a row of hers that they look at names it.
        """
        if self.alice.role not in parent.readable:
            return None
        said = " ".join(policy.using for policy in parent.policies)
        states = [(), *(s.statements for s in named(self.field, parent, said, (BOB,)))]
        states += [(QUIETLY, move, AS_EVER) for move in self._invitations(parent, mine)]
        attempts = [Attempt(self.alice, (read(parent, mine.where),), before=s) for s in states]
        seen = self.field.runner.run(attempts)
        return next((attempt.before for attempt, outcome in seen if outcome.rows and not outcome.state), None)

    def _invitations(self, parent: Relation, mine: SyntheticRow) -> Iterator[str]:
        decides = self.field.texts.depends_on(parent.name) - {parent.name}
        for child, key in self.field.catalog.referring(parent.name):
            hers = self.field.population.row(child.name, ALICE.name)
            if child.name in decides and hers and hers.where:
                yield moved(Hanging(child, key), mine, hers)
