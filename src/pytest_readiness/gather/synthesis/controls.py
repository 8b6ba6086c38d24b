"""Makes owners see their rows: without that, what others do not see proves nothing.

A row may be a draft, its owner's membership may be pending, a path may have to lie under a folder.
Nothing interprets a policy: values are tried, in the row and in the rows that decide over it, until
its owner reads it.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, DANA_IN_BLUE, PEOPLE
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.gather.bounds import each
from pytest_readiness.gather.synthesis.refusals import found_by
from pytest_readiness.gather.synthesis.rows_opened import Opened
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.owners.platform_ranks import platform_ranks
from pytest_readiness.judges.purpose.visibility import is_usual
from pytest_readiness.judges.sql.lexis import strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field

_MOST = 300
"""Values that are tried for one relation."""

_MOST_PAIRS = 600
"""Pairs of values that are tried where no value alone is enough."""

_IN_ALL = 9000
"""Values that are tried for all relations together; as many pairs."""

_LISTS = frozenset({"text[]", "character varying[]", "citext[]", "name[]"})
_BEGINS = re.compile(r"(\w[\w-]*(?P<mark>[/:.#|]))(?:%(?:\d\$)?s.*|%?)$")
"""A text that others begin with, alone or as a pattern or format."""

_MARKS = re.compile(r"[%_/.:#|,]+")
"""What code puts around names and between them, and what is no name."""

_SPLIT = re.compile(r"split_part\([^;']*'([^'\w\s])'")
_PREFIXES = 4
"""Beginnings that are tried of one text."""

_HELD = "[1970-01-01,2999-01-01)"
_TERMS = dict.fromkeys(("daterange", "tsrange", "tstzrange"), _HELD) | dict.fromkeys(
    ("datemultirange", "tsmultirange", "tstzmultirange"), f"{{{_HELD}}}"
)
"""By type, a term in which it is now."""

_RIGHT = re.compile(r"[\w:.*-]+")
"""What a right is called that a list may hold: a role has all that code asks for."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that a column gets in the rows of all people.

    Attributes:
        of: For a value that comes from another row of the same person: its relation and column.
        suffix: What follows that.
        prefix: What comes before it.
    """

    relation: Relation
    column: Column
    value: str | None
    of: tuple[str, str] = ("", "")
    suffix: str = ""
    prefix: str = ""

    def value_for(self, person: Person, field: Field) -> str | None:
        """Return a person's value."""
        relation, column = self.of
        if not relation:
            return self.value
        row = field.population.row(relation, person.name)
        text = row.texts.get(column) if row else None
        return text if text is None else f"{self.prefix}{text}{self.suffix}"

    def is_rank(self, field: Field) -> bool:
        """Whether it may be a rank: a word or switch, of no tenant's own, that not everybody comes to be."""
        owned = field.owners.owned.get(self.relation.name)
        listing = next((one for one in field.owners.memberships if one.relation == self.relation.name), None)
        if self.value is None or self.column.dated:
            return False
        if listing:
            known = {*self.column.labels, *field.texts.literals_about(self.relation.name, self.column.name)}
            return self.value in platform_ranks(field.texts, listing, known)
        said = self.column.name if self.column.type == "boolean" else self.value
        return self.value != "false" and not (owned and owned.tenants) and not is_usual(said)

    def statements(self, person: Person, field: Field) -> tuple[str, ...]:
        """Return what gives it to a person's row; nothing if there is none."""
        row = field.population.row(self.relation.name, person.name)
        value = self.value_for(person, field)
        if row is None or (value is None and self.of[0]):
            return ()
        return change(self.relation.name, self.column, value, row).statements


class Most(NamedTuple):
    """How many values are tried for one relation, alone and in pairs."""

    alone: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What shows alice a row of hers.

    Attributes:
        settings: The values, which everybody gets.
        rank: Those that show whoever has them the rows of all: nobody gets them.
    """

    settings: tuple[Setting, ...] = ()
    rank: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Controls:
    """What has to change so that owners see their rows.

    Attributes:
        changes: Relations, persons, and the statements that change a row of theirs for good.
        raised: By relation, what gives alice the rank by which alone her row is seen.
    """

    changes: tuple[tuple[str, str, tuple[str, ...]], ...]
    raised: dict[str, tuple[str, ...]]


def openings(field: Field) -> Iterator[tuple[Relation, Opening]]:
    """Yield relations with the values with which alice reads rows of hers that she did not read before."""
    alice = field.cast.user(ALICE)
    done: list[Setting] = []
    looks = (
        Attempt(alice, (f"{QUERY}select 1 from {relation.name} where {row.where}",), about=relation)
        for relation in field.catalog.relations
        if relation.kind in TABLE_KINDS
        and alice.role in relation.readable
        and (row := field.population.row(relation.name, ALICE.name))
    )
    unseen = [a for a, outcome in field.runner.run(looks) if not outcome.rows and not outcome.state]
    opened, most = Opened(field), Most(*(each(one, _IN_ALL, len(unseen)) for one in (_MOST, _MOST_PAIRS)))
    for attempt in unseen:
        relation, (look,) = attempt.about, attempt.steps
        before = _given(field, ALICE, done)
        outcome = field.runner.one(Attempt(alice, (look,), before=before))
        if outcome.rows or outcome.state:
            continue
        found = _opening(opened, relation, look, done, most)
        done += found.settings
        yield relation, found


def _given(field: Field, person: Person, settings: Iterable[Setting]) -> tuple[str, ...]:
    return tuple(sql for setting in settings for sql in setting.statements(person, field))


def _opening(opened: Opened, relation: Relation, look: str, done: list[Setting], most: Most) -> Opening:
    """Return what shows the row to alice and not to bob, else what shows it to both: one value, or two.

    What lies in a bucket, or is of a kind, may have to be called so as well.
    """
    field = opened.field
    alone = [(setting,) for setting in itertools.islice(_candidates(field, relation), most.alone)]
    placed = [setting for column in _places(field, relation) for setting in _said(field, relation, column)]
    pairs = ((place, *other) for place in placed for other in alone if other[0].column != place.column)
    found = _shown(opened, relation, look, done, alone)
    if found.settings or found.rank:
        return found
    return _shown(opened, relation, look, done, itertools.islice(pairs, most.pairs))


def _look(field: Field, relation: Relation, look: str, made: tuple[Setting, ...]) -> str:
    """Return what looks for her row after it was set, by keys that it has then."""
    row = field.population.row(relation.name, ALICE.name)
    changed = {s.column.name: s.value_for(ALICE, field) for s in made if s.relation.name == relation.name}
    if row is None or not changed:
        return look
    return f"{QUERY}select 1 from {relation.name} where {found_by(relation, dict(row.texts) | changed)}"


def _shown(
    opened: Opened,
    relation: Relation,
    look: str,
    done: list[Setting],
    tried: Iterable[tuple[Setting, ...]],
) -> Opening:
    field = opened.field
    before = _given(field, ALICE, done)
    attempts = (
        Attempt(
            field.cast.user(ALICE),
            (_look(field, relation, look, made),),
            (),
            made,
            (*before, *_given(field, ALICE, made)),
        )
        for made in tried
    )
    shown = [attempt for attempt, outcome in field.runner.run(attempts) if outcome.rows and not outcome.state]
    ranks, open_to_all = [], []
    for attempt in shown:
        made: tuple[Setting, ...] = attempt.about
        if _bob_sees(field, attempt, ()):
            open_to_all.append(made)
        elif any(one.is_rank(field) for one in made) and (
            _bob_sees(field, attempt, (*done, *made)) or _opens_more(opened, done, made)
        ):
            ranks.append(made)
        else:
            return Opening(made)
    return Opening(rank=ranks[0]) if ranks else Opening(*open_to_all[:1])


def _bob_sees(field: Field, attempt: Attempt, given: Iterable[Setting]) -> bool:
    """Whether bob sees her row after what showed it to her, and after he got some values himself."""
    before = (*attempt.before, *_given(field, BOB, given))
    return bool(field.runner.one(Attempt(field.cast.user(BOB), attempt.steps, before=before)).rows)


def _opens_more(opened: Opened, done: list[Setting], made: tuple[Setting, ...]) -> bool:
    """Whether values that show alice her row show bob others of hers, in whatever table: a manager's rank."""
    return opened.more(*(_given(opened.field, BOB, given) for given in (done, (*done, *made))))


def _candidates(field: Field, relation: Relation) -> Iterator[Setting]:
    names = [relation.name, *sorted(field.texts.depends_on(relation.name) - {relation.name})]
    deciding = [
        r for name in names if (r := field.catalog.relation(name)) and field.population.row(name, ALICE.name)
    ]
    for one in deciding:
        for column in _free(field, one):
            for value in _plain(field, one, column):
                yield Setting(one, column, value)
    for column in _free(field, relation):
        if holds_text(column):
            yield from _borrowed(field, relation, column, deciding)
    for column in _places(field, relation):
        yield from _said(field, relation, column)
    for column in _paths(relation):
        yield from _under_keys(field, relation, column, deciding)
        yield from _prefixed(field, relation, column, deciding)


def _said(field: Field, relation: Relation, column: Column) -> Iterator[Setting]:
    """Yield a column with what texts say beside it."""
    for value in field.texts.literals_about(relation.name, column.name)[:16]:
        yield Setting(relation, column, value)


def _free(field: Field, relation: Relation) -> Iterator[Column]:
    """Yield the columns that say neither whose a row is nor which."""
    keys = field.key_columns(relation) | set(relation.primary_key)
    return (c for c in relation.columns if c.name not in keys and not c.generated)


def _places(field: Field, relation: Relation) -> Iterator[Column]:
    """Yield columns that refer to what belongs to nobody by a text: a bucket, a kind, a state."""
    for key in relation.foreign_keys:
        column = relation.column(key.columns[0])
        if len(key.columns) == 1 and column and holds_text(column) and key.target not in field.owners.owned:
            yield column


def _plain(field: Field, relation: Relation, column: Column) -> Iterator[str | None]:
    if column.kind == "e":
        yield from column.labels
    elif column.type == "boolean":
        yield from ("true", "false")
    elif column.dated:
        yield from ("2999-01-01", "1970-01-01")
    elif column.type in _LISTS:
        yield "{" + ",".join(filter(_RIGHT.fullmatch, field.texts.literals)) + "}"
    elif column.type == "jsonb":
        yield from _documents(field, relation, column)
    elif column.type in _TERMS:
        yield _TERMS[column.type]
    elif holds_text(column):
        said = field.texts.literals_about(relation.name, column.name)[:16]
        yield from (text for text in said if not _MARKS.fullmatch(text))
    if not column.not_null:
        yield None


def _documents(field: Field, relation: Relation, column: Column) -> Iterator[str]:
    """Yield what a document says that has all rights: as a list has them, or by a switch for each."""
    row = field.population.row(relation.name, ALICE.name)
    known = row.stored.get(column.name) if row else None
    rights = [text for text in field.texts.literals if _RIGHT.fullmatch(text)]
    if isinstance(known, dict):
        yield json.dumps(known | dict.fromkeys(rights, True))
    elif isinstance(known, list):
        yield json.dumps(rights)


def _borrowed(field: Field, relation: Relation, column: Column, others: list[Relation]) -> Iterator[Setting]:
    """Yield texts of her other rows: a path that lies under a folder, a name that is listed elsewhere."""
    for other in others:
        row = field.population.row(other.name, ALICE.name)
        for one in other.columns:
            if other.name != relation.name and row and row.texts.get(one.name) and holds_text(one):
                for suffix in ("", "/canary", "canary"):
                    yield Setting(relation, column, None, (other.name, one.name), suffix)


def _paths(relation: Relation) -> Iterator[Column]:
    """Yield text columns that may begin with whose a row is; a reference is a whole key."""
    referring = {name for key in relation.foreign_keys for name in key.columns}
    return (c for c in relation.columns if holds_text(c) and not c.generated and c.name not in referring)


def _under_keys(
    field: Field, relation: Relation, column: Column, others: list[Relation]
) -> Iterator[Setting]:
    """Yield paths under a key of one of her rows: her user first, her tenant, a project of hers."""
    owned = field.owners.owned.get(relation.name)
    own = set(owned.columns) - {column.name} if owned else set()
    places = [
        (text != str(ALICE.key(found.type)), other.name, name)
        for other in others
        if (row := field.population.row(other.name, ALICE.name))
        for name in sorted(field.key_columns(other) | {*other.primary_key})
        if (other.name != relation.name or name in own)
        and (text := row.texts.get(name))
        and (found := other.column(name))
    ]
    for _, table, name in sorted(places, key=itemgetter(0)):
        yield Setting(relation, column, None, (table, name), "/canary")


def _prefixed(field: Field, relation: Relation, column: Column, others: list[Relation]) -> Iterator[Setting]:
    """Yield texts that begin with a word of code's, and then name something of hers: ``room:7``."""
    for prefix, mark in _prefixes(field, relation):
        for other in others:
            row = field.population.row(other.name, ALICE.name)
            keys = {*field.key_columns(other), *other.primary_key}
            for one in other.columns if row and other.name != relation.name else ():
                if row and row.texts.get(one.name) and (holds_text(one) or one.name in keys):
                    for suffix in ("", f"{mark}canary"):
                        yield Setting(relation, column, None, (other.name, one.name), suffix, prefix)


def _prefixes(field: Field, relation: Relation) -> list[tuple[str, str]]:
    """Return what texts may begin with, and the mark at its end; what the relation's policies say first."""
    using = [policy.using for policy in relation.policies]
    said = dict.fromkeys((*(text for sql in using for text in strings(sql)), *field.texts.literals))
    found = [match for text in said if (match := _BEGINS.match(text))]
    split = [(f"canary{mark}", mark) for sql in using for mark in _SPLIT.findall(sql)]
    return list(dict.fromkeys([*((m[1], m["mark"]) for m in found), *split]))[:_PREFIXES]


def controls(field: Field) -> Controls:
    """Return all that has to change so that owners see their rows."""
    found = list(openings(field))
    changes = (
        (setting.relation.name, person.name, said)
        for _, opening in found
        for setting in opening.settings
        for person in (*PEOPLE, DANA_IN_BLUE)
        if (said := setting.statements(person, field))
    )
    raised = {
        relation.name: _given(field, ALICE, opening.rank) for relation, opening in found if opening.rank
    }
    return Controls(tuple(changes), raised)
