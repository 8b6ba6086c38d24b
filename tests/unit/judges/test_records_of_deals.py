"""What somebody paid goes with a thing of another's where no client may take it back; what clients write may."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from pytest_readiness.judges.isolation.cascades import Hanging
from pytest_readiness.judges.purpose.records import is_kept_of_a_deal
from relations import column, relation

USERS = frozenset({"authenticated"})
ALL = Privileges(("id",), ("id",), ("id",), ("delete",))
READS = Privileges(("id",))


def hanging(name, *, held=READS, commands=("SELECT",), on_delete="CASCADE", rls=True, using="true", check=""):
    one = relation(f"public.{name}", column("id"), column("boat_id"), references={"boat_id": "public.boats"})
    policies = tuple(
        Policy("own", command, ("authenticated",), permissive=True, using=using, check=check)
        for command in commands
    )
    child = replace(one, privileges={"authenticated": held}, policies=policies, rls=rls)
    (key,) = child.foreign_keys
    return Hanging(child, replace(key, on_delete=on_delete))


@pytest.mark.parametrize("name", ["payments", "charter_receipts", "order_lines", "BoatInvoices"])
def test_what_the_backend_keeps_of_a_deal_is_kept(name):
    assert is_kept_of_a_deal(hanging(name), USERS)


def test_what_no_policy_lets_clients_write_is_kept_whatever_is_granted():
    assert is_kept_of_a_deal(hanging("payments", held=ALL), USERS)


@pytest.mark.parametrize(
    "using",
    [
        "(auth.role() = 'service_role'::text)",
        "(( SELECT auth.role() AS role) = 'service_role'::text)",
        "((auth.jwt() ->> 'role'::text) = 'service_role'::text)",
        "((( SELECT auth.jwt() AS jwt) ->> 'role'::text) = 'service_role'::text)",
    ],
)
def test_what_a_policy_lets_the_backend_alone_write_is_kept(using):
    assert is_kept_of_a_deal(hanging("payments", held=ALL, commands=("ALL",), using=using), USERS)


@pytest.mark.parametrize(
    "link",
    [
        hanging("comments"),
        hanging("order_hints"),
        hanging("payments", on_delete="SET NULL"),
        hanging("payments", held=ALL, commands=("SELECT", "DELETE")),
        hanging("payments", held=ALL, commands=("ALL",)),
        hanging("payments", held=ALL, rls=False),
        hanging(
            "payments",
            held=ALL,
            commands=("ALL",),
            using="(auth.role() = 'service_role'::text)",
            check="true",
        ),
        hanging(
            "payments",
            held=ALL,
            commands=("ALL",),
            using="((auth.role() = 'service_role'::text) OR (payer = auth.uid()))",
        ),
    ],
)
def test_what_says_no_deal_stays_or_is_taken_back_is_not(link):
    assert not is_kept_of_a_deal(link, USERS)
