"""Which arguments functions compare with whoever calls, so that columns given to them name owners."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.domains import passed_on
from pytest_readiness.judges.sql.lexis import last_name, name_of, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function
    from pytest_readiness.evidence.ownership import Who

    Compared = Callable[[str], Iterable[tuple[str, str, Who]]]
    """Yields what a text compares with the caller: qualifiers, names, and whom they name."""

    Helpers = Mapping[Who, dict[str, frozenset[int]]]
    """By whom they name, the plain names of functions with the places of arguments."""


def helpers(catalog: CatalogEvidence, compared: Compared) -> Helpers:
    """Return by whom they name the plain names of functions with the places of such arguments."""
    found: dict[Who, dict[str, frozenset[int]]] = defaultdict(dict)
    for function in catalog.functions:
        for place, who in _compared(function, compared) if function.arguments else ():
            name = last_name(function.name)
            found[who][name] = found[who].get(name, frozenset()) | {place}
    return found


def given_to(text: str, known: Helpers) -> Iterator[tuple[str | None, str, Who]]:
    """Yield what a text gives to functions that compare it with the caller, and whom it names."""
    for who, functions in known.items():
        for of, name in passed_on(text, functions):
            yield of, name, who


def _compared(function: Function, compared: Compared) -> Iterator[tuple[int, Who]]:
    """Yield the places of arguments that a function compares with the caller, and whom they name."""
    places = {
        name: place
        for place, argument in enumerate(function.arguments)
        for name in (argument.name, f"{place + 1}")  # $1, of which a name is what follows the sign
    }
    own = {"", last_name(function.name)}
    for of, name, who in compared(" ".join(plain(function.body).split())):
        if of in own and name_of(name) in places:
            yield places[name_of(name)], who
