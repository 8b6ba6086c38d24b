"""Memberships are told by more than their shape; whoever attacks holds the highest rank of his own tenant."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Argument, CheckConstraint, Function
from pytest_readiness.evidence.ownership import Membership
from pytest_readiness.judges.owners.numbered_ranks import numbered_ranks
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.judges.owners.tenancy import Ranks, ranks, rights
from pytest_readiness.judges.sql.texts import Texts
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

USERS = "auth.users"


def link(name, thing, *more, using=()):
    return relation(
        f"public.{name}",
        column("user_id"),
        column("thing_id"),
        *more,
        references={"user_id": USERS, "thing_id": thing},
        key=("user_id", "thing_id"),
        using=using,
    )


def memberships(*relations):
    found = infer(catalog(*relations), Isolation(), USERS)
    return [membership.relation for membership in found.memberships]


def test_a_link_to_a_team_is_a_membership_and_one_to_an_achievement_is_not():
    team = relation("public.teams", column("id"), column("title", "text"))
    prize = relation("public.achievements", column("id"), column("title", "text"))
    found = memberships(team, prize, link("team_members", team.name), link("user_achievements", prize.name))
    assert found == ["public.team_members"]


def test_a_link_that_policies_ask_is_a_membership_whatever_it_links():
    crew = link("crew", "public.vessels")
    vessels = relation(
        "public.vessels",
        column("id"),
        using=["(id IN ( SELECT crew.thing_id FROM crew WHERE (crew.user_id = auth.uid())))"],
    )
    logs = relation(
        "public.logs",
        column("id"),
        column("vessel_id"),
        references={"vessel_id": "public.vessels"},
        using=["(vessel_id IN ( SELECT crew.thing_id FROM crew WHERE (crew.user_id = auth.uid())))"],
    )
    assert memberships(crew, vessels, logs) == ["public.crew"]


@pytest.mark.parametrize(
    ("kind", "said", "value", "lowest"),
    [
        ("text", "(m.role = ANY (ARRAY['viewer'::text, 'admin'::text]))", "admin", ""),
        ("text", "(m.role = ANY (ARRAY['owner'::text, 'admin'::text]))", "owner", ""),
        ("text[]", "(m.role @> ARRAY['admin'::text])", "{admin}", ""),
        ("boolean", "m.role", "true", "false"),
    ],
)
def test_the_highest_rank_that_code_knows(kind, said, value, lowest):
    team = relation("public.teams", column("id"))
    members = link("team_members", team.name, column("role", kind), using=["(user_id = auth.uid())"])
    notes = relation(
        "public.notes",
        column("id"),
        column("team_id"),
        references={"team_id": team.name},
        using=[f"(EXISTS ( SELECT 1 FROM team_members m WHERE (m.thing_id = notes.team_id) AND {said}))"],
    )
    known = catalog(team, members, notes)
    found = infer(known, Isolation(), USERS).memberships
    assert ranks(known, Texts(known), found) == {"public.team_members": Ranks("role", value, lowest)}


@pytest.mark.parametrize(
    ("closed", "lowest"),
    [
        ("role = ANY (ARRAY['owner'::text, 'keeper'::text, 'viewer'::text])", "viewer"),
        ("role = ANY (ARRAY['viewer'::text, 'keeper'::text, 'owner'::text])", "viewer"),
        ("role = ANY (ARRAY['owner'::text, 'porter'::text, 'viewer'::text])", "viewer"),
        ("role = ANY (ARRAY['owner'::text, 'viewer'::text, 'suspended'::text])", "viewer"),
        ("length(role) > 2", ""),
    ],
)
def test_plain_members_have_what_code_asks_for_least_of_a_closed_list(closed, lowest):
    team = relation("public.teams", column("id"))
    members = replace(
        link("team_members", team.name, column("role", "text")),
        checks=(CheckConstraint("role_check", ("role",), closed),),
    )
    asked = "(role_in(team_id) = 'owner'::text)", "(role_in(team_id) = ANY (ARRAY['owner', 'keeper']))"
    notes = relation("public.notes", column("id"), column("team_id"), using=asked)
    known = catalog(team, members, notes)
    found = (Membership(members.name, "user_id", "thing_id", team.name),)
    chosen = ranks(known, Texts(known), found)
    assert [(one.column, one.lowest) for one in chosen.values()] == ([("role", lowest)] if lowest else [])


def test_a_rank_is_asked_for_through_a_function_that_looks_it_up():
    team = relation("public.teams", column("id"))
    members = replace(
        link("team_members", team.name, column("role", "text")),
        checks=(CheckConstraint("role_check", ("role",), "role = ANY (ARRAY['coach', 'fan', 'guest'])"),),
    )
    notes = relation("public.notes", column("id"), column("team_id"), using=("(role_in(team_id) = 'fan')",))
    helper = Function(
        schema="public",
        name="public.role_in",
        signature="public.role_in(uuid)",
        kind="function",
        returns="text",
        definer=True,
        owner="postgres",
        volatility="stable",
        language="sql",
        config=(),
        body="select m.role from team_members m where m.thing_id = $1 and m.user_id = auth.uid()",
        defaults=0,
        arguments=(),
        callers=(),
    )
    known = replace(catalog(team, members, notes), functions=(helper,))
    found = (Membership(members.name, "user_id", "thing_id", team.name),)
    assert ranks(known, Texts(known), found)[members.name].highest == "fan"


def test_a_rank_that_nothing_names_is_left_as_it_is():
    team = relation("public.teams", column("id"))
    members = link("team_members", team.name, column("role", "text"))
    known = catalog(team, members)
    assert not ranks(known, Texts(known), infer(known, Isolation(), USERS).memberships)


@pytest.mark.parametrize(
    ("name", "default", "said", "given"),
    [
        ("may_post", "false", "m.may_post", True),
        ("may_post", "", "(m.may_post OR (NOT p_posting))", True),
        ("may_post", "true", "m.may_post", False),
        ("may_post", "false", "true", False),
        ("barred", "false", "(NOT m.barred)", False),
        ("barred", "false", "(NOT COALESCE(m.barred, false))", False),
        ("barred", "false", "(m.barred IS NOT TRUE)", False),
        ("barred", "false", "(m.barred = false)", False),
        ("suspended", "false", "m.suspended", False),
    ],
)
def test_rights_are_switches_that_code_asks_for_and_never_for_their_opposite(name, default, said, given):
    team = relation("public.teams", column("id"))
    members = link("team_members", team.name, column(name, "boolean", default=default))
    notes = relation(
        "public.notes",
        column("id"),
        column("team_id"),
        references={"team_id": team.name},
        using=[f"(EXISTS ( SELECT 1 FROM team_members m WHERE (m.thing_id = notes.team_id) AND {said}))"],
    )
    known = catalog(team, members, notes)
    found = infer(known, Isolation(), USERS).memberships
    named = {
        table: [one.name for one in columns] for table, columns in rights(known, Texts(known), found).items()
    }
    assert named == {"public.team_members": [name] if given else []}


def aboard(name, *more, of="vessel_code", using=()):
    return relation(f"public.{name}", column("id"), column(of, "text"), *more, key=("id",), using=using)


CREW = "(EXISTS ( SELECT 1 FROM crew c WHERE ((c.sailor = auth.uid()) AND (c.vessel_code = c.vessel_code))))"


@pytest.mark.parametrize(
    ("table", "others", "tenants"),
    [
        ("crew", [aboard("logbook", using=[CREW])], {"public.logbook": ("vessel_code",)}),
        # What no policy asks the list about may be a word of another kind.
        ("crew", [aboard("tides")], {}),
        ("crew", [aboard("logbook", of="code", using=[CREW])], {}),
        # Whoever likes things has them in common with nobody.
        ("likes", [aboard("logbook", using=[CREW.replace("crew", "likes")])], {}),
    ],
    ids=["asked", "not asked", "another name", "no members"],
)
def test_the_name_of_a_tenant_in_a_list_of_members_is_its_name_elsewhere(table, others, tenants):
    mine = ["(sailor = auth.uid())"]
    pair = ("vessel_code", "sailor")
    members = relation(
        f"public.{table}", column("vessel_code", "text"), column("sailor"), key=pair, using=mine
    )
    members = replace(members, unique=(pair,))
    owned = infer(catalog(members, *others), Isolation(), USERS).owned
    assert {name: one.tenants for name, one in owned.items() if name != members.name} == tenants


def test_a_column_called_as_in_a_list_of_members_names_a_tenant_without_a_key():
    school = column("school_id", "integer")
    pair = ("school_id", "user_id")
    members = relation(
        "public.memberships", school, column("user_id"), key=pair, using=["(user_id = auth.uid())"]
    )
    asked = "(EXISTS ( SELECT 1 FROM memberships m WHERE (m.user_id = auth.uid())))"
    members = replace(members, unique=(pair,))
    reports = relation("public.reports", column("id"), school, using=[asked])
    owned = infer(catalog(members, reports), Isolation(), USERS).owned
    assert owned[reports.name].tenants == ("school_id",)


@pytest.mark.parametrize("key", ["user_id", "farm_id"])
def test_what_code_looks_up_for_the_caller_names_a_tenant_unless_it_is_the_key_of_his_row(key):
    mine = relation("public.farmers", column("user_id"), column("farm_id", "integer"), key=(key,))
    mine = replace(mine, unique=(("user_id",), ("farm_id",)))
    plots = relation(
        "public.plots", column("id"), column("farm_id", "integer"), using=["(farm_id = public.farm())"]
    )
    farm = Function(
        "public",
        "public.farm",
        "public.farm()",
        "f",
        "integer",
        definer=True,
        owner="postgres",
        volatility="s",
        language="sql",
        config=(),
        body="select f.farm_id from public.farmers f where f.user_id = auth.uid()",
        defaults=0,
        arguments=(),
        callers=(),
    )
    found = infer(replace(catalog(mine, plots), functions=(farm,)), Isolation(), USERS)
    told = (Membership(mine.name, "user_id", "farm_id", ""),)
    assert found.memberships == (told if key == "user_id" else ())
    assert found.owned[plots.name].tenants == ("farm_id",)


def test_a_key_that_members_share_with_their_tenant_is_no_name_of_tenants():
    teams = relation("public.teams", column("id"), column("title", "text"))
    members = relation(
        "public.team_members",
        column("id"),
        column("user_id"),
        references={"id": teams.name, "user_id": USERS},
        key=("id", "user_id"),
    )
    words = relation("public.words", column("id"), column("word", "text"))
    found = infer(catalog(teams, replace(members, unique=(members.primary_key,)), words), Isolation(), USERS)
    assert found.memberships
    assert words.name not in found.owned


@pytest.mark.parametrize(
    ("name", "closed", "chosen"),
    [
        ("power", "power = ANY (ARRAY['view'::text, 'retire'::text])", [("power", "retire")]),
        ("power", "length(power) > 2", []),
        ("status", "status = ANY (ARRAY['view'::text, 'retire'::text])", []),
        ("power", "power = ANY (ARRAY['retire'::text, 'suspended'::text])", []),
    ],
)
def test_a_closed_list_of_what_members_are_gives_rank_whatever_it_is_called(name, closed, chosen):
    team = relation("public.teams", column("id"))
    members = replace(
        link("team_members", team.name, column(name, "text")),
        checks=(CheckConstraint("check", (name,), closed),),
    )
    asked = (
        f"(EXISTS ( SELECT 1 FROM team_members m WHERE m.thing_id = notes.team_id AND m.{name} = 'retire'))"
    )
    notes = relation("public.notes", column("id"), column("team_id"), using=(asked,))
    known = catalog(team, members, notes)
    found = (Membership(members.name, "user_id", "thing_id", team.name),)
    assert [(one.column, one.highest) for one in ranks(known, Texts(known), found).values()] == chosen


def helper(name, returns, body):
    return Function(
        schema="public",
        name=f"public.{name}",
        signature=f"public.{name}(p uuid)",
        kind="function",
        returns=returns,
        definer=True,
        owner="postgres",
        volatility="stable",
        language="sql",
        config=(),
        body=body,
        defaults=0,
        arguments=(Argument("p", "uuid", "uuid", "b"),),
        callers=(),
    )


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("(grade_on(id) IS NOT NULL)", ["public.hands"]),
        ("(grade_on(id) = ANY (ARRAY['mate'::text, 'skipper'::text]))", ["public.hands"]),
        ("(open)", []),
    ],
)
def test_who_is_told_a_rank_where_policies_ask_belongs_there(asked, found):
    body = "select h.grade from hands h where h.thing_id = p and h.user_id = auth.uid()"
    vessels = relation("public.vessels", column("id"), column("open", "boolean"), using=(asked,))
    hands = link("hands", vessels.name, column("grade", "text"))
    hands = replace(hands, unique=(("user_id", "thing_id"),))
    known = replace(catalog(vessels, hands), functions=(helper("grade_on", "text", body),))
    assert [one.relation for one in infer(known, Isolation(), USERS).memberships] == found


def test_of_ranks_that_nothing_is_known_of_the_one_asked_for_most_often_is_the_highest():
    words = ("'deckhand'", "'mate'", "'skipper'")
    hands = replace(
        link("hands", "public.vessels", column("grade", "text")),
        checks=(CheckConstraint("grade_check", ("grade",), f"grade = ANY (ARRAY[{', '.join(words)}])"),),
        policies=(),
    )
    asked = ("(grade_on(id) = ANY (ARRAY['mate', 'skipper']))", "(grade_on(id) = 'skipper')")
    vessels = relation("public.vessels", column("id"), using=asked)
    body = "select h.grade from hands h where h.thing_id = p and h.user_id = auth.uid()"
    known = replace(catalog(vessels, hands), functions=(helper("grade_on", "text", body),))
    found = (Membership(hands.name, "user_id", "thing_id", vessels.name),)
    assert ranks(known, Texts(known), found) == {hands.name: Ranks("grade", "skipper", "deckhand")}


def test_a_membership_is_not_named_by_its_own_key_though_code_looks_for_a_tenant_by_one_of_that_name():
    firm = relation("public.companies", column("id"), column("title", "text"))
    staff = relation(
        "public.company_users",
        column("id"),
        column("user_id"),
        column("company_id"),
        references={"user_id": USERS, "company_id": firm.name},
        using=("(user_id = auth.uid())",),
    )
    body = "select 1 from public.company_users join public.companies c on true where id = c.id"
    found = infer(
        replace(catalog(firm, staff), functions=(helper("mine", "integer", body),)), Isolation(), USERS
    )
    assert found.owned["public.company_users"].tenants == ("company_id",)


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        ("role_rank", "(crew.role_rank >= 30)", Ranks("role_rank", "40", "10")),
        ("level", "(level <= 20)", Ranks("level", "10", "40")),
        ("level", "", Ranks("level", "40", "10")),
        ("seat_no", "(seat_no >= 30)", None),
    ],
)
def test_the_highest_of_numbered_ranks_is_the_largest_unless_code_asks_for_less(name, asked, expected):
    crew = replace(
        relation(
            "public.crew",
            column("user_id"),
            column("vessel_id"),
            column(name, "smallint"),
            references={"user_id": USERS, "vessel_id": "public.vessels"},
            key=("user_id", "vessel_id"),
            using=(asked,),
        ),
        checks=(CheckConstraint("known", (name,), f"CHECK (({name} = ANY (ARRAY[10, 20, 30, 40])))"),),
    )
    known = catalog(crew)
    found = ranks(known, Texts(known), (Membership("public.crew", "user_id", "vessel_id", "public.vessels"),))
    assert found.get("public.crew") == expected


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("CHECK (((level >= 0) AND (level < 100)))", ("99", "0")),
        ("CHECK (((level > 0) AND (level <= 5)))", ("5", "1")),
        ("CHECK ((level > 0))", None),
    ],
)
def test_bounds_of_ranks_are_read_with_their_signs(check, expected):
    level = column("level", "integer")
    crew = relation("public.crew", column("id"), level)
    assert (
        numbered_ranks(replace(crew, checks=(CheckConstraint("known", ("level",), check),)), level, ())
        == expected
    )
