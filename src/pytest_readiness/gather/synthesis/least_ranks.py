"""What users are at least, in lists in which a word gives rights: all are on such a list, and not the chosen.

A list that a client may enter himself chooses nobody either.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

from pytest_readiness.evidence.people import BOB, NEWCOMER
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.changes import Changes
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.states import change, taken_away
from pytest_readiness.gather.synthesis.privileges import looks_through
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.owners.lookalikes import listed_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.privileges import Look

_MOST, _LOOKS, _WRITES = 12, 100, 60
"""Words of one column that are tried; reads for each, and writes."""

_WRITTEN = frozenset({"UPDATE", "DELETE", "ALL"})
_DONE = frozenset({"altered", "taken", "destroyed"})


class Least(NamedTuple):
    """What a row says of whoever has no rights by it; no column where it may say what it does.

    Attributes:
        column: That says it.
        value: By which it does.
    """

    column: str = ""
    value: str | None = None


def least(field: Field, lists: Collection[str]) -> dict[str, Least]:
    """Return by list what everybody is on it, of those lists on which not only the chosen are.

    Args:
        field: In which everybody is on the lists.
        lists: On which bob's row showed him rows of others.
    """
    asked, found = {*field.texts.literals}, {}
    asking = cache(partial(_asking, field))
    for name in sorted(field.owners.people):
        relation = field.catalog.relation(name)
        unasked = [one for one in _words(relation) if one.value not in asked] if relation else []
        if relation and name in lists:
            looks = _looks(field, name)
            shown = (one for one in unasked if not any(_seen(looks, relation, one)))
            one = next(shown, None) or _entered(field, relation, looks)
        else:
            one = _powerless(field, relation, unasked, asking()) if relation and unasked else None
        if one:
            found[name] = one
    return found


def _words(relation: Relation) -> Iterator[Least]:
    """Yield what rows may say by columns of few words; lists of words begin with whoever has most to say.

    Who said nothing has what a column is without it.
    """
    for column in relation.columns:
        if column.default or not column.writable or column.generated:
            continue
        words = listed_words(relation, column) if column.is_text or column.kind == "e" else ()
        for word in itertools.islice(reversed(words), _MOST):
            yield Least(column.name, word)
        if words and not column.not_null:
            yield Least(column.name, None)


def _looks(field: Field, name: str) -> list[tuple[Look, int]]:
    """Return what asks a list, with how many rows of others bob reads there without being on it."""
    looks = itertools.islice(looks_through(field, name), _LOOKS)
    return [(look, look.told(without)) for look in looks if (without := look.without())]


def _seen(looks: list[tuple[Look, int]], relation: Relation, one: Least) -> Iterator[int]:
    """Yield by look how many rows of others bob sees by what his row says, and not without it."""
    column = relation.column(one.column)
    for look, without in looks:
        before = change(relation.name, column, one.value, look.row).statements if column else ()
        with_it = look.seen(*before)
        yield 1 if with_it.state else max(look.told(with_it) - without, 0)


def _powerless(
    field: Field, relation: Relation, words: list[Least], asking: Mapping[str, list[Relation]]
) -> Least | None:
    """Return the word with which bob changes fewer rows of others; nothing where no word of his row does."""
    bob, row = field.cast.user(BOB), field.population.row(relation.name, BOB.name)
    changes = Changes(Forger(field))
    writes = (
        Attempt(bob, (sql,), (one.name,))
        for one in asking.get(relation.name, ())
        if row and (held := one.privileges.get(bob.role))
        for _, sql in changes.bare(one, held)
    )
    done = [attempt for attempt in itertools.islice(writes, _WRITES) if _harms(field, attempt, ())]
    for one in words if row and done else ():
        column = relation.column(one.column)
        before = change(relation.name, column, one.value, row).statements if row and column else ()
        if not all(_harms(field, attempt, before) for attempt in done):
            return one
    return None


def _asking(field: Field) -> dict[str, list[Relation]]:
    """Return by list the relations with a policy that looks at it before rows are changed or deleted."""
    found: dict[str, list[Relation]] = {}
    for relation in field.catalog.relations:
        written = [one for one in relation.policies if one.permissive and one.command in _WRITTEN]
        said = [text for policy in written for text in (policy.using, policy.check)]
        for name in field.texts.consulted_by(relation, said) - {relation.name}:
            found.setdefault(name, []).append(relation)
    return found


def _harms(field: Field, attempt: Attempt, before: tuple[str, ...]) -> bool:
    outcome = field.runner.one(replace(attempt, before=before))
    done = () if outcome.state else field.harms(attempt, outcome, BOB, {*attempt.watch})
    return any(harm.relation in attempt.watch and harm.kind in _DONE for harm in done)


def _entered(field: Field, relation: Relation, looks: list[tuple[Look, int]]) -> Least | None:
    """Return as what a newcomer may enter himself, and then sees least; nothing where he may not.

    It is asked only of lists by which rows of others name users: else they are filled, and show who entered.
    """
    referring = (
        key.columns[0] in owned.users
        for other in field.catalog.relations
        if (owned := field.owners.owned.get(other.name)) and other.name != relation.name
        for key in other.foreign_keys
        if key.target == relation.name
    )
    if not any(referring):
        return None
    ways = [one for one in (Least(), *_words(relation)) if _enters(field, relation, one)]
    return min(ways, key=lambda one: sum(_seen(looks, relation, one)), default=None)


def _enters(field: Field, relation: Relation, one: Least) -> bool:
    """Whether the newcomer may put a row of his into a list that he is not on."""
    newcomer, forger = field.cast.user(NEWCOMER), Forger(field)
    held, row = relation.privileges.get(newcomer.role), field.population.row(relation.name, NEWCOMER.name)
    model = forger.model(relation, NEWCOMER)
    if held is None or row is None or model is None:
        return False
    said = {one.column: one.value} if one.column else {}
    values = model | forger.owner_keys(relation, NEWCOMER) | said
    sql = insert_sql(relation, {name: value for name, value in values.items() if name in held.insert})
    away = taken_away(relation.name, row)
    return not field.runner.one(Attempt(newcomer, (sql,), before=away)).state
