"""A list of what all look up says so, and shows where somebody is called upon, and nothing else of him."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from pytest_readiness.judges.purpose.catalogues import catalogue
from relations import column, relation

CLIENTS = ("anon", "authenticated")


def shown(
    *columns,
    table="insurers",
    name="insurer catalogue",
    using="true",
    commands=("SELECT",),
    rls=True,
    to=("authenticated",),
):
    made = relation(f"public.{table}", *(column(one) for one in columns))
    policies = tuple(
        Policy(name, command, ("public",), permissive=True, using=using, check="") for command in commands
    )
    held = {role: Privileges(select=columns) for role in to}
    return replace(made, table=table, policies=policies, privileges=held, rls=rls)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (shown("id", "name", "postal_address"), "insurer catalogue"),
        (shown("id", "name", "phone", name="Verzeichnis der Kassen"), "Verzeichnis der Kassen"),
        (shown("id", "name", "phone", name="everyone"), ""),
        (shown("id", "name", "phone", name="listed ones"), ""),
        (shown("id", "name", name="read preferences of makers"), ""),
        (shown("id", "name", name="waiting list"), ""),
        (shown("id", "name", name="list of makers", to=CLIENTS), "list of makers"),
        (shown("id", "name", "balance"), ""),
        (shown("id", "first_name", "phone"), ""),
        (shown("id", "name", "phone", table="customers"), ""),
        (shown("id", "name", using="(id = 1)"), ""),
        (shown("id", "name", commands=("SELECT", "INSERT")), ""),
        (shown("id", "name", rls=False), ""),
        (shown("code", "rights", name="öffentlich", to=CLIENTS), "öffentlich"),
        (shown("code", "rights", name="public to users"), ""),
        (shown("code", "rights", "note", name="public", to=CLIENTS), ""),
    ],
    ids=[
        *("an address", "another language", "all", "another word"),
        *("a word within another", "a list for some", "a list for all", "money", "a person"),
        *("people", "some", "written", "open", "public", "public to some", "public with a note"),
    ],
)
def test_a_list_for_all_says_so(table, said):
    assert catalogue(table, CLIENTS) == said
