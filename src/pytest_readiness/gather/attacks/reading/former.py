"""Reads as somebody whose place in another tenant has come to an end, while some policies forget to ask."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.repointing import receivers
from pytest_readiness.gather.attacks.states import (
    AS_EVER,
    FUTURE,
    PAST,
    QUIETLY,
    State,
    dropped,
    given_states,
    words_of,
)
from pytest_readiness.gather.synthesis.refusals import insert_sql, where
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.purpose.visibility import ends_ahead, is_over, is_revoked, is_withdrawn
from pytest_readiness.judges.sql.lexis import names
from pytest_readiness.judges.sql.reach import deciding_of
from pytest_readiness.judges.sql.terms import beginnings
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading
    from pytest_readiness.gather.synthesis.refusals import Values

BEGAN = "2000-01-01"
_TERM = f"[{BEGAN},{PAST})"
TERMS = {"daterange": _TERM, "tsrange": _TERM, "tstzrange": _TERM} | dict.fromkeys(
    ("datemultirange", "tsmultirange", "tstzmultirange"), f"{{{_TERM}}}"
)
"""By type, a term that is over."""

_WRITES = frozenset({"INSERT", "UPDATE", "ALL"})
_ON = re.compile(r"^(is_)?(active|enabled|valid|current)$", re.IGNORECASE)
_MOST = 6
"""Ends of the places in one relation."""

_LOOKED = 200
"""Relations that are read to see whether an end closes anything."""


@dataclass(frozen=True, slots=True)
class _End:
    """A place of bob's in alice's tenant, as it was and as it is over.

    Attributes:
        timed: Whether it is over because a time has come: whoever notes that means that it is.
        term: Whether the time is the end of one that was agreed upon.
        revoking: The update by which whoever gave the place takes it back; empty where none is called so.
    """

    relation: Relation
    column: Column
    held: State
    over: State
    timed: bool
    term: bool = False
    revoking: str = ""


class Former:
    """Tries the tables that say who belongs to what, and when that is over."""

    def __init__(self, field: Field, reading: Reading) -> None:
        self.field = field
        self.reading = reading
        self.bob = field.cast.user(BOB)
        self.forger = Forger(field)

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what bob still reads of alice's tenant.

        An end counts where something asks for it, and closes to him what was open before. One that nothing
        of what was open asks for counts if it is a time that is called so. An agreed term counts for what
        he may write to in it alone.
        """
        wanted = {relation.name for relation in relations}
        for end in self._ends:
            below = self.below(end, wanted)
            if end.term:
                below = [relation for relation in below if self._is_for_the_term(relation, end)]
            left = self.open(below, end.over)
            if end.term:
                forgotten = (one for one in left if self.is_read_without(one[0], end))
                yield from ((r.name, given_states(then, self.bob, (end.over,))) for r, then in forgotten)
                continue
            over = self._counting(end) if left else None
            if over is None:
                continue
            left = left if over is end.over else self.open(below, over)
            held = {relation.name for relation, _ in self.open([r for r, _ in left], end.held)}
            for relation, then in left:
                if relation.name in held:
                    yield relation.name, given_states(then, self.bob, (over,))

    def _counting(self, end: _End) -> State | None:
        """Return the state in which a place is over, if that means that it gives no more rights."""
        if self._is_unasked(end) or self._is_half_asked(end) or self._closes(end):
            return end.over
        return self._revoked(end)

    def _revoked(self, end: _End) -> State | None:
        """Return the state after alice took a place back, if she may and nothing asks for that."""
        alice, name = self.field.cast.user(ALICE), end.relation.name
        if not end.revoking or self.field.texts.asked(name) is None or self._is_asked(end):
            return None
        taken = self.field.runner.one(Attempt(alice, (end.revoking,), before=end.held.statements))
        if taken.state or not taken.touched:
            return None
        # By a superuser with her claims: what acts on rows acts as for her, and may end the place itself.
        return replace(end.over, statements=(*end.held.statements, *alice.acting(end.revoking)))

    def open(self, relations: list[Relation], state: State) -> list[tuple[Relation, Read]]:
        """Return what bob reads of alice's in a state."""
        return [(relation, then) for relation, then in self._reads(relations, state) if then.foreign]

    def _hanging(self, end: _End) -> list[Relation]:
        """Return what bob may read and a place decides about."""
        names = self.field.texts.depending[end.relation.name]
        below = [relation for name in names if (relation := self.field.catalog.relation(name))]
        return [relation for relation in below if self.bob.role in relation.readable]

    def below(self, end: _End, wanted: Collection[str]) -> list[Relation]:
        """Return those of some relations that bob may read, and that hold more than who there is."""
        return [r for r in self._hanging(end) if r.name in wanted and self._is_secret(r, end)]

    def _closes(self, end: _End) -> bool:
        """Whether something that a place opens is closed once it is over."""
        below = self._hanging(end)[:_LOOKED]
        over = {relation.name: then for relation, then in self._reads(below, end.over)}
        open_ = self.open(below, end.held)
        return any(relation.name in over and not over[relation.name].foreign for relation, _ in open_)

    def _is_unasked(self, end: _End) -> bool:
        """Whether an end is a time of a membership, and nothing that a place opens asks for it.

        That a list of members leaves out who left, and that a function lets them leave, opens and closes
        nothing.
        """
        texts, name = self.field.texts, end.relation.name
        if not end.timed or not self._is_belonging(end.relation) or texts.asked(name) is None:
            return False
        return not self._is_asked(end)

    def _is_half_asked(self, end: _End) -> bool:
        """Whether what a place opens asks if it has begun, and nothing if it has ended."""
        said = self._deciding(end)
        bodies = [function.body for function in self.field.texts.called(said)]
        begins = beginnings(end.relation, end.column, [*said, *bodies]) if end.timed else ()
        return bool(begins) and not self._asks(said, end.column)

    def _is_asked(self, end: _End) -> bool:
        """Whether anything that a place opens asks for its end."""
        return self._asks(self._deciding(end), end.column)

    def _deciding(self, end: _End) -> list[str]:
        """Return what decides about all that a place opens, but for itself."""
        beside = (one for one in self._hanging(end) if one.name != end.relation.name)
        return [text for one in beside for text in deciding_of(one)]

    def _is_for_the_term(self, relation: Relation, end: _End) -> bool:
        """Whether what lets rows be written asks for a term, and what shows them and no more forgets to."""
        # What restricts ALL holds beside whatever lets them be read, as if it were said of that alone.
        showing = [policy for policy in relation.policies if policy.command in {"SELECT", "ALL"}]
        shows = [policy.using for policy in showing if policy.command == "SELECT" or not policy.permissive]
        # Where a policy says nothing of new rows, what it says of old ones holds for them.
        writes = [policy.check or policy.using for policy in relation.policies if policy.command in _WRITES]
        return self._asks(writes, end.column) and not self._asks(shows, end.column)

    def is_read_without(self, relation: Relation, end: _End) -> bool:
        """Whether what is left once a term is over comes by another policy than those that ask for it."""
        asking = [
            policy
            for policy in relation.policies
            if policy.command == "ALL" and self._asks([policy.using], end.column)
        ]
        over = replace(end.over, statements=(*dropped(relation, asking), *end.over.statements))
        return not asking or any(then.foreign for _, then in self._reads([relation], over))

    def _asks(self, said: list[str], column: Column) -> bool:
        bodies = (function.body for function in self.field.texts.called(said))
        return any(column.name in names(text) for text in (*said, *bodies))

    def _is_belonging(self, relation: Relation) -> bool:
        return any(membership.relation == relation.name for membership in self.field.owners.memberships)

    def _is_secret(self, relation: Relation, end: _End) -> bool:
        """Whether a relation holds more than who there is: who was there knows the place and the people."""
        owners = self.field.owners
        return relation.name not in {end.relation.name, *owners.roots, *owners.people}

    def _reads(self, relations: list[Relation], state: State) -> Iterator[tuple[Relation, Read]]:
        """Yield what bob reads in a state; nothing of what refuses."""
        attempts = [Attempt(self.bob, (read(r),), about=r, before=state.statements) for r in relations]
        for attempt, outcome in self.field.runner.run(attempts):
            if not outcome.state:
                row = self.field.population.row(attempt.about.name, ALICE.name)
                yield attempt.about, self.reading(attempt.about, self.bob, BOB, outcome, row)

    @cached_property
    def _ends(self) -> list[_End]:
        return [end for one in self.field.catalog.relations for end in self.ends_in(one)]

    def ends_in(self, relation: Relation, terms: Mapping[str, str] = TERMS) -> list[_End]:
        """Return how a place in a relation may be over, with terms that are none any more, by their types."""
        place = self.place_in(relation) if relation.name in self.field.texts.depending else {}
        return list(self._of(relation, place, terms))[:_MOST] if place else []

    def place_in(self, relation: Relation) -> Values:
        """Return a row that gives bob a place among what is alice's; nothing where rows give none."""
        model = self.forger.model(relation, ALICE) if relation.kind in TABLE_KINDS else None
        receiving = self._receiving(relation) if model is not None else ()
        mine = self.forger.owner_keys(relation, BOB)
        return (model or {}) | {name: mine[name] for name in receiving if name in mine} if receiving else {}

    def _receiving(self, relation: Relation) -> tuple[str, ...]:
        """Return the columns that name who has a place; none where rows give nobody a place among others'."""
        for membership in self.field.owners.memberships:
            if membership.relation == relation.name:
                return (membership.user,)
        owned = self.field.owners.owned.get(relation.name)
        leads = any(key.target in self.field.owners.owned for key in relation.foreign_keys)
        if owned is None or relation.name not in self.field.texts.consulted:
            return ()
        named = receivers(relation, owned)
        return named[:1] if leads or len(named) < len(owned.users) else ()

    def _of(self, relation: Relation, place: Values, terms: Mapping[str, str]) -> Iterator[_End]:
        """Yield the ways in which a place may be over; what is no end is long ago, others far ahead."""
        ends = {column.name for column in relation.columns if _timed(column) and is_over(column.name)}
        # What was booked, or lent, ends as it was meant to, and leaves rights; what was revoked leaves none.
        agreed = self._is_belonging(relation) or self._has_begun(relation)
        over = is_over if agreed else is_withdrawn
        began = {
            column.name: BEGAN
            for column in relation.columns
            if _timed(column) and column.writable and column.name not in ends and place.get(column.name)
        }
        began |= {c.name: BEGAN for c in relation.columns if _timed(c) and c.default and c.name not in ends}
        began |= {c.name: FUTURE for c in relation.columns if c.name in ends and c.writable and _is_ahead(c)}
        for column in relation.columns:
            for value in self._values(relation, column, place, over, terms) if column.writable else ():
                held, left = place | began, place | began | {column.name: value}
                revoked = is_revoked(column.name) or is_revoked(value)
                yield _End(
                    relation,
                    column,
                    self._state(relation, held, ""),
                    self._state(relation, left, f"{column.quoted} = {value}"),
                    timed=_timed(column),
                    term=column.type in TERMS,
                    revoking=self._revoking(relation, column, place, value) if revoked else "",
                )

    def _has_begun(self, relation: Relation) -> bool:
        """Whether code asks if what a row agrees upon has begun; then it ends as well."""
        ends = [column for column in relation.columns if _timed(column) and is_over(column.name)]
        said = [text for text in self.field.texts.all() if relation.table in text] if ends else []
        return any(beginnings(relation, column, said) for column in ends)

    def _revoking(self, relation: Relation, column: Column, place: Values, value: str) -> str:
        """Return the update by which a place is taken back."""
        keys = {name: place[name] for name in self.field.key_columns(relation) if place.get(name)}
        now = "now" if _timed(column) else value
        return f"update {relation.name} set {column.quoted} = {literal(now)} where {where(relation, keys)}"

    def _values(
        self,
        relation: Relation,
        column: Column,
        place: Values,
        over: Callable[..., bool],
        terms: Mapping[str, str],
    ) -> Iterator[str]:
        if _timed(column) and (over(column.name) or is_revoked(column.name)):
            yield PAST
        elif column.type in terms:
            yield terms[column.type]
        elif column.type == "boolean" and (
            over(column.name) or is_revoked(column.name) or _ON.search(column.name)
        ):
            yield "false" if _ON.search(column.name) else "true"
        elif holds_text(column) or column.kind == "e":
            known = words_of(self.field, relation, column)
            others = (text for text in known if text != place.get(column.name))
            yield from (text for text in others if over(text, known) or is_revoked(text))

    def _state(self, relation: Relation, values: Values, said: str) -> State:
        """Return the state in which bob has this row, instead of his own where each user has only one."""
        mine = self.field.population.row(relation.name, BOB.name)
        alone = relation.name in self.field.owners.people
        left = (f"delete from {relation.name} where {mine.where}",) if alone and mine else ()
        statements = (QUIETLY, *left, insert_sql(relation, values), AS_EVER)
        return State(relation.name, f"a place in {relation.name} that is over ({said})", statements)


def _timed(column: Column) -> bool:
    return column.dated


def _is_ahead(column: Column) -> bool:
    """Whether an end is said beforehand, so that a place that is held has one as well."""
    return column.not_null or ends_ahead(column.name)
