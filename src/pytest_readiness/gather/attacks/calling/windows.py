"""Functions that show rows to everybody as a shop window does: those alone that say so themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import BOB, PEOPLE
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.gather.attacks.switches import switches_of_call
from pytest_readiness.judges.purpose.publication import is_sensitive
from pytest_readiness.judges.purpose.visibility import publishes_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.attempts import Attempt, Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State

_TELLING = 3
"""Characters that a value has at most by which nothing is recognised."""


def window(
    field: Field,
    function: Function,
    attempt: Attempt,
    outcome: Outcome,
    tells: Callable[[Outcome], bool],
    given: tuple[State, ...] = (),
) -> str:
    """Return the column and value by which a function shows a row of hers to everybody on purpose.

    It shows no key of a person and nothing that nobody publishes, its own body asks for the column, and
    without that value it tells nothing of her. Of a tenant's rows the column or the value has to say it in
    so many words: published, public. Empty where any of this does not hold.

    Args:
        field: Her rows.
        function: That was called.
        attempt: The call.
        outcome: What came of it.
        tells: Whether an outcome of the same call tells of her.
        given: The states that her rows are in then.
    """
    if shows_what_nobody_publishes(field, function, outcome):
        return ""
    for name, column, value, other in switches_of_call(field, function, given):
        if _is_a_tenants(field, name) and not (publishes_from(column.name) or publishes_from(value)):
            continue  # what is active or open is so for colleagues
        rows = (field.population.row(name, person.name) for person in PEOPLE)
        state = change(name, column, other, *filter(None, rows))
        hidden = field.runner.one(replace(attempt, before=(*attempt.before, *state.statements)))
        if not hidden.state and not tells(hidden):
            return f"{column.quoted} = {value}"
    return ""


def shows_what_nobody_publishes(field: Field, function: Function, outcome: Outcome) -> bool:
    """Whether a key of a person came out, or a value of a column that is called like a private one."""
    out = "\n".join((*outcome.rows, outcome.said, *outcome.notices))
    others = [person for person in PEOPLE if person is not BOB]
    if any(key in out for one in others for key in (one.uuid, one.email, str(one.number))):
        return True
    return any(
        is_sensitive(column) and value is not None and len(value) > _TELLING and value in out
        for name in field.texts.function_reach(function)
        for person in others
        if (row := field.population.row(name, person.name))
        for column, value in row.texts.items()
    )


def _is_a_tenants(field: Field, relation: str) -> bool:
    owned = field.owners.owned.get(relation)
    return bool(owned and owned.tenants)
