"""Texts that break out of statements that a function builds as it runs, wherever an argument holds them."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.field import Field

HOSTILE = (
    *("", "%", "_", "*"),
    *("' or true --", "x' or '1'='1", "true) --", "true or true or true", "1 or true or 1"),
    *("x') or (true) or ('' = '", "x')) or ((true)) or (('' = '", "1) or (true) or (1 = 1"),
)
"""What widens a pattern, and what breaks out of a string, a parenthesis, or the place of a name or number.

The last ones leave whole what follows: they fit wherever they stand, more than once too.
"""

_BUILDS = re.compile(r"\bexecute\b", re.IGNORECASE)
_NAMING = re.compile(r"jsonb?_(each|each_text|object_keys)\s*\(", re.IGNORECASE)
"""What makes names of the keys of a document."""

ASKED = re.compile(r"->>?\s*'([\w-]+)'")
_RELATIONS, _KEYS, _MOST, _PRIVATE = 3, 4, 80, 2


def builds_statements(function: Function) -> bool:
    """Whether a function may run text that it puts together."""
    return bool(_BUILDS.search(function.body))


def lists() -> Iterator[str]:
    """Yield lists of one text each, as SQL."""
    return (f"array[{literal(text)}]" for text in HOSTILE)


def led_by_columns(field: Field, function: Function) -> list[str]:
    """Return conditions that begin with a column: they fit where a statement is built with a column's name.

    A name that several of the relations have would be ambiguous, so that one is taken which one alone has.
    """
    if not builds_statements(function):
        return []
    relations = _mentioned(field, function)
    known = Counter(column.name for relation in relations for column in relation.columns)
    found = []
    for relation in relations:
        alone = [column for column in relation.columns if known[column.name] == 1]
        for column in sorted(alone, key=holds_text, reverse=True)[:1]:
            opened = f"{column.quoted} is not null or true or"
            found += [f"{opened} true", f"{opened} {column.quoted}"]
    return found


def statements(field: Field, function: Function) -> Iterator[str]:
    """Yield queries of what is hers, for a function with rights of its own that runs the text it is given.

    They fit as a statement and inside of one. Where no row comes back, a refusal says what was read.
    """
    kind = "jsonb" if function.returns in {"", "void", "record"} else function.returns
    for name, hers in private_rows(field, function):
        yield f"select to_jsonb(t)::text::{kind} from {name} t where {hers}"
        yield f"select 1 from {name} t where case when {hers} then to_jsonb(t)::text::int end = 0"
        yield f"(select to_jsonb(t)::text from {name} t where {hers} limit 1)"


def private_rows(field: Field, function: Function) -> Iterator[tuple[str, str]]:
    """Yield relations with a condition on a row of hers, for a function that builds statements with rights.

    What is near to what the function does comes first.
    """
    called = (function, *field.texts.called([function.body]))
    if not any(one.definer for one in called) or not any(map(builds_statements, called)):
        return
    near = field.texts.function_reach(function)
    private = sorted(
        field.owners.owned.keys() - field.published.keys(), key=lambda name: (name not in near, name)
    )
    rows = (
        (name, row) for name in private if (row := field.population.row(name, ALICE.name)) and row.canaries
    )
    for name, row in itertools.islice(rows, _PRIVATE):
        yield name, "true" if any(mark in row.where for mark in row.canaries) else row.where


def documents(field: Field, function: Function) -> Iterator[str]:
    """Yield JSON whose keys or values break out of the statement that a function makes of them."""
    return itertools.islice(map(json.dumps, _documents(field, function)), _MOST)


def _documents(field: Field, function: Function) -> Iterator[dict[str, str]]:
    led = led_by_columns(field, function)
    if not led:
        return
    body = plain(function.body)
    broken = [*(text for text in HOSTILE if " " in text), *led]
    if _NAMING.search(body):
        yield from ({text: "true"} for text in led)
        texts = [c.name for r in _mentioned(field, function) for c in r.columns if holds_text(c)][:_KEYS]
        yield from ({key: text} for text in broken for key in texts)
    asked = list(dict.fromkeys(ASKED.findall(body)))[:_KEYS]
    yield from ({key: text} for text in broken for key in asked)
    if len(asked) > 1:
        own = dict.fromkeys(asked, str(BOB.key(field.cast.user_type)))
        yield from (own | {key: text} for text in broken for key in asked)


def _mentioned(field: Field, function: Function) -> list[Relation]:
    """Return the relations that a body mentions, in their order there."""
    body = plain(function.body)
    found = [r for name in field.texts.mentioned(function.body) if (r := field.catalog.relation(name))]
    return sorted(found, key=lambda relation: body.find(relation.table))[:_RELATIONS]
