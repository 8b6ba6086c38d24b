"""Roles are members of roles, of any depth, and once."""

from pytest_readiness.evidence.catalog import Role
from pytest_readiness.judges.memberships import above


def role(name, *member_of):
    return Role(
        name,
        login=False,
        superuser=False,
        bypasses=False,
        creates_roles=False,
        settings=(),
        member_of=member_of,
    )


def test_memberships_are_followed_the_nearest_first_and_each_role_is_met_once():
    roles = [role("a", "b", "c"), role("b", "d"), role("c", "d"), role("d", "e", "a"), role("x", "y")]
    assert above("a", roles) == ("b", "c", "d", "e")
    assert above("e", roles) == ()
