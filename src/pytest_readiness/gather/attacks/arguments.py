"""Arguments for functions: the victim's identifiers first, then one's own beside them, then hostile ones."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB, content_of
from pytest_readiness.gather.attacks.call_texts import cursors
from pytest_readiness.gather.attacks.calling.injections import (
    HOSTILE,
    documents,
    led_by_columns,
    lists,
    statements,
)
from pytest_readiness.gather.attacks.calling.json_conditions import conditions
from pytest_readiness.gather.attacks.calling.relation_names import relations_for
from pytest_readiness.gather.attacks.codes import is_secret, numbers, opens
from pytest_readiness.gather.attacks.meanings import NUMBERS, compared, family, fitting, unasked
from pytest_readiness.gather.attacks.records import documents_of, listed
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.sql.lexis import last_name, plain
from pytest_readiness.judges.sql.nouns import TENANT_WORD, USER_WORD
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field

_TIMES = ("1970-01-01", "2999-01-01", "now")
_STRUCTURED = ("json", "jsonb", "boolean")
_GRAND = ("admin", "owner", "staff")
_SETS_ANY = re.compile(r"set_config\s*\((?:\s*(?!')|\s*'[^']*'\s*\|\|)", re.IGNORECASE)
"""A setting whose name is not written out."""

_PREFIX = re.compile(r"^((?i:p|in|arg|v)_|[pv](?=[A-Z])|_)_*|_+$")
"""What stands around the name of an argument; of patron, the p does not."""

_SWITCHES = 12
"""Settings that such a function is told to make."""

_COMPARED = 8
"""What it counts that a body compares an argument with a column, beside the likeness of their names."""

_LEFT_OUT = 16
"""Calls without some of the arguments, at most."""

_WIDE = 4
"""Values of each argument that are combined with others."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a column of somebody's row holds.

    Attributes:
        column: Its name.
        type: Of the column.
        value: As text.
        secret: Whether strangers do not know it.
        number: Whether it is what its owner calls a thing, of which another may have one called the same.
    """

    column: str
    type: str
    value: str
    secret: bool
    number: bool


class Arguments:
    """Makes calls of a function, the likeliest to do harm first."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._kept: dict[tuple[str, str, str, str], list[str]] = {}
        self._told: dict[tuple[str, str], tuple[_Told, ...]] = {}

    def calls(self, function: Function, limit: int) -> Iterator[tuple[str, ...]]:
        """Yield lists of SQL expressions, at most so many."""
        seen: dict[tuple[str, ...], None] = {}
        for given in itertools.islice(self._calls(function), limit * 4):
            seen[given] = None
            if len(seen) >= limit:
                break
        yield from seen

    def first(self, argument: Argument, function: Function, person: Person) -> str:
        """Return the likeliest value of a person's for an argument."""
        return self._values(argument, function, person)[0]

    def of(self, argument: Argument, function: Function, person: Person) -> list[str]:
        """Return values of a person's for an argument, the likeliest first."""
        return self._values(argument, function, person)

    def own(self, function: Function, person: Person = BOB) -> Iterator[tuple[str, ...]]:
        """Yield the calls that somebody makes for himself: with his keys, and with what may be left out."""
        yield tuple(self._values(argument, function, person)[0] for argument in function.arguments)
        if function.defaults == len(function.arguments) > 0:
            yield ()

    def varied(self, function: Function, person: Person = BOB) -> Iterator[tuple[str, ...]]:
        """Yield the same with another value in one place: another of his, or a word that code asks for."""
        mine = [self._values(argument, function, person) for argument in function.arguments]
        texts = [a if family(a.type) == "text" else None for a in function.arguments]
        asked = [self._asked(argument, function)[:_WIDE] if argument else [] for argument in texts]
        said = [
            [f"{literal(text)}::{a.declared}" for text in words]
            for a, words in zip(function.arguments, asked, strict=True)
        ]
        others = [(*words, *values[1:_WIDE]) for words, values in zip(said, mine, strict=True)]
        yield from _varied((tuple(values[0] for values in mine),), others)

    def _calls(self, function: Function) -> Iterator[tuple[str, ...]]:
        arguments = function.arguments
        hers = [self._values(argument, function, ALICE) for argument in arguments]
        mine = [self._values(argument, function, BOB) for argument in arguments]
        hostile = [self._hostile(argument, function) for argument in arguments]
        first = tuple(values[0] for values in hers)
        own = tuple(values[0] for values in mine)
        yield first
        yield from self._switches(function, own)
        for values in (hers, mine, hostile):
            yield from _varied((first,), [choices[:_WIDE] for choices in values])
        yield from _varied((own,), [choices[:_WIDE] for choices in hers])
        nulls = tuple(f"null::{argument.declared}" for argument in arguments)
        yield nulls
        yield from _varied((first,), [(null,) for null in nulls])
        for count in range(len(arguments) - function.defaults, len(arguments)):
            yield first[:count]
        yield from itertools.islice(self._without(function, first, hers), _LEFT_OUT)
        yield from _varied((own, first), hostile)
        for values in (hers, mine):
            yield from _varied((first, own), values)
        yield from itertools.product(*(choices[:_WIDE] for choices in hers))

    @staticmethod
    def _without(
        function: Function, first: tuple[str, ...], hers: Sequence[Sequence[str]]
    ) -> Iterator[tuple[str, ...]]:
        """Yield calls that leave out what a body does without, at times that her rows tell."""
        timed = [family(argument.type) == "time" for argument in function.arguments]
        for base in unasked(function, first):
            yield base
            said = zip(base, hers, timed, strict=False)
            yield from _varied((base,), [v[1:_WIDE] if time and one in v else [] for one, v, time in said])

    def _switches(self, function: Function, own: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Yield calls that name a setting or a role, for a function that sets whatever it is told."""
        if not _SETS_ANY.search(function.body):
            return
        named = list(_spelt(self.field.texts.settings))
        lifting = [
            (part, said) for name, said in self.field.texts.compared_settings for part in _spelt([name])
        ]
        cast = self.field.cast
        hers: list[object] = [ALICE.key(cast.user_type), *(cast.tenant_key(t) for t in ALICE.tenants)]
        pairs = [
            *lifting[: _SWITCHES // 2],
            *itertools.product(named, hers),
            *(("role", role) for role in self._above),
        ]
        for name, value in pairs[:_SWITCHES]:
            texts = itertools.chain((name,), itertools.repeat(str(value)))
            yield tuple(
                f"{literal(next(texts))}::{argument.declared}"
                if argument.type.startswith(("text", "character", "citext"))
                else f"{literal(json.dumps({name: value}))}::{argument.declared}"
                if argument.type in {"json", "jsonb"}
                else mine
                for argument, mine in zip(function.arguments, own, strict=True)
            )

    @property
    def _above(self) -> list[str]:
        """Roles that obey no policy, the superusers apart, which nobody may become."""
        return [role.name for role in self.field.catalog.roles if role.bypasses and not role.superuser]

    def _values(self, argument: Argument, function: Function, person: Person) -> list[str]:
        """Return values of a person that fit an argument, the likeliest first."""
        kind = argument.type
        if kind == "boolean":
            return ["true", "false"]
        if kind.endswith("[]"):
            return self._lists(argument, function, person)
        if kind in NUMBERS:
            values = [*self._keys(argument, function, person), "1", "0", "-1"]
        elif kind == "uuid" or kind.startswith(("text", "character", "citext", "name")):
            values = self._keys(argument, function, person)
        elif kind in {"json", "jsonb"}:
            told = (*documents_of(self.field, function, person), *conditions(self.field, function, person))
            values = [*told, "{}", "[]"]
        elif relation := self.field.catalog.relation(kind):
            return [*self._records(argument, relation, person), f"null::{argument.declared}"]
        elif argument.kind == "e":
            values = list(argument.labels)
        elif family(kind) == "time":
            values = [*_TIMES, *self._row_keys(argument, function, person, kind)[:_WIDE]]
        elif kind == "bytea":
            values = [content_of(person)]
        else:
            values = []
        found = [f"{literal(value)}::{argument.declared}" for value in values]
        named = found or cursors(argument) or relations_for(self.field, argument, function)
        return named or [f"null::{argument.declared}"]

    def _lists(self, argument: Argument, function: Function, person: Person) -> list[str]:
        """Return lists: of the person's keys or row, and without any."""
        cast = argument.declared
        if rows := self.field.catalog.relation(argument.type.removesuffix("[]")):
            one = next(self._records(replace(argument, declared=rows.name), rows, person), "")
            return [*([f"array[{one}]::{cast}"] if one else ()), f"'{{}}'::{cast}"]
        inner = self._keys(argument, function, person)
        return [f"array[{', '.join(map(literal, inner[:3]))}]::{cast}", f"'{{}}'::{cast}"]

    def _keys(self, argument: Argument, function: Function, person: Person) -> list[str]:
        """Return keys of the person and of its rows, in the order that the argument's name suggests."""
        kind = argument.type.removesuffix("[]")
        user = [str(person.key(kind))]
        tenant = [str(person.tenant.key(kind))] if person.tenant else []
        rows = self._row_keys(argument, function, person, kind)
        name = argument.name
        if TENANT_WORD.search(name) and not USER_WORD.search(name):
            found = [*tenant, *rows, *user]
        elif USER_WORD.search(name) or not name:
            found = [*user, *rows, *tenant]
        else:
            found = [*rows, *user, *tenant]
        if kind.startswith(("text", "character", "citext")) and "mail" in name:
            found.insert(0, person.email)
        if family(kind) == "text":
            found = self.field.forms.formed(found, name, plain(function.body))
        return list(dict.fromkeys(found))[:16]

    def _row_keys(self, argument: Argument, function: Function, person: Person, kind: str) -> list[str]:
        """Return values of the person's rows, each once: of columns called like the argument first."""
        asked = (function.signature, argument.name, kind, person.name)
        if asked not in self._kept:
            found = sorted(self._scored(argument, function, person, kind), key=itemgetter(0))
            self._kept[asked] = list(dict.fromkeys(value for _, value in found))
        return self._kept[asked]

    def _scored(
        self, argument: Argument, function: Function, person: Person, kind: str
    ) -> Iterator[tuple[int, str]]:
        """Yield values of the person's rows, each with what speaks against it."""
        named = _PREFIX.sub("", argument.name).lower()
        names = compared(plain(function.body), argument)
        for name in sorted(self.field.texts.function_reach(function)):
            relation = self.field.catalog.relation(name)
            row = self.field.population.row(name, person.name) if relation else None
            if relation is None or row is None:
                continue
            parts = self.field.parts.of(function, argument, relation, row)
            yield from ((-2 * _COMPARED, told) for told in parts)
            public = person is BOB and not opens(relation, function)
            for told in self._told_of(relation, person):
                known = not told.secret or (told.number and public)
                if known and (held := fitting(told.type, kind, told.value)):
                    meant = _COMPARED * (told.column in names)
                    yield -_likeness(named, relation, told.column) - meant, held

    def _told_of(self, relation: Relation, person: Person) -> tuple[_Told, ...]:
        """Return what the columns of a person's row hold."""
        place = (relation.name, person.name)
        if place not in self._told:
            row = self.field.population.row(*place)
            texts, said = row.texts if row else {}, numbers(self.field, relation)
            self._told[place] = tuple(
                _Told(c.name, c.type, value, is_secret(self.field, relation, c), c.name in said)
                for c in relation.columns
                if c.type not in _STRUCTURED and (value := texts.get(c.name)) is not None
            )
        return self._told[place]

    def _hostile(self, argument: Argument, function: Function) -> list[str]:
        """Return values that code may not expect, and those that other code asks for."""
        kind, cast = argument.type, f"::{argument.declared}"
        if kind.endswith("[]"):
            texts = lists() if family(kind) == "text" else ()
            return [*self._of_both(argument, function), *(text + cast for text in texts)]
        if kind.startswith(("text", "character", "citext", "name")):
            tables = [last_name(name) for name in sorted(self.field.texts.function_reach(function))][:3]
            built = (*led_by_columns(self.field, function), *statements(self.field, function))
            every = dict.fromkeys([*HOSTILE, *built, *self._asked(argument, function), *_GRAND, *tables])
            return [literal(text) + cast for text in every]
        if kind in {"json", "jsonb"}:
            found = documents(self.field, function)
            return [literal(text) + cast for text in listed(function, found)] or [f"null{cast}"]
        if kind in NUMBERS:
            most = "32767" if kind == "smallint" else "2147483647"
            return [f"'{number}'{cast}" for number in ("0", "-1", "1", most)]
        if argument.kind == "e":
            return [literal(label) + cast for label in argument.labels]
        return [f"null{cast}"]

    def _of_both(self, argument: Argument, function: Function) -> Iterator[str]:
        """Yield lists of one key of his and one of hers: code may look at the first alone, or at the last."""
        his, hers = (self._keys(argument, function, person)[:1] for person in (BOB, ALICE))
        for pair in ((*his, *hers), (*hers, *his)) if his and hers and his != hers else ():
            yield f"array[{', '.join(map(literal, pair))}]::{argument.declared}"

    def _asked(self, argument: Argument, function: Function) -> list[str]:
        """Return the words that code has about what a function reaches, those beside its argument first."""
        reach = sorted(self.field.texts.function_reach(function))
        about = [text for name in reach for text in self.field.texts.literals_about(name, argument.name)]
        return [text for text in dict.fromkeys(about) if len(text) > 1][:16]

    def _records(self, argument: Argument, relation: Relation, person: Person) -> Iterator[str]:
        """Yield the person's row with other content, and as it is."""
        row = self.field.population.row(relation.name, person.name)
        kept = self.field.key_columns(relation) | {*relation.primary_key}
        texts = {c.name for c in relation.columns if holds_text(c)} - kept
        owned, mine = (
            self.field.owners.owned.get(relation.name),
            self.field.population.row(relation.name, BOB.name),
        )
        taken = {n: mine.stored[n] for n in owned.columns if n in mine.stored} if owned and mine else {}
        # A function may believe what a row of the caller's own making says of its owner.
        for change in (dict.fromkeys(texts, "x"), taken, {}) if row else ():
            document = json.dumps(dict(row.stored) | change) if row else ""
            yield f"jsonb_populate_record(null::{argument.declared}, {literal(document)})"


def _spelt(settings: Iterable[str]) -> Iterator[str]:
    """Yield names of settings without their prefix, which code may put before them, and whole."""
    return (part for name in settings for part in (name.rpartition(".")[2], name))


def _varied(bases: Sequence[tuple[str, ...]], values: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield the bases with each value in its place, one place at a time."""
    for place, choices in enumerate(values):
        for value in choices:
            for base in bases:
                yield (*base[:place], value, *base[place + 1 :])


def _likeness(named: str, relation: Relation, column: str) -> int:
    """Count what speaks for a column being meant by an argument's name."""
    singular = relation.table.lower().removesuffix("s")
    points = 4 * (named == column) + 3 * (named in {f"{singular}_{column}", f"{singular}{column}", singular})
    points += 2 * (column in relation.primary_key) + (column in named) + (singular in named)
    return points
