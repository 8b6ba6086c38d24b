"""A rank counts in all tenants where policies ask for it alone, and for another together with the tenant."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CatalogEvidence, Policy
from pytest_readiness.evidence.ownership import Membership
from pytest_readiness.judges.owners import platform_ranks as conditions_of_policies
from pytest_readiness.judges.owners.platform_ranks import platform_ranks
from pytest_readiness.judges.sql.texts import Texts
from relations import column, relation

STAFF = Membership("public.staff", "user_id", "branch_id", "public.branches")
RANKS = {"head_office", "branch_manager", "clerk"}
HEAD = "(my_rank() = 'head_office'::text)"
MANAGER = "((my_rank() = 'branch_manager'::text) AND (branch_id = my_branch()))"


def found(*policies, tables=3):
    """Judge tables of branches that all have the same policies, as the server writes them down."""
    made = tuple(
        Policy(f"p{n}", "ALL", ("public",), permissive=True, using=using, check="")
        for n, using in enumerate(policies)
    )
    relations = [
        replace(
            relation(
                f"public.t{n}", column("id"), column("branch_id"), references={"branch_id": "public.branches"}
            ),
            policies=made,
        )
        for n in range(tables)
    ]
    return platform_ranks(Texts(CatalogEvidence(tuple(relations), 180001)), STAFF, RANKS)


def test_a_rank_beside_one_that_is_bound_to_the_tenant_counts_everywhere():
    assert found(HEAD, MANAGER) == {"head_office"}
    assert found(f"({HEAD} OR {MANAGER})") == {"head_office"}


@pytest.mark.parametrize(
    "policies",
    [
        (HEAD,),
        (HEAD, "(branch_id = my_branch())"),
        (HEAD, MANAGER, MANAGER.replace("branch_manager", "head_office")),
        (HEAD.replace("head_office", "clerk") + " AND (id = my_key())", MANAGER),
        (HEAD, "((my_rank() = 'branch_manager'::text) AND (branch_id IS NOT NULL))"),
    ],
    ids=["no other", "no other rank", "bound elsewhere", "bound to the row", "any tenant"],
)
def test_a_rank_that_is_asked_for_alone_may_have_lost_its_tenant(policies):
    assert found(*policies) == frozenset()


def test_in_few_tables_it_may_have_been_forgotten():
    assert found(HEAD, MANAGER, tables=2) == frozenset()


def test_policies_are_read_once_for_whatever_ranks_are_asked_about(monkeypatch):
    made = Policy("p", "ALL", ("public",), permissive=True, using=f"{HEAD} OR {MANAGER}", check="")
    tables = [
        replace(relation(f"public.t{n}", column("id"), column("branch_id")), policies=(made,))
        for n in range(3)
    ]
    texts = Texts(CatalogEvidence(tuple(tables), 180001))
    read = []
    original = conditions_of_policies.alternatives
    monkeypatch.setattr(conditions_of_policies, "alternatives", lambda one: read.append(one) or original(one))
    assert platform_ranks(texts, STAFF, RANKS) == {"head_office"}
    assert platform_ranks(texts, STAFF, RANKS - {"head_office"}) == frozenset()
    assert len(read) == len(tables)
