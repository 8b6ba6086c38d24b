"""A session is guessed where policies and grants leave one likely answer, and its lines are shown otherwise."""

from dataclasses import replace

import pytest

from pytest_readiness.judges.owners.grantees import Grantee, Rule
from pytest_readiness.judges.owners.sessions import Beside, guess
from pytest_readiness.settings import AS_LOGIN, Session

POLICY = "(tenant_id = (current_setting('app.tenant_id'::text))::uuid)"
WEB = Grantee("web")


def test_one_role_and_a_setting_that_names_a_tenant():
    found = guess([POLICY], [WEB])
    assert found.session == Session("web", "select set_config('app.tenant_id', %(tenant)s, true)")
    assert found.lines == (
        '[isolation.session]\nrole = "web"\nbecome = "select set_config(\'app.tenant_id\', %(tenant)s, true)"'
    )
    assert found.why == "policies ask app.tenant_id, and web holds the privileges"


def test_user_and_tenant_are_set_together_and_ranks_are_not():
    texts = [POLICY, "current_setting('app.user_id', true)", "current_setting('app.is_admin')::boolean"]
    become = guess(texts, [WEB]).session.become
    assert (
        become
        == "select set_config('app.tenant_id', %(tenant)s, true), set_config('app.user_id', %(user)s, true)"
    )


def test_one_setting_whose_name_says_nothing_holds_whoever_acts():
    texts = ["parish = current_setting('app.parish', true)", "current_setting('app.scope', true)"]
    assert guess(texts, [WEB]).session.become == "select set_config('app.parish', %(tenant)s, true)"
    texts.append("current_setting('app.user_id', true)")
    become = guess(texts, [WEB]).session.become
    assert "set_config('app.parish', %(tenant)s, true)" in become
    assert "set_config('app.user_id', %(user)s, true)" in become


def test_beside_one_that_says_nothing_a_driver_is_who_acts():
    asked = "{0} = current_setting('app.{0}', true)"
    become = guess([asked.format("haulier"), asked.format("driver")], [WEB]).session.become
    assert "set_config('app.haulier', %(tenant)s, true)" in become
    assert "set_config('app.driver', %(user)s, true)" in become
    texts = [asked.format(name) for name in ("haulier", "driver", "patient")]
    assert guess(texts, [WEB]).session is None


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (["app.party_id"], True),
        (["app.party_id", "app.is_superadmin"], True),
        (["app.party_id", "app.user_id"], False),
        (["app.party_id", "app.case_id"], False),
        (["app.party"], False),
    ],
)
def test_beside_a_tenant_the_one_key_that_is_left_is_whose_it_is_that_acts(settings, named):
    texts = [POLICY, *(f"coalesce(current_setting('{one}', true), '') <> ''" for one in settings)]
    session = guess(texts, [WEB]).session
    assert (session is not None and "set_config('app.party_id', %(user)s, true)" in session.become) is named


@pytest.mark.parametrize(
    ("setting", "text", "named"),
    [
        ("shop.staff", "nullif(current_setting('shop.staff', true), '')", True),
        ("shop.member_no", "seat = (current_setting('shop.member_no'))::integer", True),
        ("shop.staff", "(current_setting('shop.staff', true))::boolean", False),
        ("shop.staff", "current_setting('shop.staff', true) = 'on'", False),
        ("shop.staff_role", "current_setting('shop.staff_role', true)", False),
        ("shop.staff", "(current_setting('shop.staff') = seat) or (kind = 'open')", True),
    ],
)
def test_one_of_the_staff_is_a_user_and_that_somebody_is_staff_a_rank(setting, text, named):
    become = guess([POLICY, text], [WEB]).session.become
    assert (f"set_config('{setting}', %(user)s, true)" in become) is named


def test_what_policies_note_themselves_is_not_set_for_them():
    noting = """
      if current_setting('app.memo', true) is null then
        select s.shop into v from seats s where s.id = current_setting('app.badge', true);
        perform set_config('app.memo', v, false);
      end if;
    """
    assert guess([noting], [WEB]).session.become == "select set_config('app.badge', %(user)s, true)"


@pytest.mark.parametrize(
    ("text", "within"),
    [
        (
            "a.tenant = current_setting('app.tenant_id') and a.id = (current_setting('app.warden_id'))::uuid",
            True,
        ),
        (
            "a.tenant = current_setting('app.tenant_id') or a.id = (current_setting('app.warden_id'))::uuid",
            False,
        ),
        (
            "a.tenant = current_setting('app.tenant_id'); a.id = (current_setting('app.warden_id'))::uuid",
            False,
        ),
    ],
)
def test_what_is_looked_up_beside_the_tenant_is_one_of_its_people(text, within):
    other = "b.id = (current_setting('app.visitor_id'))::uuid and b.tenant = current_setting('app.tenant_id')"
    found = guess([text, other], [WEB])
    assert bool(found.session) is within
    assert not within or "set_config('app.warden_id', %(user)s, true)" in found.session.become


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("coalesce(current_setting('app.nightly', true), '') = 'yes'", True),
        ("(current_setting('app.nightly', true))::boolean", True),
        ("declare v text := current_setting('app.nightly', true); begin return v = 'yes'; end", True),
        ("v := current_setting('app.nightly'); return v in ('yes', 'always');", True),
        ("current_setting('app.nightly', true) <> ''", False),
        ("v := current_setting('app.nightly'); return v = 'yes' or t.shift = v;", False),
        ("current_setting('app.nightly') = 'yes' or shift = current_setting('app.nightly')", False),
        ("shift = current_setting('app.nightly') and state = 'open'", False),
    ],
)
def test_what_is_compared_with_words_alone_names_nobody(text, mode):
    become = guess([POLICY, text, "u = current_setting('app.user_id')"], [WEB]).lines
    assert ("app.nightly" not in become) is mode


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("request.fleet", True),
        ("request.jwt.claims", False),
        ("app.request", False),
        ("request.headers", False),
    ],
)
def test_a_setting_that_holds_a_document_is_no_key(setting, told):
    assert bool(guess([f"fleet = current_setting('{setting}', true)"], [WEB]).session) is told


@pytest.mark.parametrize(
    ("grantees", "chosen"),
    [
        ([WEB, Grantee("owner", owns=True)], "web"),
        ([WEB, Grantee("api", named=True)], "api"),
        ([WEB, Grantee("backend", above=True)], "web"),
        ([Grantee("backend", above=True)], "backend"),
        ([Grantee("owner", owns=True)], "owner"),
        ([Grantee("web", writes=True), Grantee("guest"), Grantee("report")], "web"),
    ],
    ids=[
        "not the owner",
        "whom policies name",
        "whom policies bind",
        "who is above them",
        "owner alone",
        "who writes",
    ],
)
def test_the_likeliest_role(grantees, chosen):
    assert guess([POLICY], grantees).session.role == chosen


@pytest.mark.parametrize(
    ("texts", "grantees", "why"),
    [
        ([POLICY], [WEB, Grantee("mobile")], "web, mobile all hold privileges"),
        ([POLICY], [], "no role but the owner"),
        (
            ["current_setting('app.current')", "current_setting('app.other')"],
            [WEB],
            "nothing tells whether app.current, app.other names a user",
        ),
        (["true"], [WEB], "no policy asks a setting"),
    ],
    ids=["two roles", "no role", "an unclear setting", "no setting"],
)
def test_what_cannot_be_told_is_left_to_people_with_the_lines_to_complete(texts, grantees, why):
    found = guess(texts, grantees)
    assert found.session is None
    assert why in found.why
    assert found.lines.startswith("[isolation.session]\nrole = ")


ME = "(current_setting('request.jwt.claims', true)::json ->> 'sub')::uuid"
FIRM = "current_setting('request.jwt.claims', true)::json -> 'app_metadata' ->> 'firm_id'"
CLAIMS = "select set_config('request.jwt.claims', json_build_object({0})::text, true)"


@pytest.mark.parametrize(
    ("texts", "document"),
    [
        ([ME], "'sub', %(user)s"),
        ([ME, "current_setting('request.jwt.claims', true)::json ->> 'role' = 'x'"], "'sub', %(user)s"),
        ([FIRM], "'app_metadata', json_build_object('firm_id', nullif(%(tenant)s, ''))"),
        (
            ["current_setting('request.jwt.claims')::jsonb -> 'orgs' ? org"],
            "'orgs', json_build_array(nullif(%(tenant)s, ''))",
        ),
        (
            [ME, FIRM],
            "'sub', %(user)s, 'app_metadata', json_build_object('firm_id', nullif(%(tenant)s, ''))",
        ),
        ([ME, "current_setting('request.jwt.claims', true)::json ->> 'email'"], ""),
    ],
    ids=["a user", "not a rank", "a tenant", "tenants", "both", "an address"],
)
def test_claims_that_say_who_acts_are_set_together(texts, document):
    session = guess(texts, [WEB]).session
    assert (session.become if session else "") == (CLAIMS.format(document) if document else "")


@pytest.mark.parametrize(
    ("grantees", "chosen"),
    [
        ([Grantee("api", owns=True, named=True)], "api"),
        ([Grantee("api", owns=True, named=True), Grantee("backup", above=True)], "api"),
        ([Grantee("api", owns=True, named=True), WEB], "web"),
        ([Grantee("owner", owns=True), Grantee("backup", above=True)], "backup"),
    ],
)
def test_an_owner_whom_policies_name_is_whom_they_were_made_for(grantees, chosen):
    assert guess([POLICY], grantees).session.role == chosen


OWN = ("public.bins", "(grower = CURRENT_USER)")
OWN_TEXT = OWN[1]


@pytest.mark.parametrize(
    "text",
    [
        "(grower = CURRENT_USER)",
        "(grower = (SESSION_USER)::text)",
        "((CURRENT_USER)::text = (b.grower)::text)",
        "(id = ( SELECT g.id FROM growers g WHERE (g.login = CURRENT_USER)))",
    ],
)
def test_members_of_a_group_are_the_users_where_columns_name_whoever_logged_in(text):
    found = guess([text], [Grantee("growers", group=True, asked=(("public.bins", text),))])
    assert found.session == Session("growers", "set local session authorization %(user)s")
    assert found.session.logins
    assert found.why.endswith("growers is the group of those")


@pytest.mark.parametrize(
    "text",
    [
        "(CURRENT_USER = 'office'::name)",
        "('office'::name = CURRENT_USER)",
        "pg_has_role(CURRENT_USER, 'office'::name, 'member'::text)",
    ],
)
def test_a_question_for_one_role_tells_of_no_users(text):
    assert guess([text], [Grantee("growers", group=True, asked=(("public.bins", text),))]).session is None


SHEDS = frozenset({("public.bins", "SELECT")})


def test_a_login_that_columns_name_is_a_user_where_there_is_no_group():
    one, other = (Grantee(name, asked=(OWN,), held=SHEDS) for name in ("east", "west"))
    exporter = Grantee("exporter", group=True, asked=(OWN,), above=True, unbound=True)
    found = guess([OWN_TEXT], [one, exporter, other])
    assert found.session == Session("east", "set local session authorization %(user)s")
    assert found.why.endswith("east is one of those")


def test_logins_that_may_different_things_are_not_taken_for_each_other():
    one, other = Grantee("east", asked=(OWN,), held=SHEDS), Grantee("west", asked=(OWN,), held=BINS)
    assert guess([OWN_TEXT], [one, other]).session is None


def test_what_no_policy_binds_is_no_group_of_users():
    groups = [
        Grantee("growers", group=True, asked=(OWN,)),
        Grantee("etl", group=True, asked=(OWN,), unbound=True),
    ]
    assert guess([OWN_TEXT], groups).session.role == "growers"


def test_a_group_that_reads_everybodys_rows_is_no_users():
    clients = Grantee("clients", named=True, group=True, asked=(OWN, ("public.prices", "true")), above=True)
    staff = Grantee(
        "staff",
        named=True,
        group=True,
        asked=(("public.bins", "true"), ("public.notes", OWN_TEXT)),
        above=True,
    )
    assert guess([OWN_TEXT], [clients, staff]).session.role == "clients"


def test_of_several_groups_none_is_chosen():
    found = guess([OWN_TEXT], [Grantee(name, group=True, asked=(OWN,)) for name in ("east", "west")])
    assert found.session is None
    assert "one of several groups of those: east, west" in found.why


def test_a_setting_that_logins_have_preset_is_no_applications():
    found = guess([POLICY], [Grantee("labs", group=True, presets=("app.tenant_id",))])
    assert found.session.logins
    assert found.session.become.endswith("; select set_config('app.tenant_id', %(tenant)s, true)")
    assert AS_LOGIN not in guess([POLICY], []).lines
    other = Grantee("labs", group=True, presets=("app.town",))
    assert not guess([POLICY], [other]).session.logins


BINS = frozenset({("public.bins", "SELECT"), ("public.bins", "UPDATE")})
BOOKS = BINS | {("public.books", "SELECT"), ("public.books", "UPDATE")}
OTHER = "(branch = current_setting('app.round'::text))"


def test_of_several_roles_the_one_that_may_most_acts_and_what_others_may_beside_it_is_told():
    desk = Grantee("desk", said=(POLICY,), held=BOOKS)
    van = Grantee("van", said=(POLICY,), held=BINS | {("public.rounds", "INSERT")})
    audit = Grantee("audit", said=(OTHER,), held=BINS)
    found = guess([POLICY, OTHER], [audit, desk, van, Grantee("backup", above=True)])
    become = "select set_config('app.tenant_id', %(tenant)s, true)"
    assert found.session == Session("desk", become)
    assert found.why.endswith("and desk holds the privileges, more than audit, van, as whom nobody acts")
    lines = '[isolation.session]\nrole = "{}"\nbecome = "select set_config(\'{}\', %(tenant)s, true)"'
    assert found.beside == (
        Beside("audit", frozenset(), lines.format("audit", "app.round"), ("app.round",)),
        Beside("van", frozenset({("public.rounds", "INSERT")}), lines.format("van", "app.tenant_id")),
    )


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (Grantee("east", said=(POLICY,), held=BOOKS), Grantee("west", said=(POLICY,), held=BOOKS), False),
        (Grantee("east", said=(POLICY,), held=BOOKS), Grantee("west", said=(OTHER,), held=BINS), True),
        (Grantee("east", said=(OWN_TEXT,), held=BOOKS), Grantee("west", said=(OWN_TEXT,), held=BINS), False),
        (Grantee("east", said=("true",), held=BOOKS), Grantee("west", said=(POLICY,), held=BINS), False),
    ],
    ids=["as much", "less, by another setting", "told by logins", "the most is by no setting"],
)
def test_the_one_that_may_most_is_chosen_if_there_is_one_and_a_setting_tells_who_it_acts_for(
    one, other, told
):
    assert bool(guess([*one.said, *other.said], [one, other]).session) is told


def _rules(text, *held, permissive=True, called=""):
    return frozenset(Rule(table, verb, text, permissive, called) for table, verb in held)


FULL = BINS | {("public.bins", "DELETE")}
DESK = Grantee("desk", named=True, writes=True, said=(POLICY,), held=BINS, rules=_rules(POLICY, *BINS))


@pytest.mark.parametrize(
    ("rules", "acting"),
    [
        (_rules("true", *FULL), "desk"),
        (_rules("(deleted_at IS NULL)", *FULL), "desk"),
        (_rules("true", *FULL) | _rules(POLICY, *FULL, permissive=False), "admin"),
        (_rules("is_mine(tenant_id)", *FULL, called=POLICY), "admin"),
        (_rules("(tenant_id IS NOT NULL)", ("public.books", "SELECT")), "admin"),
        (_rules("false", *FULL), "admin"),
    ],
    ids=["all", "all but a few", "held back", "asked by a function", "where no other is asked", "nothing"],
)
def test_a_role_that_is_asked_nothing_where_another_is_does_not_act_and_is_told(rules, acting):
    rules |= DESK.rules if acting == "admin" else frozenset()
    admin = Grantee("admin", named=True, writes=True, said=(POLICY,), held=FULL, rules=rules)
    found = guess([POLICY], [admin, DESK])
    assert found.session.role == acting
    if acting == "desk":
        (told,) = found.beside
        assert (told.role, told.held) == ("admin", FULL)
        assert found.why.endswith("; policies for admin ask less, and nobody acts so")


def test_where_each_is_asked_nothing_somewhere_a_person_says_which_acts():
    books = frozenset({("public.books", "SELECT")})
    desk = Grantee(
        "desk", said=(POLICY,), held=BINS | books, rules=_rules("true", *BINS) | _rules(POLICY, *books)
    )
    van = Grantee(
        "van", said=(POLICY,), held=FULL | books, rules=_rules(POLICY, *FULL) | _rules("true", *books)
    )
    assert guess([POLICY], [desk, van]).session is None


def test_what_is_open_to_both_keeps_none_from_acting():
    both = _rules("shown", *BINS)
    desk = replace(DESK, held=FULL, rules=DESK.rules | both)
    van = replace(DESK, name="van", rules=DESK.rules | both)
    assert guess([POLICY], [desk, van]).session.role == "desk"


LOOKS = frozenset({("public.bins", "SELECT")})
BY_ROLE = "(pg_has_role(CURRENT_USER, 'office'::name, 'member'::text))"


@pytest.mark.parametrize(
    ("desks", "couriers", "told"),
    [
        (DESK.rules, _rules("true", *LOOKS), True),
        (DESK.rules, _rules(POLICY, *LOOKS), False),
        (DESK.rules | _rules("kept", *LOOKS, permissive=False), _rules(POLICY, *LOOKS), True),
        (DESK.rules, _rules(POLICY, *LOOKS) | _rules("kept", *LOOKS, permissive=False), False),
        (DESK.rules | _rules(BY_ROLE, *LOOKS), _rules(BY_ROLE, *LOOKS), True),
    ],
    ids=["its own", "the same", "not held back", "held back more", "it asks for the role"],
)
@pytest.mark.parametrize("above", [False, True])
def test_what_a_narrower_role_may_by_other_policies_is_told(desks, couriers, told, above):
    desk = replace(DESK, rules=desks)
    courier = Grantee("courier", named=True, above=above, said=(POLICY,), held=LOOKS, rules=couriers)
    found = guess([POLICY], [desk, courier])
    assert found.session.role == "desk"
    assert [one.held for one in found.beside] == ([LOOKS] if told else [])
