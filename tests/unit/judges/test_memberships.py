"""Roles are members of roles, of any depth, and once."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CatalogEvidence, Role
from pytest_readiness.judges.sql.memberships import above, is_anybodys, is_bound, is_held_back, unbound, way
from relations import relation


def role(name, *member_of, **attributes):
    made = Role(
        name,
        login=False,
        superuser=False,
        bypasses=False,
        creates_roles=False,
        settings=(),
        member_of=member_of,
    )
    return replace(made, **attributes)


BILLS = replace(relation("public.bills", using=["owner = me()"]), owner="keeper")


def catalog(*relations, **given):
    return CatalogEvidence(relations, 180001, **given)


def test_memberships_are_followed_the_nearest_first_and_each_role_is_met_once():
    roles = [role("a", "b", "c"), role("b", "d"), role("c", "d"), role("d", "e", "a"), role("x", "y")]
    assert above("a", roles) == ("b", "c", "d", "e")
    assert above("e", roles) == ()


def test_the_way_to_a_role_is_the_shortest():
    roles = [role("a", "b", "c"), role("b", "d"), role("c", "d"), role("d", "e")]
    assert way("a", "c", roles) == ("a", "c")
    assert way("a", "e", roles) == ("a", "b", "d", "e")
    assert way("a", "x", roles) == way("e", "a", roles) == ()


@pytest.mark.parametrize(
    ("name", "table", "why"),
    [
        ("root", BILLS, "a superuser"),
        ("backup", BILLS, "which no policy binds"),
        ("clerk", BILLS, ""),
        ("pg_read_all_data", BILLS, "which reads every table that no policy guards"),
        ("keeper", BILLS, "which owns public.bills, whose policies do not bind it"),
        ("keeper", replace(BILLS, forced=True), ""),
        ("keeper", replace(BILLS, rls=False), ""),
        ("keeper", replace(BILLS, policies=()), ""),
    ],
)
def test_why_no_policy_binds_a_role(name, table, why):
    roles = (role("root", superuser=True), role("backup", bypasses=True), role("clerk"), role("keeper"))
    assert unbound(name, catalog(table, roles=roles)) == why


@pytest.mark.parametrize(
    ("member_of", "clients", "named", "bound"),
    [
        (("user",), ("user",), "public", True),
        (("staff",), ("user",), "public", True),
        ((), ("user",), "web", True),
        ((), ("user",), "public", False),
        (("user",), (), "public", False),
    ],
    ids=["a user's role", "by way of another", "a policy of its own", "neither", "users have none"],
)
def test_policies_are_there_for_a_login(member_of, clients, named, bound):
    table = replace(BILLS, policies=(replace(BILLS.policies[0], roles=(named,)),))
    roles = (role("web", *member_of), role("staff", "user"), role("user"))
    assert is_bound("web", catalog(table, roles=roles, clients=clients)) is bound


@pytest.mark.parametrize(
    ("name", "users", "somebody"),
    [
        ("cron", (), True),
        ("jobs", (), True),
        ("reader", ("user",), True),
        ("reader", (), False),
        ("orphan", ("user",), False),
        ("above_root", (), False),
    ],
    ids=["a login", "its group's group", "a client's", "no client's", "nobody's", "a superuser's"],
)
def test_a_role_is_somebody_s_who_logs_in_or_asks(name, users, somebody):
    roles = [
        *(role("cron", "mid", login=True), role("mid", "jobs"), role("jobs"), role("user", "reader")),
        *(role("reader"), role("orphan"), role("root", "above_root", login=True, superuser=True)),
        role("above_root"),
    ]
    assert is_anybodys(name, roles, users) is somebody


@pytest.mark.parametrize(
    ("member_of", "named", "using", "held"),
    [
        ((), "web", "owner = me()", True),
        ((), "web", "true", False),
        ((), "other", "owner = me()", False),
        (("user",), "other", "true", True),
    ],
    ids=["it is asked something", "it may have all", "another is asked", "it may become a client"],
)
def test_policies_hold_a_role_back(member_of, named, using, held):
    table = replace(BILLS, policies=(replace(BILLS.policies[0], roles=(named,), using=using, check=""),))
    roles = (role("web", *member_of), role("user"), role("other"))
    assert is_held_back("web", catalog(table, roles=roles, clients=("user",))) is held
