"""What SQL mentions is found through every layer that can carry it."""

from dataclasses import replace

import pytest
from relations import column, relation

from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Trigger
from pytest_readiness.judges.texts import Claim, Texts


def function(name, body, **changes):
    made = Function(
        schema="public",
        name=name,
        signature=f"{name}()",
        kind="function",
        returns="void",
        definer=True,
        owner="postgres",
        volatility="volatile",
        language="plpgsql",
        config=(),
        body=body,
        defaults=0,
        arguments=(),
        callers=("authenticated",),
    )
    return replace(made, **changes)


def texts(*relations, functions=()):
    return Texts(CatalogEvidence(relations, 180001, functions=functions))


DOCS = relation("public.docs", column("id"), using=["public.may_see(team)"])
MEMBERS = relation("public.members", column("id"))
TEAMS = relation("public.teams", column("id"))


def test_a_policy_depends_on_what_the_functions_that_it_calls_read():
    inner = function("public.is_member", "select exists (select from public.members)")
    outer = function("public.may_see", "return public.is_member(t)")
    found = texts(DOCS, MEMBERS, TEAMS, functions=(inner, outer))
    assert found.depends_on("public.docs") == {"public.docs", "public.members"}
    assert found.deciding == {"public.members"}


def test_a_quoted_name_is_found_and_a_part_of_a_name_is_not():
    odd = replace(relation('public."Odd ""one"', column("id")), table='Odd "one')
    reader = function("public.f", 'select * from "Odd ""one"; select members_old from x')
    assert texts(odd, MEMBERS, functions=(reader,)).function_reach(reader) == {odd.name}


def test_dynamic_sql_may_reach_everything():
    reader = function("public.f", "execute format('select %s', x)")
    assert texts(DOCS, MEMBERS, functions=(reader,)).function_reach(reader) == {
        "public.docs",
        "public.members",
    }


def test_a_write_touches_children_and_what_triggers_write():
    child = relation("public.lines", column("doc"), references={"doc": "public.docs"})
    audited = replace(DOCS, triggers=(Trigger("t", "public.f", "insert into public.teams", "O"),))
    found = texts(audited, child, MEMBERS, TEAMS)
    assert found.touched_by("public.docs") == {"public.docs", "public.lines", "public.teams"}
    assert found.touched_by("public.members") == {"public.members"}


def test_settings_of_the_api_are_not_the_applications():
    using = [
        "team = current_setting('app.team'::text, true)",
        "u = (current_setting('request.jwt.claims', true))",
    ]
    assert texts(relation("public.a", column("id"), using=using)).settings == ("app.team",)


@pytest.mark.parametrize(
    ("using", "claim"),
    [
        (
            "org = (((auth.jwt() -> 'app_metadata'::text) ->> 'org_id'::text))::uuid",
            Claim("org_id", "app_metadata", listed=False),
        ),
        ("(auth.jwt() ->> 'org'::text) = org", Claim("org", "", listed=False)),
        (
            "((auth.jwt() -> 'user_metadata'::text) -> 'teams'::text) ? team",
            Claim("teams", "user_metadata", listed=True),
        ),
    ],
)
def test_claims_are_found_where_they_stand(using, claim):
    assert claim in texts(relation("public.a", column("id"), using=[using])).claims
    assert len(texts(relation("public.a", column("id"), using=[using])).claims) == 1


def test_keys_of_json_columns_are_no_claims():
    assert texts(relation("public.a", column("id"), using=["(data ->> 'owner') = 'x'"])).claims == ()
