"""What SQL mentions is found through every layer that can carry it."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Trigger
from pytest_readiness.judges.sql.reach import conditions_showing
from pytest_readiness.judges.sql.requests import Claim
from pytest_readiness.judges.sql.texts import Texts
from relations import column, relation


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


def test_a_setting_stands_beside_each_word_that_code_compares_it_with():
    using = ["current_setting('app.audit'::text, true) = 'on'", "shift = current_setting('app.team'::text)"]
    assert texts(relation("public.a", column("id"), using=using)).switches == (("app.audit", "on"),)


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
        (
            "org = (NULLIF((auth.jwt() #>> '{app_metadata,org_id}'::text[]), ''::text))::uuid",
            Claim("org_id", "app_metadata", listed=False),
        ),
        (
            "((auth.jwt() #>> '{app_metadata,orgs}'::text[]))::jsonb ? (org)::text",
            Claim("orgs", "app_metadata", listed=True),
        ),
        (
            "((auth.jwt() #> '{app_metadata,orgs}'::text[]) @> to_jsonb(org))",
            Claim("orgs", "app_metadata", listed=True),
        ),
        (
            "org = (((auth.jwt() -> 'app_metadata'::text) -> 'org'::text))::bigint",
            Claim("org", "app_metadata", listed=False),
        ),
        (
            "org = (((auth.jwt() -> 'app_metadata'::text) -> 'org'::text) #>> '{}'::text[])::uuid",
            Claim("org", "app_metadata", listed=False),
        ),
        (
            "org IN (SELECT jsonb_array_elements_text(((auth.jwt() ->> 'orgs'::text))::jsonb))",
            Claim("orgs", "", listed=True),
        ),
        (
            "EXISTS (SELECT FROM jsonb_array_elements(places) p(value) WHERE p.value = to_jsonb(auth.jwt() ->> 'org'))",
            Claim("org", "", listed=False),
        ),
    ],
)
def test_claims_are_found_where_they_stand(using, claim):
    assert claim in texts(relation("public.a", column("id"), using=[using])).claims
    assert len(texts(relation("public.a", column("id"), using=[using])).claims) == 1


def test_keys_of_json_columns_are_no_claims():
    assert texts(relation("public.a", column("id"), using=["(data ->> 'owner') = 'x'"])).claims == ()


def trigger(body):
    return Trigger("t", "public.t", body, "O")


@pytest.mark.parametrize(
    ("body", "inert"),
    [
        ("begin new.updated_at := now(); return new; end", True),
        ("begin new.updated_at := now(); if new.a is null then return null; end if; return new; end", False),
        ("begin if new.a <> old.a then new.a := 1; end if; return new; end", False),
        ("begin perform public.tell(new.id); return new; end", False),
        ("begin new.a := public.next_number(); return new; end", False),
        ("begin new.a := public.plain(new.a); return new; end", True),
        ("begin raise exception 'no'; end", False),
    ],
)
def test_a_trigger_that_only_assigns_to_the_new_row_does_nothing_else(body, inert):
    calls = (
        function("public.next_number", "select 1"),
        function("public.plain", "select 1", volatility="immutable"),
    )
    table = replace(DOCS, policies=(), triggers=(trigger(body),))
    assert texts(table, functions=calls).inert(table.name) is inert


def test_rules_views_and_policies_that_call_what_may_act_are_not_inert():
    call = function("public.may_see", "select true")
    assert not texts(DOCS, functions=(call,)).inert(DOCS.name)
    assert texts(DOCS, functions=(replace(call, volatility="stable"),)).inert(DOCS.name)
    assert not texts(replace(MEMBERS, rules=("create rule …",))).inert(MEMBERS.name)
    assert not texts(replace(MEMBERS, kind="view")).inert(MEMBERS.name)


def test_what_no_text_asks_for_decides_nothing():
    reads = function("public.f", "select exists (select 1 from public.members m where m.rank = 'high')")
    found = texts(DOCS, MEMBERS, functions=(reads,)).asked("public.members")
    assert "rank" in found
    assert "nickname" not in found


@pytest.mark.parametrize(
    "body",
    [
        "select * from public.members",
        "select to_jsonb(m) from public.members m",
        "execute 'select from members'",
    ],
)
def test_whole_rows_and_texts_made_while_running_ask_for_everything(body):
    assert texts(MEMBERS, functions=(function("public.f", body),)).asked("public.members") is None


def test_a_policy_that_names_its_own_row_does_not_look_at_other_rows_of_its_table():
    own = relation("public.docs", column("id"), using=["(docs.owner = auth.uid())"])
    other = relation(
        "public.docs", column("id"), using=["exists (select 1 from docs d where d.id = docs.parent)"]
    )
    assert "public.docs" not in texts(own).deciding
    assert "public.docs" in texts(other).deciding


USERS = frozenset({"authenticated"})
RESTORES = "delete from public.members; select * from public.members where rank = 'restored'"


@pytest.mark.parametrize(
    ("callers", "body", "decides"),
    [
        ((), "", False),
        (("authenticated",), "", True),
        ((), "perform public.restore()", True),
    ],
    ids=["the backend alone", "clients", "what clients call"],
)
def test_what_the_backend_alone_calls_decides_nothing_for_clients(callers, body, decides):
    restoring = function("public.restore", RESTORES, callers=callers)
    found = texts(MEMBERS, functions=(restoring, function("public.outer", body)))
    assert (found.deciding == {"public.members"}) is decides
    assert ("restored" in found.literals_about("public.members")) is decides
    assert (found.asked("public.members") is None) is decides  # it takes whole rows


def test_what_shows_rows_is_the_same_of_two_tables_whose_policies_say_the_same():
    said = [f"(({name}.team = my_team()))" for name in ("docs", "notes")]
    docs, notes = (
        relation(f"public.{name}", column("id"), using=[text])
        for name, text in zip(("docs", "notes"), said, strict=True)
    )
    other = relation("public.others", column("id"), using=["(others.team = my_team()) OR others.open"])
    assert conditions_showing(docs, USERS) == conditions_showing(notes, USERS)
    assert conditions_showing(docs, USERS) != conditions_showing(other, USERS)


WRITES = "if public.has_seat() then insert into public.members values (1); end if"


@pytest.mark.parametrize(
    ("body", "helper", "changed"),
    [
        ("select count(*) from public.teams", "", set()),
        (WRITES, "select exists (select from public.teams)", {"public.members"}),
        ("perform public.has_seat()", "update public.teams set id = id", {"public.teams"}),
        ("drop table public.members", "", {"public.members"}),
        (
            "execute format('delete from %I', x); select from public.teams",
            "",
            {"public.members", "public.teams"},
        ),
    ],
    ids=["reads", "reads in a helper", "writes in a helper", "defines", "dynamic"],
)
def test_what_a_call_changes_is_what_those_of_its_texts_name_that_write(body, helper, changed):
    calling = function("public.f", body)
    found = texts(MEMBERS, TEAMS, functions=(calling, function("public.has_seat", helper)))
    assert found.changed_by(calling) == changed
    assert found.function_reach(calling) >= changed


def test_nothing_hangs_on_a_new_row_but_what_its_triggers_touch():
    seats = relation("public.seats", column("id"), column("team"), references={"team": "public.teams"})
    teams = replace(TEAMS, triggers=(Trigger("t", "public.f", "update public.members set id = id", "O"),))
    found = texts(MEMBERS, teams, seats)
    assert found.touched_by("public.teams") == {"public.teams", "public.seats", "public.members"}
    assert found.added_by("public.teams") == {"public.teams", "public.members"}


def test_of_everything_that_dynamic_sql_may_reach_what_it_names_comes_first():
    reader = function("public.f", "execute format('select * from docs order by %I', x)")
    inner = function("public.may_see", "select exists (select from public.teams)")
    found = texts(MEMBERS, replace(DOCS, name="public.docs"), TEAMS, functions=(reader, inner))
    assert found.nearest(reader) == ["public.docs", "public.teams", "public.members"]
