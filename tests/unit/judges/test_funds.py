"""Numbers that a person may be robbed of."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CheckConstraint
from pytest_readiness.judges.owners.funds import funds
from relations import column, relation


@pytest.mark.parametrize(
    ("name", "kind", "default", "check", "found"),
    [
        ("marks", "bigint", "0", "CHECK ((marks >= 0))", True),
        ("marks", "numeric(20,2)", "(0)::numeric", "CHECK ((marks >= (0)::numeric))", True),
        ("balance", "numeric(14,2)", "0.00", "", True),
        ("creditBalance", "integer", "0", "", True),
        ("marks", "bigint", "0", "", False),
        ("marks", "bigint", "10", "CHECK ((marks >= 0))", False),
        ("marks", "text", "'0'::text", "", False),
        ("failed_attempts", "integer", "0", "CHECK ((failed_attempts >= 0))", False),
        ("marks", "integer", "0", "CHECK ((other_marks >= 0))", False),
    ],
)
def test_what_begins_with_nothing_and_never_falls_below_it_is_wealth(name, kind, default, check, found):
    checks = (CheckConstraint("c", (name,), check),) if check else ()
    purse = replace(
        relation("public.purses", column("id"), column(name, kind, default=default)), checks=checks
    )
    assert [one.name for one in funds(purse)] == [name] * found
