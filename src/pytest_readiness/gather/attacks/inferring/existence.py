"""Asks functions for a text that stands in alice's row alone, where both people have the same in theirs.

Rows have the same where a key is unique for each owner: only so it is seen whether the owner is asked for.
Whether a function tells of hers is seen only where hers is another.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import HUNG, QUERY, Attempt, Talk
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.codes import CAPABILITY, numbers
from pytest_readiness.gather.attacks.factors import said
from pytest_readiness.gather.attacks.meanings import compared, family
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.sql.lexis import names, plain
from pytest_readiness.judges.sql.replies import told_apart
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Argument, Column, Function, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger

_MOST = 4
"""Columns that each argument is tried for."""

_TELLING = 5
"""Letters and digits that a value must have, at least, to be known however it is spelt."""

_NOBODYS = {"uuid": "0b0d1e5a-4815-4162-8342-000000000008"}
"""A key that no row has; of other types a number."""

_DRAWN = re.compile(
    r"Failing row contains \(.*\)\.|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\d+", re.DOTALL
)
"""What is another each time: the row that a constraint refuses, which is the caller's, a key, a number."""

_UNSAYING = frozenset({*HUNG, "42501", "42883", "42703", "42P01", "22P02", "22001"})
"""Refusals that tell of the function, of the clock, or of how the value itself is spelt."""

_CHECK = "23514"
_CHECKED = re.compile(r'\bviolates check constraint "')
"""What the server says of a value whatever rows there are; code that raises the same says something else."""


def refused_apart(hers: Outcome, nobodys: Outcome, again: Outcome, value: str, other: str) -> str:
    """Say how the refusals of what she has and of what nobody has differ; empty if they do not.

    Args:
        hers: What was said of what she has.
        nobodys: What was said of what nobody has.
        again: The same, asked once more.
        value: What she has.
        other: What nobody has.
    """
    # Another argument may say what she has as well, and be repeated.
    repeated = nobodys.said.replace(other, "…").replace(value, "…")
    asked, same = hers.said.replace(value, "…"), nobodys.said == again.said
    # What it counts on by itself, such as the number of a row that it refuses, differs each time.
    if not both_refused(hers, nobodys) or not (
        asked != repeated if same else _differ_in_words(asked, repeated)
    ):
        return ""
    return f"`{value}` is refused with “{hers.message}”, what nobody has with “{nobodys.message}”"


def answered_apart(hers: Outcome, nobodys: Outcome, again: Outcome, value: str, other: str) -> str:
    """Say how the answers about what she has and about what nobody has differ; empty if they do not."""
    one = tuple(_without(text, value) for text in hers.rows)
    # Where another argument says what she has as well, both replies may repeat it.
    two, three = (
        tuple(_without(_without(text, other), value) for text in came.rows) for came in (nobodys, again)
    )
    if hers.state or nobodys.state or not told_apart(one, two, three):
        return ""
    replies = [f"`{rows[0][:60]}`" if rows else "nothing" for rows in (one, two)]
    return f"of `{value}` it says {replies[0]}, of what nobody has {replies[1]}"


def _without(text: str, value: str) -> str:
    """Return a text without a value, however it is spelt: a reply may repeat it in capitals, or bare.

    A short one only by itself: the same characters are in all that a reply says.
    """
    signs = re.findall(r"[^\W_]", value)
    if len(signs) < _TELLING:
        alone = rf"(?<!\w){re.escape(value)}(?!\w)"
        return re.sub(alone, "…", text, flags=re.IGNORECASE) if value else text
    spelt = r"[\W_]*".join(map(re.escape, signs))
    return re.sub(spelt, "…", text.replace(value, "…"), flags=re.IGNORECASE)


def _differ_in_words(one: str, other: str) -> bool:
    """Whether two texts differ by more than their numbers and keys."""
    first, second = (_DRAWN.sub("#", text) for text in (one, other))
    return first != second


def both_refused(hers: Outcome, nobodys: Outcome) -> bool:
    """Whether both were refused, by what the code itself says.

    A check may refuse what nobody has before anybody looks; what it says of hers alone, it says of her row.
    """
    states = {hers.state, nobodys.state}
    spelt = nobodys.state == _CHECK and bool(_CHECKED.search(nobodys.message))
    return "" not in states and states.isdisjoint(_UNSAYING) and not spelt


class Existence:
    """Asks each function that compares a text with a column in which both people's rows have the same."""

    def __init__(self, field: Field, forger: Forger) -> None:
        self.field = field
        self.forger = forger
        self.bob = field.cast.user(BOB)

    def of(self, function: Function, given: tuple[str, ...]) -> Talk[list[Assault]]:
        """Ask for the text that hers has then, and for one that none has."""
        found = []
        for place, argument in enumerate(function.arguments[: len(given)]):
            tried = 0
            harm: Harm | None = None
            for relation, row, column in itertools.islice(self._columns(function, argument), _MOST):
                asked, harm = yield from self._asked(function, given, place, relation, row, column)
                tried += asked
                if harm:
                    break
            if tried:
                found.append(
                    Assault(function.signature, f"CALL {argument.name}", tried, (harm,) if harm else ())
                )
        return found

    def of_people(self, function: Function, given: tuple[str, ...]) -> Talk[list[Assault]]:
        """Ask for her address, by which she signed up, and for one that nobody has."""
        found = []
        for place, argument in enumerate(function.arguments[: len(given)]):
            if family(argument.type) != "text" or said(given[place]) != ALICE.email:
                continue
            other, cast = f"0{ALICE.email}", f"::{argument.declared}"
            absent = (*given[:place], literal(other) + cast, *given[place + 1 :])
            calls = [call_sql(function, one) for one in (given, absent, absent)]
            hers, nobodys, again = yield [Attempt(self.bob, (call,)) for call in calls]
            what = answered_apart(hers, nobodys, again, ALICE.email, other)
            script = self.field.script(function.name, self.bob, (calls[0],), "select 1")
            harm = Harm(
                BOB.name, "residual", function.signature, ALICE.name, f"who has an account: {what}", script
            )
            found.append(Assault(function.signature, "ADDRESS", 3, (harm,) if what else ()))
        return found

    def _columns(
        self, function: Function, argument: Argument
    ) -> Iterator[tuple[Relation, SyntheticRow, Column]]:
        """Yield hidden columns that a body names and both have alike, those first that it compares."""
        if family(argument.type) != "text":
            return
        body, owners = plain(function.body), self.field.owners
        shown = {*owners.people, *owners.roots, *owners.public, *self.field.published}
        likeliest = compared(body, argument)
        found = []
        for name in sorted((self.field.texts.function_reach(function) & owners.owned.keys()) - shown):
            relation = self.field.catalog.relation(name)
            hers, his = (self.field.population.row(name, person.name) for person in (ALICE, BOB))
            if relation is None or relation.kind not in TABLE_KINDS or hers is None or his is None:
                continue
            kept, namesakes = self.field.key_columns(relation), numbers(self.field, relation)
            found += [
                (relation, hers, column)
                for column in relation.columns
                if holds_text(column)
                and column.name in names(body)
                and column.name not in kept
                and not column.generated
                and (column.name in namesakes or not CAPABILITY.search(column.name))
                and hers.texts.get(column.name) == his.texts.get(column.name) is not None
            ]
        yield from sorted(found, key=lambda one: one[2].name not in likeliest)

    def _asked(
        self,
        function: Function,
        given: tuple[str, ...],
        place: int,
        relation: Relation,
        row: SyntheticRow,
        column: Column,
    ) -> Talk[tuple[int, Harm | None]]:
        """Give hers another text, and ask for it; where its key is given too, for that of no row with it.

        Returns:
            How often was asked, and what came out.
        """
        fresh = self.forger.fresh(column, relation, row.texts[column.name] or "")
        if fresh is None:
            return 0, None
        other = f"update {relation.name} set {column.quoted} = {literal(fresh)} where {row.where}"
        before = (QUIETLY, other, AS_EVER)
        keys = {row.texts.get(name) for name in relation.primary_key}
        strange = tuple(
            f"{literal(_NOBODYS.get(a.type, '481599998'))}::{a.declared}" if said(one) in keys else one
            for a, one in zip(function.arguments, given, strict=False)
        )
        cast = f"::{function.arguments[place].declared}"
        calls = [
            call_sql(function, (*strange[:place], literal(text) + cast, *strange[place + 1 :]))
            for text in (fresh, f"{fresh}0")
        ]
        steps = (*calls, calls[1], f"{QUERY}select 1::text from {relation.name} where {row.where}")
        hers, nobodys, again, seen = yield [Attempt(self.bob, (step,), before=before) for step in steps]
        said_of = (hers, nobodys, again, fresh, f"{fresh}0")
        what, asked = answered_apart(*said_of) or refused_apart(*said_of), len(steps) - 1
        if seen.rows or not what:
            return asked, None
        script = self.field.script(relation.name, self.bob, (calls[0],), "select 1", before=before)
        return asked, Harm(BOB.name, "told", function.signature, ALICE.name, what, script)
