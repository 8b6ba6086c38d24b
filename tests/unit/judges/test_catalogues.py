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


def written_down(*columns, using="(auth.role() = 'authenticated'::text)", key="text", **more):
    made = shown("code", *columns, name="r", using=using, **more)
    kinds = {"code": key, "is_active": "boolean", "place": "integer", "sort_order": "integer"}
    typed = tuple(column(one, kinds.get(one, "text")) for one in ("code", *columns))
    return replace(made, columns=typed, primary_key=("code",))


@pytest.mark.parametrize(
    ("table", "found"),
    [
        (written_down("label", "sort_order", "is_active"), True),
        (written_down("label", "sort_order", using="true"), True),
        (written_down("label", "sort_order", using="(( SELECT auth.uid() AS uid) IS NOT NULL)"), True),
        (written_down("panel_id", "question_order"), True),
        (written_down("label", "is_active"), False),
        (written_down("label", "sort_order", "amount"), False),
        (written_down("label", "sort_order", "said_by"), False),
        (written_down("patient_id", "sort_order"), False),
        (written_down("team_id", "sort_order"), False),
        (written_down("label", "sort_order", key="uuid"), False),
        (written_down("label", "sort_order", using="(label = auth.uid())"), False),
        (written_down("label", "sort_order", commands=("SELECT", "INSERT")), False),
        (written_down("label", "sort_order", table="clients"), False),
    ],
    ids=str,
)
def test_a_list_that_is_one_by_its_columns_need_not_say_so(table, found):
    assert bool(catalogue(table, CLIENTS)) is found
