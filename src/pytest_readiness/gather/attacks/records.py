"""JSON that a function takes apart: what it asks for, filled from rows of one person, or of two."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.people import BOB
from pytest_readiness.judges.sql.inserted import names_told
from pytest_readiness.judges.sql.lexis import last_name, names, plain
from pytest_readiness.judges.sql.nouns import TENANT_WORD, USER_WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field

    Document = dict[str, Any]

_LISTED = re.compile(r"_array_elements|_to_recordset|_populate_recordset|jsonb?_array_length", re.IGNORECASE)
_KEY = re.compile(r"->>?\s*'([\w-]+)'")
_WITHIN = r"\(((?:[^()]|\([^()]*\))*)\)"
_RECORD = re.compile(rf"_to_record(?:set)?\s*{_WITHIN}\s*(?:as\s+)?\w*\s*{_WITHIN}", re.IGNORECASE)
"""A record that is made of JSON, with its list of columns."""

_COLUMN = re.compile(r"(?:^|,)\s*\"?(\w+)\"?\s+(\w+)")
_POPULATED = re.compile(r"_populate_record(?:set)?\s*\(\s*null\s*::\s*([\w.\"]+)", re.IGNORECASE)
"""A row that is made of JSON, with all columns of its relation."""

_PLAIN = {"timestamp": "2031-01-01T00:00:00Z", "date": "2031-01-01", "bool": True, "json": {}}
"""Values of types of which no key is, by how these begin."""

_NUMBERS = ("int", "bigint", "smallint", "numeric", "decimal", "real", "double", "float")
_MOST = 8


def listed(function: Function, documents: Iterable[str]) -> list[str]:
    """Return documents as a function takes them: a list of one each, if it takes lists."""
    lists = bool(_LISTED.search(function.body))
    return [f"[{text}]" if lists else text for text in documents]


def documents_of(field: Field, function: Function, person: Person) -> list[str]:
    """Return documents with what a function asks for, the likeliest first.

    They say what is in all of a person's rows together, then what is in one row, as it is; and what bob says
    of a row that has the person's key: a row that is there may be written over.
    """
    together, beside = (_together(field, function, who) for who in (person, BOB))
    asked = asked_for(plain(function.body))
    found = [together, *([{key: together[key] for key in asked}] if asked else [])]
    for relation in _relations(field, function):
        hers, his = (_said(field, function, relation, who) for who in (person, BOB))
        keys = _keys(field, function, relation, person) if hers and his else ()
        found += [*(beside | his | key for key in keys), together | hers]
    texts = dict.fromkeys(map(json.dumps, found))
    more = [json.dumps(together)] if _LISTED.search(function.body) else []
    return [*listed(function, list(texts)[:_MOST]), *more]


def _keys(field: Field, function: Function, relation: Relation, person: Person) -> Iterator[Document]:
    """Yield what names a person's row: each key that a function asks for, or what is called after it."""
    row = field.population.row(relation.name, person.name)
    said = _said(field, function, relation, person)
    asked = asked_for(plain(function.body))
    told = {column: name for name, column in names_told(function, relation, asked).items()}
    for key in dict.fromkeys(relation.all_keys):
        if key and {*key} <= said.keys():
            yield {told.get(name, name): said[name] for name in key}
    alone = relation.primary_key[0] if len(relation.primary_key) == 1 else ""
    for name in asked if row and alone else ():
        if row and name not in said and _is_called_after(name, relation.table):
            yield {name: row.stored[alone]}


def _together(field: Field, function: Function, person: Person) -> Document:
    """Return an object with all keys that a body asks for, and columns that it names."""
    values: Document = {}
    for name in sorted(field.texts.function_reach(function)):
        relation = field.catalog.relation(name)
        values |= _said(field, function, relation, person) if relation else {}
    asked = ((key, kind) for key, kind in asked_for(plain(function.body)).items() if key not in values)
    return values | {key: _value(field, function, key, kind, person) for key, kind in asked}


def _said(field: Field, function: Function, relation: Relation, person: Person) -> Document:
    """Return what a person's row has in columns that a body names, or in all that it makes a row of."""
    row = field.population.row(relation.name, person.name)
    body = plain(function.body)
    made = {last_name(name) for name in _POPULATED.findall(body)}
    named = {column.name for column in relation.columns} if relation.table in made else names(function.body)
    return {key: value for key, value in (row.stored if row else {}).items() if key in named}


def _relations(field: Field, function: Function) -> Iterator[Relation]:
    """Yield the relations that a function reaches, in their order in its body."""
    body = plain(function.body)
    found = [r for name in field.texts.function_reach(function) if (r := field.catalog.relation(name))]
    places = {r.name: body.find(r.table) for r in found}
    yield from sorted(found, key=lambda r: (places[r.name] < 0, places[r.name], r.name))


def asked_for(body: str) -> dict[str, str]:
    """Return the keys that a body asks JSON for, by operators or as a record's columns, with their types."""
    columns = dict(field for _, record in _RECORD.findall(body) for field in _COLUMN.findall(record))
    return dict.fromkeys(_KEY.findall(body), "") | columns


def _value(field: Field, function: Function, key: str, kind: str, person: Person) -> object:
    """Return what a person may say for a key that is no column: the key of a row that it is called after."""
    for type_, value in _PLAIN.items():
        if kind.lower().startswith(type_):
            return value
    if TENANT_WORD.search(key) and person.tenant:
        return field.cast.tenant_key(person.tenant)
    for relation in () if USER_WORD.search(key) else _relations(field, function):
        row = field.population.row(relation.name, person.name)
        if row and len(relation.primary_key) == 1 and _is_called_after(key, relation.table):
            return row.stored[relation.primary_key[0]]
    if not kind and not re.search(rf"->>\s*'{re.escape(key)}'", function.body) and not USER_WORD.search(key):
        return {}  # it is never taken as a text
    return 1 if kind.lower().startswith(_NUMBERS) else person.key(field.cast.user_type)


def _is_called_after(key: str, table: str) -> bool:
    """Whether a key is called after a table, in the singular or not."""
    word = re.sub(r"_?(id|uuid|key)$", "", key.lower())
    singular = re.sub(r"ies$", "y", table) if table.endswith("ies") else table.removesuffix("s")
    return len(word) > 2 and word in {table, singular}  # noqa: PLR2004  shorter ones are letters of loops
