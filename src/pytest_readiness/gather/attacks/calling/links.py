"""Calls functions with what alice gave to bob, a link or an invitation, after she took it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.codes import is_capability
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.meanings import compared, family
from pytest_readiness.gather.attacks.repointing import receivers
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.judges.owners.links import ends, is_link
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values


@dataclass(frozen=True, slots=True)
class _Got:
    """What a call gave to bob: a text of hers, or a place in her tenant."""

    kind: str
    relation: str
    what: str


class Links:
    """Tries the functions that take what is known to its holder alone.

    While it holds, it opens something: whoever has it was given that. Once its row says that it is over,
    nothing may open any more.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)
        self.arguments = field.arguments
        self.forger = Forger(field)

    def harms(self, function: Function) -> Iterator[Harm]:
        """Yield what a function gives to bob for a link that is over, as it did before."""
        if self.bob.role not in function.callers:
            return
        for name in sorted(self.field.texts.function_reach(function)):
            relation, row = self.field.catalog.relation(name), self.field.population.row(name, ALICE.name)
            if relation is None or row is None or relation.kind not in TABLE_KINDS:
                continue
            if given := self._given(function, relation, row):
                yield from self._of(function, given, relation, row)

    def _of(
        self, function: Function, given: tuple[str, ...], relation: Relation, row: SyntheticRow
    ) -> Iterator[Harm]:
        watch = tuple(sorted(self.field.texts.changed_by(function)))
        known = list(ends(relation))
        for receiver in self.received(relation) if known else ():
            fresh = unspent(relation) | receiver
            states = [fresh, *(fresh | {end.column.name: end.over} for end in known)]
            tried = [
                Attempt(self.bob, (call_sql(function, given),), watch, before=stating(relation, row, state))
                for state in states
            ]
            (_, held), *over = self.field.runner.run(tried)
            for end, (attempt, outcome) in zip(known, over, strict=True):
                for same in sorted(self._got(held, outcome, row), key=str)[:1]:
                    said = f"{same.what}, by what {relation.name} gave him, though {end.said}"
                    script = self.field.script(same.relation, self.bob, attempt.steps, before=attempt.before)
                    yield Harm(BOB.name, same.kind, same.relation, ALICE.name, said, script)
                    return

    def _given(self, function: Function, relation: Relation, row: SyntheticRow) -> tuple[str, ...]:
        """Return arguments with her token where a body compares one with it; nothing for what is no link."""
        given = [self.arguments.first(argument, function, BOB) for argument in function.arguments]
        secrets = {column.name for column in relation.columns if is_capability(relation, column)}
        found = False
        for place, argument in enumerate(function.arguments):
            for name in sorted(compared(plain(function.body), argument) & secrets):
                column, value = relation.column(name), row.texts.get(name)
                if column and value is not None and family(column.type) == family(argument.type):
                    given[place], found = f"{literal(value)}::{argument.declared}", True
        link = found and is_link(relation, self.field.key_columns(relation) | secrets)
        return tuple(given) if link else ()

    def received(self, relation: Relation) -> Iterator[Values]:
        """Yield what a link says of whom it is for: of whoever holds it, and of bob."""
        yield {}
        owned = self.field.owners.owned.get(relation.name)
        mine = self.forger.owner_keys(relation, BOB)
        his: Values = {name: mine.get(name) for name in (receivers(relation, owned)[:1] if owned else ())}
        his |= {c.name: BOB.email for c in relation.columns if "mail" in c.name and c.writable}
        if his:
            yield his

    def _got(self, held: Outcome, over: Outcome, row: SyntheticRow) -> Iterator[_Got]:
        """Yield what a call gave both before and after the end.

        An answer that is another once it is over may say just that, as that of a cancelled booking does.
        """
        known = {*row.canaries, *self.field.shown_texts}
        same = "\n".join({*held.rows}.intersection(over.rows)) if not held.state and not over.state else ""
        for mark in self.field.recognition.canaries_of_others(same, BOB):
            if mark not in known:
                yield _Got("read", self._home(mark), f"`{mark}`")
        before, after = self._entered(held), self._entered(over)
        yield from (_Got("forged", name, f"a place in {name}") for name in before & after)

    def _entered(self, outcome: Outcome) -> frozenset[str]:
        """Return the relations in which a call gave him a place in her tenant."""
        names = {membership.relation for membership in self.field.owners.memberships}
        changed = {} if outcome.state else outcome.changed
        wanted = {BOB.name, ALICE.tenant.name if ALICE.tenant else ""}
        return frozenset(
            name
            for name in names & changed.keys()
            if any(wanted <= self.field.labels.of(name, new) for new in changed[name].new)
        )

    def _home(self, mark: str) -> str:
        """Return the relation in whose row a text is."""
        rows = self.field.population.rows.items()
        return next(name for (name, _), row in rows if mark in row.canaries)


def unspent(relation: Relation) -> Values:
    """Return what a link says that is not over, and to which nothing has happened yet."""
    times = (c for c in relation.columns if c.dated and c.writable)
    fresh: Values = {c.name: None for c in times if not c.not_null and not c.default}
    return fresh | {end.column.name: end.held for end in ends(relation)}


def stating(relation: Relation, row: SyntheticRow, values: Values) -> tuple[str, ...]:
    """Return what a superuser does so that a row has these values."""
    columns = [c for c in relation.columns if c.name in values]
    sets = ", ".join(f"{column.quoted} = {literal(values[column.name])}" for column in columns)
    return (QUIETLY, f"update {relation.name} set {sets} where {row.where}", AS_EVER)
