"""Who keeps out what is over has not said that the rest is for everybody."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from pytest_readiness.evidence.ownership import Ownership
from pytest_readiness.judges.purpose.remainders import may_be_kept, may_be_shown
from relations import column, relation

OWNED = Ownership(users=("holder",))
SHOWN_ALL = Privileges(select=("holder", "status", "archived", "published", "deleted_at"))
OWN = Policy("own", "ALL", ("authenticated",), permissive=True, using="(holder = auth.uid())", check="")


def table(using, *policies, name="claims", policy="rest", roles=("authenticated",)):
    found = relation(
        f"public.{name}", column("holder"), column("status", "text"), column("archived", "boolean"),
        column("published", "boolean"), column("deleted_at", "timestamp with time zone"),
    )  # fmt: skip
    rest = Policy(policy, "SELECT", roles, permissive=True, using=using, check="")
    return replace(
        found, policies=(rest, *policies), privileges=dict.fromkeys(("anon", "authenticated"), SHOWN_ALL)
    )


OVER = [
    "(status <> 'archived'::text)",
    "(status <> ALL (ARRAY['archived'::text, 'deleted'::text]))",
    "(status IS DISTINCT FROM 'cancelled'::text)",
    "(NOT archived)",
    "(archived IS NOT TRUE)",
    "(archived = false)",
    "(deleted_at IS NULL)",
    "((status <> 'archived'::text) AND (deleted_at IS NULL))",
]
SHOWN = [
    "(status <> 'draft'::text)",
    "(status <> 'private'::text)",
    "(status = 'open'::text)",
    "published",
    "((status <> 'archived'::text) AND published)",
    "true",
]


@pytest.mark.parametrize(
    ("using", "kept"), [*((one, True) for one in OVER), *((one, False) for one in SHOWN)]
)
def test_what_is_not_over_may_be_its_owners(using, kept):
    assert may_be_kept(table(using, OWN), OWNED, {"anon"}) is kept


@pytest.mark.parametrize(
    "found",
    [
        table(OVER[0]),
        table(OVER[0], OWN, policy="visible to everyone"),
        table(OVER[0], OWN, name="posts"),
        table(OVER[0], OWN, roles=("anon", "authenticated")),
    ],
    ids=["alone", "by its name", "a forum", "strangers"],
)
def test_other_signs_say_that_it_is_for_all(found):
    assert not may_be_kept(found, OWNED, {"anon"})


@pytest.mark.parametrize(
    ("found", "owned", "shown"),
    [
        (table("(deleted_at IS NULL)", name="posts"), OWNED, True),
        (table("(deleted_at IS NULL)", OWN, name="comments"), OWNED, True),
        (table("(deleted_at IS NULL)", name="claims"), OWNED, False),
        (table("true", name="posts"), OWNED, False),
        (table("(deleted_at IS NULL)", name="posts"), Ownership(users=("holder",), tenants=("org",)), False),
    ],
    ids=["a forum", "with one's own", "no forum", "no condition", "of a tenant"],
)
def test_a_forum_may_be_open_to_all_who_are_signed_in(found, owned, shown):
    assert may_be_shown(found, owned, {"authenticated"}) is shown
