"""Users who send in a header what is in rows of their own: a token of theirs opens what is theirs."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.judges.sql.lexis import names, plain
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

_MOST = 6
"""Values that one header is given."""

_KINDS = ("text", "uuid")


def bearers(field: Field, person: Person) -> Iterator[Identity]:
    """Yield the person with each value of his own rows that code may compare with a header of the request.

    What a header of hers would open she handed out; what one of his opens may only be his.
    """
    user = field.cast.user(person)
    for name in field.texts.headers:
        for where, value in islice(dict.fromkeys(_values(field, person, name)), _MOST):
            headers = json.dumps(field.cast.sent(person) | {name: value})
            sent = f"select set_config('request.headers', {literal(headers)}, true)"
            said = f"{person.name}, who sent {where} of his own in the header {name}"
            yield replace(user, name=said, statements=(*user.statements, sent))


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
