"""Who may change rows of a table."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from pytest_readiness.judges.attribution import may_update
from relations import column, relation

BILLS = replace(
    relation("public.bills", column("id")), privileges={"member": Privileges(select=("id",), update=("id",))}
)


def policy(command, role, *, permissive=True):
    return Policy("p", command, (role,), permissive=permissive, using="true", check="")


@pytest.mark.parametrize(
    ("rls", "policies", "may"),
    [
        (True, (policy("SELECT", "member"),), False),
        (True, (policy("UPDATE", "member", permissive=False),), False),
        (True, (policy("UPDATE", "staff"),), False),
        (True, (policy("UPDATE", "member"),), True),
        (True, (policy("ALL", "public"),), True),
        (False, (), True),
    ],
)
def test_a_right_is_held_in_vain_where_no_policy_lets_anybody_change_a_row(rls, policies, may):
    assert may_update(replace(BILLS, rls=rls, policies=policies), "member", ()) is may


def test_without_the_right_policies_let_nobody():
    assert not may_update(replace(BILLS, privileges={}, policies=(policy("ALL", "public"),)), "member", ())


def test_policies_of_roles_above_let_in_and_rights_are_those_of_the_role_itself():
    bills = replace(BILLS, rls=True, policies=(policy("ALL", "staff"),))
    assert may_update(bills, "member", ("staff",))
    assert not may_update(bills, "clerk", ("member", "staff"))
