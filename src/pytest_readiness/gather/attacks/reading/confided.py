"""Rows that only some of those may read who read others like them, and what tells of these rows elsewhere.

A policy keeps a row from somebody by a word or a switch in it that is called so: an internal note, a
confidential report. What hangs on that row, and what copies or shows it, has to be kept from him as well.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import Read
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, CAROL
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.repointing import receivers
from pytest_readiness.gather.attacks.states import State, change, rows_of_hers, words_of
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import canary, holds_text
from pytest_readiness.judges.purpose.visibility import is_confided, shows_to_some
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

_MOST = 24
"""Ways in which rows of one relation are kept from somebody that are tried."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A row of alice's that somebody reads as long as it is not confided.

    Attributes:
        reader: Who reads it then.
        given: What lets him read it.
        shut: The value that keeps it from him.
    """

    relation: Relation
    row: SyntheticRow
    reader: Identity
    given: tuple[str, ...]
    column: Column
    shut: str
    open: str

    def before(self, value: str) -> tuple[str, ...]:
        """Return what brings the row into one state or the other."""
        return (*self.given, *change(self.relation.name, self.column, value, self.row).statements)


class Confided:
    """Tries the tables whose policies ask for such a word or switch."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what is read in it of a row that is kept from the reader."""
        wanted = [relation for relation in relations if relation.readable]
        found: set[str] = set()
        for kept in self._kept if wanted else ():
            left = [relation for relation in wanted if relation.name not in found]
            for relation, told in (*self._below(kept, left), *self._elsewhere(kept, left)):
                if relation.name not in found:
                    found.add(relation.name)
                    yield relation.name, told

    @cached_property
    def _kept(self) -> list[_Kept]:
        """The rows that readers see in the one state, and not in the other."""
        tried = [
            kept
            for relation, row in rows_of_hers(self.field)
            if relation.primary_key
            for kept in itertools.islice(self._ways(relation, row), _MOST)
        ]
        looks = (
            Attempt(
                kept.reader, (read(kept.relation, kept.row.where),), about=kept, before=kept.before(value)
            )
            for kept in tried
            for value in (kept.open, kept.shut)
        )
        outcomes = list(self.field.runner.run(looks))
        pairs = zip(outcomes[::2], outcomes[1::2], strict=True)
        return [
            attempt.about
            for (attempt, open_), (_, shut) in pairs
            if open_.rows and not open_.state and not shut.rows and not shut.state
        ]

    def _ways(self, relation: Relation, row: SyntheticRow) -> Iterator[_Kept]:
        switches = list(self._switches(relation))
        for reader, given in self._readers(relation, row) if switches else ():
            for column, shut, open_ in switches:
                yield _Kept(relation, row, reader, given, column, shut, open_)

    def _switches(self, relation: Relation) -> Iterator[tuple[Column, str, str]]:
        """Yield columns that policies ask for, a value by which a row is confided, and one by which not."""
        using = [policy.using for policy in relation.policies]
        said = {word for text in using for word in names(text)}
        said |= {word for function in self.field.texts.called(using) for word in names(function.body)}
        for column in relation.columns:
            if column.name not in said or column.generated:
                continue
            if column.type == "boolean" and is_confided(column.name):
                yield column, "true", "false"
            elif column.type == "boolean" and shows_to_some(column.name):
                yield column, "false", "true"
            elif holds_text(column) or column.kind == "e":
                known = words_of(self.field, relation, column)
                open_ = [text for text in known if not is_confided(text)]
                pairs = itertools.product(filter(is_confided, known), open_)
                yield from ((column, shut, other) for shut, other in pairs)

    def _readers(self, relation: Relation, row: SyntheticRow) -> Iterator[tuple[Identity, tuple[str, ...]]]:
        """Yield a plain colleague, and bob, whom her row or one that it depends on names beside her."""
        for person, state in ((CAROL, None), *((BOB, state) for state in self._beside(relation, row))):
            said = f", named in {state.relation}," if state else ","
            actor = self.field.cast.user(
                person, f"{person.name}{said} who may not read it in {relation.name},"
            )
            if actor.role in relation.readable:
                yield actor, state.statements if state else ()

    def _beside(self, relation: Relation, row: SyntheticRow) -> Iterator[State]:
        belonging = {membership.relation for membership in self.field.owners.memberships}
        apart = {*belonging, *self.field.owners.people, *self.field.owners.roots}
        for name in sorted({relation.name, *self.field.texts.depends_on(relation.name)} - apart):
            one, owned = self.field.catalog.relation(name), self.field.owners.owned.get(name)
            hers = row if name == relation.name else self.field.population.row(name, ALICE.name)
            if one is None or owned is None or hers is None or one.kind not in TABLE_KINDS or not hers.where:
                continue
            named = receivers(one, owned) if len(owned.users) > 1 or name != relation.name else ()
            for column in (column for user in (*named, *owned.signed) if (column := one.column(user))):
                if name != relation.name or column.name in {*named} - {*relation.primary_key}:
                    yield change(name, column, str(BOB.key(column.type)), hers)

    def _below(self, kept: _Kept, wanted: list[Relation]) -> Iterator[tuple[Relation, Read]]:
        """Yield what hangs on the row and is shown while that is kept."""
        looks = []
        near = self._referring[kept.relation.name]
        below = near.union(*(self._referring[name] for name in near))
        for relation in (one for one in wanted if one.name in below):
            hers = self.field.population.row(relation.name, ALICE.name)
            # What says by itself whom it is for is kept or shown as it says.
            alone = hers is None or not hers.where or relation.name in self._switched
            if hers and not alone and self._hangs(relation, hers, kept):
                step = read(relation, hers.where)
                before = kept.before(kept.shut)
                looks.append(
                    Attempt(kept.reader, (step,), about=(relation, hers.canaries, kept), before=before)
                )
        yield from self._told(looks)

    @cached_property
    def _referring(self) -> defaultdict[str, set[str]]:
        """By relation, those that have a foreign key to it."""
        found = defaultdict[str, set[str]](set)
        for relation in self.field.catalog.relations:
            for key in relation.foreign_keys:
                found[key.target].add(relation.name)
        return found

    @cached_property
    def _switched(self) -> frozenset[str]:
        """Relations in which a word or switch says whom a row is for."""
        return frozenset(one.name for one in self.field.catalog.relations if any(self._switches(one)))

    def _hangs(self, relation: Relation, hers: SyntheticRow, kept: _Kept, depth: int = 2) -> bool:
        """Whether a row refers to the kept one, or to one that does.

        That a row says whose it is, or that it is somebody's, hangs it on nothing.
        """
        owners = self.field.owners
        owned = owners.owned.get(relation.name)
        naming = {*(owned.columns if owned else ())}
        for key in relation.foreign_keys if relation.name != kept.relation.name and depth else ():
            if naming & {*key.columns} or key.target in owners.people or key.target in owners.roots:
                continue
            above, parent = (
                self.field.catalog.relation(key.target),
                self.field.population.row(key.target, ALICE.name),
            )
            if above is None or parent is None or above is relation:
                continue
            pairs = zip(key.columns, key.target_columns, strict=True)
            refers = all(hers.stored.get(own) == parent.stored.get(other) is not None for own, other in pairs)
            if refers and (above is kept.relation or self._hangs(above, parent, kept, depth - 1)):
                return True
        return False

    def _elsewhere(self, kept: _Kept, wanted: list[Relation]) -> Iterator[tuple[Relation, Read]]:
        """Yield what shows a new row of hers that is kept: a copy that something made, or a view."""
        texts, name = self.field.texts, kept.relation.name
        touched = texts.touched_by(name)
        places = [
            r for r in wanted if r.name != name and (r.name in touched or name in texts.depends_on(r.name))
        ]
        made = self._made(kept) if places else None
        if made is None:
            return
        before, marks = (*kept.given, *made[0]), frozenset(made[1])
        looks = [Attempt(kept.reader, (read(r),), about=(r, marks, kept), before=before) for r in places]
        (own,) = [
            outcome
            for _, outcome in self.field.runner.run(
                [Attempt(kept.reader, (read(kept.relation),), before=before)]
            )
        ]
        if not own.state and not marks & {*CANARY.findall("".join(own.rows))}:
            yield from self._told(looks)

    def _made(self, kept: _Kept) -> tuple[tuple[str, ...], list[str]] | None:
        """Return what makes such a row in her name, with texts of its own; None if she may not."""
        relation, alice = kept.relation, self.field.cast.user(ALICE)
        held, model = relation.privileges.get(alice.role), self.forger.model(relation, ALICE)
        if held is None or model is None or kept.column.name not in held.insert:
            return None
        seed, keys = self.field.target.seed, self.field.key_columns(relation)
        fresh = {
            column.name: canary(seed, relation.name, "confided", column.name)
            for column in relation.columns
            if column.name not in keys and CANARY.fullmatch(model.get(column.name) or "")
        }
        row = model | fresh | {kept.column.name: kept.shut}
        insert = insert_sql(relation, {name: value for name, value in row.items() if name in held.insert})
        if not fresh or self.field.runner.one(Attempt(alice, (insert,))).state:
            return None
        # By a superuser with her claims: what acts on rows acts as for her.
        return alice.acting(insert), list(fresh.values())

    def _told(self, looks: list[Attempt]) -> Iterator[tuple[Relation, Read]]:
        for attempt, outcome in self.field.runner.run(
            look for look in looks if look.actor.role in look.about[0].readable
        ):
            relation, marks, kept = attempt.about
            told = sorted({*marks} & {*CANARY.findall("".join(outcome.rows))}) if not outcome.state else []
            if told:
                look, name = f"select * from {relation.name}", kept.relation.name
                script = self.field.script(
                    relation.name,
                    attempt.actor,
                    (look,),
                    "select 1",
                    before=attempt.before,
                    beside={name, *self.field.texts.depends_on(name)},
                )
                yield relation, Read(attempt.actor.name, 0, 1, ALICE.name, told[0], sql=script, kept=True)
