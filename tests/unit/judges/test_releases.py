"""What was seen to is for all where its policy is called so; where it is not, nobody knows."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from pytest_readiness.judges.purpose.releases import released
from relations import column, relation

TEAM = "in_team(team_id)"


def drivers(name, using, *more, command="SELECT"):
    columns = (column("id"), column("verified", "boolean"), column("is_approved", "boolean"), *more)
    policy = Policy(name, command, ("authenticated",), permissive=True, using=using, check="")
    held = Privileges(select=tuple(one.name for one in columns))
    made = relation("public.drivers", *columns)
    return replace(made, policies=(policy,), privileges={"authenticated": held})


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (drivers("pooled drivers", f"(verified OR {TEAM})"), {"verified": True}),
        (drivers("a shared pool", f"({TEAM} OR is_approved)"), {"is_approved": True}),
        (drivers("drivers", f"(verified OR {TEAM})"), {"verified": False}),
        (drivers("whirlpool drivers", f"(verified OR {TEAM})"), {"verified": False}),
        (drivers("pooled drivers", f"(verified AND {TEAM})"), {}),
        (drivers("pooled drivers", f"((verified AND is_approved) OR {TEAM})"), {}),
        (drivers("pooled drivers", f"(verified OR {TEAM})", command="ALL"), {}),
        (drivers("pooled drivers", f"(verified OR {TEAM})", column("phone", "text")), {}),
        (drivers("pooled drivers", f"(paid OR {TEAM})", column("paid", "boolean")), {}),
    ],
)
def test_switches_that_are_enough_and_what_their_policy_is_called(table, found):
    assert released(table, ["authenticated"]) == found
