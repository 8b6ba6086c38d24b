"""Users who send in a header what is in rows of their own: a token of theirs opens what is theirs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.synthesis.values import secret_sent
from pytest_readiness.judges.owners.digests import digests
from pytest_readiness.judges.sql.lexis import names, plain
from pytest_readiness.judges.sql.requests import headers_in
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

_MOST = 6
"""Values that one header is given."""

_KINDS = ("text", "uuid")

_MADE = re.compile(r"_?by$", re.IGNORECASE)
"""How columns are called that say who made a row."""


def bearers(field: Field, person: Person) -> Iterator[Identity]:
    """Yield the person with each value of his own rows that code may compare with a header of the request.

    What a header of hers would open she handed out; what one of his opens may only be his. Whoever has a key
    need not have signed in.
    """
    user = field.cast.user(person)
    strangers = [one for one in field.cast.nobody() if one.role != user.role]
    for name in field.texts.headers:
        values = chain(_hashed(field, person, name), _values(field, person, name))
        for where, value in islice(dict.fromkeys(values), _MOST):
            headers = json.dumps(field.cast.sent(person) | {name: value})
            sent = f"select set_config('request.headers', {literal(headers)}, true)"
            said = f"{person.name}, who sent {where} of his own in the header {name}"
            yield replace(user, name=said, statements=(*user.statements, sent))
            for one in strangers if _is_his(field, where) else ():
                unsigned = f"{said} as {one.name}"
                yield replace(one, name=unsigned, statements=(*one.statements, sent))


def _is_his(field: Field, where: str) -> bool:
    """Whether a row is somebody's, and not only made by somebody: a key of the application's own."""
    owned = field.owners.owned.get(where.rpartition(".")[0])
    said = (*owned.columns, *(owned.reference.columns if owned.reference else ())) if owned else ()
    return any(not _MADE.search(name) for name in said)


def _hashed(field: Field, person: Person, header: str) -> Iterator[tuple[str, str]]:
    """Yield places that hold the digest of what a header says, with what the person sends in it."""
    for (relation, name), expression in digests(field.catalog, field.texts).items():
        known, row = field.catalog.relation(relation), field.population.row(relation, person.name)
        column = known.column(name) if known and row else None
        if column and header in headers_in([expression]):
            yield f"{relation}.{column.quoted}", secret_sent(header, person)


def _values(field: Field, person: Person, header: str) -> Iterator[tuple[str, str]]:
    """Yield places and texts of the person's rows that code which reads a header names."""
    for text in _reading(field, header):
        for relation in sorted(field.texts.mentioned(text)):
            known, row = field.catalog.relation(relation), field.population.row(relation, person.name)
            for column in known.columns if known and row else ():
                value = row.texts.get(column.name) if row else None
                if value is not None and column.name in names(text) and family(column.type) in _KINDS:
                    yield f"{relation}.{column.quoted}", value


def _reading(field: Field, header: str) -> Iterator[str]:
    """Yield functions and policies that read a header, the functions first."""
    functions = (function.body for function in field.catalog.functions)
    policies = (policy.using for relation in field.catalog.relations for policy in relation.policies)
    return (text for text in chain(functions, policies) if f"'{header}'" in plain(text))
