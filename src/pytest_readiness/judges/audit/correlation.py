"""Whether the entries of one request can be told to be its."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import Trigger
from pytest_readiness.judges.audit.audit_log import trigger_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation

_ELSEWHERE = re.compile(
    r"\bcurrent_setting\s*\(\s*(?!')"
    r"|\b(?:from|join)\s+(?:only\s+)?(?:\w+\s*\.\s*)?\w*(?:request|context|ctx|trace|correlat|txn)\w*",
    re.IGNORECASE,
)
_SHORTEST = 8
"""What is shorter may stand in a text by chance."""


def asks_elsewhere(text: str) -> bool:
    """Whether code asks for the request where nobody told of it: in a table, or a setting of any name."""
    return bool(_ELSEWHERE.search(text))


def drawn_apart(said: Collection[object], known: Collection[str]) -> bool:
    """Whether entries of one transaction have different values that nobody gave.

    Args:
        said: What each has; nothing is no lie.
        known: Texts that a value may come from.
    """
    told = [str(one) for one in said if one is not None and one != ""]
    free = not any(_is_of(one, text) for one in told for text in known)
    return len(told) == len(said) and len(set(told)) > 1 and free


def tells_the_connection(first: str | None, second: str | None, apart: str | None) -> bool:
    """Whether entries of two requests on one connection have the same, and one on another has something else.

    What is the same everywhere tells nothing of a connection: it may come from the row.
    """
    return bool(first) and first == second and bool(apart) and apart != first


def _is_of(one: str, other: str) -> bool:
    """Whether a text is another, or one of them is within the other by no chance."""
    long = min(len(one), len(other)) >= _SHORTEST
    return one == other or (long and (one in other or other in one))


def column_texts(catalog: CatalogEvidence, relation: Relation, name: str) -> Iterator[str]:
    """Yield what a column holds where nothing is said, and the functions that this calls."""
    column = relation.column(name)
    if column:
        yield from trigger_texts(catalog, Trigger("", "", column.default, "O"))
