"""Which changes may mend a finding, by what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.fixes import functions, gains, roles, tables, views

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.fixes.system import Change, System

_VERBS = {
    "ISO001": frozenset({"SELECT"}),
    "ISO002": frozenset({"UPDATE"}),
    "ISO003": frozenset({"INSERT", "UPDATE"}),
    "ISO004": frozenset({"DELETE", "TRUNCATE"}),
}
"""With which verbs a relation was reached, by the check that tells of it."""

_VIEWS, _CALLS, _GAINS, _ROLES, _BESIDE = "ISO008", "ISO005", "ISO006", "ISO009", "ISO010"
_TRUNCATED = "TRUNCATE"
_MOST = 24
"""Changes that are tried for one finding."""


def candidates(check: str, subject: str, system: System) -> tuple[Change, ...]:
    """Return the changes that may mend a finding, the lightest first; none where nothing is mechanical.

    Args:
        check: Id of the check that fails.
        subject: Of the finding.
        system: All that is known of the target.
    """
    found = sorted(_all(check, subject, system), key=lambda change: change.weight)
    return tuple({change.statements: change for change in reversed(found)}.values())[::-1][:_MOST]


def mendable(check: str, subject: str, system: System) -> bool:
    """Whether any change may mend a finding."""
    return any(True for _ in _all(check, subject, system))


def _all(check: str, subject: str, system: System) -> Iterator[Change]:
    relation = system.catalog.relation(subject)
    function = next((f for f in system.catalog.functions if f.signature == subject), None)
    if check == _ROLES:
        yield from roles.changes(subject, system)
    elif check == _BESIDE and subject == _TRUNCATED:
        yield from tables.beside([r for r in system.catalog.relations if r.kind in TABLE_KINDS], system)
    elif function and check in {_CALLS, _GAINS}:
        yield from functions.changes(function, system)
    elif relation:
        yield from _relation(check, relation, system)


def _relation(check: str, relation: Relation, system: System) -> Iterator[Change]:
    if check == _VIEWS and relation.kind == "view":
        yield from views.barrier(relation, system)
    if check == _VIEWS:
        yield from views.changes(relation, system)
    elif check == _GAINS:
        yield from gains.changes(relation, system)
        yield from views.changes(relation, system)
    elif check in _VERBS and relation.kind in TABLE_KINDS:
        yield from tables.changes(relation, _VERBS[check], system)
    elif check in _VERBS:
        yield from views.changes(relation, system)
        yield from _behind(relation, system)


def _behind(view: Relation, system: System) -> Iterator[Change]:
    """Yield changes to the functions by which a view reads."""
    for function in system.catalog.functions:
        if function.definer and function.name.rpartition(".")[2] in view.view:
            yield from (change for change in functions.changes(function, system) if not change.gives_up)
