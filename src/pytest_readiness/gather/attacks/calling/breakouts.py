"""Texts that leave the place they are pasted into, and read what is hers from there, by a UNION or an error.

Each is given in the place of one argument, while the others are left out or are bob's own: conditions that
a query is built of one by one would come between.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.calling.injections import HOSTILE, private_rows
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.field import Field

_MOST = 400
"""Calls of one function."""

_STRINGS = ("x'", "x')", "x'))")
_BARE = ("0", "0)", "null", "null)")
"""What ends a value where it stands between quotes, and where it stands bare, in parentheses too."""


def breakouts(field: Field, function: Function) -> Iterator[tuple[str, ...]]:
    """Yield the arguments of calls that break out of a statement which a function builds."""
    yield from itertools.islice(_breakouts(field, function), _MOST)


def _breakouts(field: Field, function: Function) -> Iterator[tuple[str, ...]]:
    texts = [*_reading(field, function)]
    texts += [text for text in HOSTILE if " " in text] if texts else []
    places = [at for at, argument in enumerate(function.arguments) if family(argument.type) == "text"]
    bases = dict.fromkeys(_bases(field, function)) if texts and places else ()
    for text, place, base in itertools.product(dict.fromkeys(texts), places, bases):
        said = f"{literal(text)}::{function.arguments[place].declared}"
        yield (*base[:place], said, *base[place + 1 :])


def _bases(field: Field, function: Function) -> Iterator[tuple[str, ...]]:
    """Yield arguments of bob's, without what may be left out, and with it."""
    own = tuple(field.arguments.first(argument, function, BOB) for argument in function.arguments)
    nulls = [f"null::{argument.declared}" for argument in function.arguments]
    needed = len(own) - function.defaults
    yield (*own[:needed], *nulls[needed:])
    yield own


def _reading(field: Field, function: Function) -> Iterator[str]:
    """Yield texts that read a row of hers; what follows the place stays whole, or is a comment."""
    for name, hers in private_rows(field, function):
        row = f"(select to_jsonb(t)::text from {name} t where {hers} limit 1)::int = 0"
        yield from (f"x' or {row} or '' = '", f"x') or ({row}) or ('' = '", f"x')) or (({row})) or (('' = '")
        yield from (row, f"0 or {row}", f"0) or ({row}")
        yield from (f"{column}, {row}" for column in _mentioned(field, function))
        for kinds in _shapes(field, function):
            query = f" union all select {', '.join(_columns(kinds))} from {name} t where {hers}"
            yield from (f"{closer}{query} --" for closer in (*_STRINGS, *_BARE))
            yield from (f"x'{query} and '' <> '", f"x'){query} and ('' <> '", f"0{query}")


def _mentioned(field: Field, function: Function) -> list[str]:
    """Return names of columns: a statement may put that of their relation before the place."""
    relations = map(field.catalog.relation, sorted(field.texts.mentioned(function.body)))
    keys = (r.column(key) for r in relations if r for key in r.primary_key[:1])
    return list(dict.fromkeys(column.quoted for column in keys if column))


def _shapes(field: Field, function: Function) -> Iterator[tuple[str, ...]]:
    """Yield types of the columns that the statement may return: those of what the function returns."""
    relation = field.catalog.relation(function.returns)
    if function.columns:
        yield function.columns
    elif relation:
        yield tuple(column.type for column in relation.columns)
    elif function.returns not in {"", "void", "record"}:
        yield (function.returns,)


def _columns(kinds: Iterable[str]) -> Iterator[str]:
    """Yield one value for each column: the whole row where a text or a document fits, and NULL elsewhere."""
    for kind in kinds:
        fits = family(kind) == "text" or kind in {"json", "jsonb"}
        yield f"to_jsonb(t)::text::{kind}" if fits else f"null::{kind}"
