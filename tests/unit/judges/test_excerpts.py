"""A view is for the public where it is called so, and leaves out of its table what nobody publishes."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.judges.purpose.excerpts import is_excerpt
from relations import column, relation

SHOWN = (column("id"), column("called", "text"))
KEPT = (column("email", "text"),)
ACTIVE = column("is_active", "boolean")


def potters(*columns, table="potters"):
    return relation(f"public.{table}", *columns)


def view(*columns, table="public_potters", text="SELECT potters.id FROM potters"):
    held = Privileges(select=tuple(one.name for one in columns))
    return replace(potters(*columns, table=table), kind="view", view=text, privileges={"anon": held})


@pytest.mark.parametrize(
    ("shown", "table", "found"),
    [
        (view(*SHOWN), potters(*SHOWN, *KEPT), True),
        (view(*SHOWN, table="potters_public"), potters(*SHOWN, *KEPT), True),
        (view(*SHOWN, table="public_potter"), potters(*SHOWN, *KEPT), True),
        (view(*SHOWN, table="potters_short"), potters(*SHOWN, *KEPT), False),
        (view(*SHOWN, table="public_kilns"), potters(*SHOWN, *KEPT), False),
        (view(*SHOWN), potters(*SHOWN), False),
        (view(*SHOWN, column("phone", "text")), potters(*SHOWN, *KEPT, column("phone", "text")), False),
        (view(*SHOWN, column("label", "text")), potters(*SHOWN, *KEPT), False),
        (view(*SHOWN, ACTIVE), potters(*SHOWN, *KEPT, ACTIVE), True),
        (view(*SHOWN), potters(*SHOWN, *KEPT, ACTIVE), False),
        (
            view(*SHOWN, text="SELECT potters.id FROM potters WHERE potters.is_active"),
            potters(*SHOWN, *KEPT, ACTIVE),
            True,
        ),
        (view(*SHOWN), potters(*SHOWN, *KEPT, column("reminders_enabled", "boolean")), True),
        (view(*SHOWN), potters(*SHOWN, *KEPT, column("is_published", "boolean")), False),
        (
            view(*SHOWN, column("is_published", "boolean")),
            potters(*SHOWN, *KEPT, column("is_published", "boolean")),
            False,
        ),
        (view(*SHOWN), potters(*SHOWN, *KEPT, column("deleted_at", "date")), False),
        (view(*SHOWN), potters(*SHOWN, *KEPT, column("seen_by", "text")), False),
    ],
)
def test_views_that_are_called_public_and_what_they_leave_out(shown, table, found):
    def words(one):
        return ("members", "public") if one.name == "seen_by" else ()

    assert is_excerpt(shown, table, ["anon"], words) is found
