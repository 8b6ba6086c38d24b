"""A relation is public on purpose only if its author says so, without condition, of harmless columns."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from pytest_readiness.judges.purpose.publication import (
    called_public,
    lists_members,
    papers,
    published_by_name,
    said_public,
    shown_if_absent,
    shows_secrets,
    withheld,
)
from relations import column, relation


def shown(*columns, name="directory", using="true", command="SELECT", roles=("authenticated",), select=None):
    made = relation("public.members", *(column(one) for one in columns))
    policy = Policy(name, command, roles, permissive=True, using=using, check="")
    held = Privileges(select=tuple(columns) if select is None else select)
    return replace(made, policies=(policy,), privileges={"authenticated": held})


@pytest.mark.parametrize(
    ("table", "policy"),
    [
        (shown("id", "handle"), "directory"),
        (shown("id", "handle", name="Public profiles are viewable by everyone."), "Public profiles are viewable by everyone."),
        (shown("id", "handle", name="r"), ""),
        (shown("id", "handle", name="Enable read access for all users"), ""),
        (shown("id", "handle", using="(id = 1)"), ""),
        (shown("id", "handle", command="ALL"), ""),
        (shown("id", "handle", roles=("service_role",)), ""),
        (shown("id", "email"), ""),
        (shown("id", "homeAddress"), ""),
        (shown("id", "handle", "email", select=("id", "handle")), "directory"),
        (shown("id", "licence_no", "phone"), ""),
        (shown("id", "licence_no", "phone", "margin", select=("id", "licence_no", "phone")), "directory"),
        (shown("id", "iban", "margin", select=("id", "iban")), ""),
        (shown("id", "balance", "margin", select=("id", "balance")), ""),
    ],
    ids=str,
)  # fmt: skip
def test_the_policy_says_it_and_the_columns_agree(table, policy):
    assert published_by_name(table, ["authenticated"]) == policy


def test_a_directory_needs_no_name_and_hides_what_is_private_all_the_same():
    assert published_by_name(shown("id", "handle", name="r"), ["authenticated"], directory=True) == "r"
    assert not published_by_name(shown("id", "phone", name="r"), ["authenticated"], directory=True)


@pytest.mark.parametrize(
    ("table", "name", "public"),
    [
        ("reviews", "everyone", True),
        ("reviews", "Enable read access for all users", False),
        ("events", "everyone", False),
        ("reviews", "r", False),
        ("payslips", "everyone", False),
    ],
)
def test_everybody_is_meant_where_people_write_to_be_read(table, name, public):
    made = replace(shown("id", "stars", name=name), table=table)
    assert bool(published_by_name(made, ["authenticated"])) is public


def test_what_is_withheld_is_told_from_the_grants_on_columns():
    assert withheld(shown("id", "handle", "email", select=("id", "handle")), ["authenticated"]) == {"email"}
    assert withheld(shown("id", "handle"), ["authenticated"]) == frozenset()
    assert withheld(shown("id", "handle", select=()), ["authenticated"]) == frozenset()


@pytest.mark.parametrize("column", ["password", "door_code", "wifiPassword", "api_key", "accessToken", "pin"])
def test_some_columns_are_published_with_nothing(column):
    assert shows_secrets(shown("id", column), ["authenticated"])
    assert not shows_secrets(shown("id", column, select=("id",)), ["authenticated"])


@pytest.mark.parametrize("column", ["country_code", "pinned", "address", "note", "passenger", "keyword"])
def test_others_may_be(column):
    assert not shows_secrets(shown("id", column), ["authenticated"])


@pytest.mark.parametrize(
    ("table", "policy"),
    [
        (shown("id", "rank", "left_at", using="(left_at IS NULL)"), "directory"),
        (shown("id", "rank", "left_on", using="(left_on > CURRENT_DATE)"), "directory"),
        (shown("id", "rank", "left_on", using="((left_on IS NULL) AND (rank > 2))"), ""),
        (shown("id", "rank", using="(player = auth.uid())"), ""),
        (shown("id", "rank", using="(guild IN ( SELECT mine.guild FROM mine))"), ""),
        (shown("id", "rank", using="(player = (CURRENT_USER)::text)"), ""),
        (shown("id", "rank", using="(player = current_setting('app.player'::text))"), ""),
        (shown("id", "rank", using="app.in_guild(guild)"), ""),
        (shown("id", "phone", using="(left_at IS NULL)"), ""),
        (shown("id", "rank", using="(left_at IS NULL)", command="ALL"), ""),
    ],
    ids=str,
)
def test_members_are_listed_by_a_policy_that_asks_for_nobody(table, policy):
    assert lists_members(table, ["authenticated"]) == policy


def test_a_list_is_called_public_by_the_same_policy():
    kept = {"using": "(retired_at IS NULL)"}
    assert (
        called_public(shown("id", "title", "retired_at", name="catalogue", **kept), ["authenticated"])
        == "catalogue"
    )
    assert not called_public(shown("id", "title", "retired_at", name="r", **kept), ["authenticated"])
    assert not called_public(shown("id", "phone", name="catalogue"), ["authenticated"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Boats are viewable by everyone.", True),
        ("boats_visible_to_anyone", True),
        ("Boats can be seen by the whole world", True),
        ("Boats are viewable by everyone in the club", False),
        ("Enable read access for all users", False),
        ("everyone", False),
        ("Everyone can read", False),
    ],
)
def test_a_sentence_says_that_everyone_reads(name, said):
    assert bool(called_public(shown("id", "title", name=name), ["authenticated"])) is said
    assert not called_public(shown("id", "salary", name=name), ["authenticated"])


def test_a_tenant_is_called_upon_at_addresses_of_its_own():
    for private, directory, public in (
        ("phone", True, True),
        ("phone", False, False),
        ("billing_email", True, False),
        ("iban", True, False),
    ):
        table = shown("id", "name", private, name="harbours_public")
        assert bool(called_public(table, ["authenticated"], directory=directory)) is public


@pytest.mark.parametrize(
    ("columns", "kinds", "found"),
    [
        (("id", "storage_key"), ("photo", "id_scan", "lease"), ("id_scan",)),
        (("id", "path"), ("passport", "PAYSLIP", "reisepass"), ("passport", "PAYSLIP", "reisepass")),
        # What has to be brought along is no paper, and neither is a thing that is called after one.
        (("id", "country"), ("passport", "visa"), ()),
        (("id", "url"), ("passport_cover", "identity_theft_guide", "id_of_sender"), ()),
    ],
    ids=["a scan", "words", "no file", "things"],
)
def test_kinds_of_files_that_are_papers(columns, kinds, found):
    assert papers(relation("public.files", *(column(one) for one in columns)), kinds) == found


@pytest.mark.parametrize(
    ("name", "using", "values"),
    [
        ("public_avatars", "(bucket = 'avatars'::text)", {"avatars"}),
        ("avatars", "(bucket = 'avatars'::text)", set()),
        ("public_avatars", "((bucket = 'avatars'::text) AND (holder = auth.uid()))", set()),
    ],
)
def test_a_policy_that_calls_rows_public_says_which(name, using, values):
    assert said_public(shown("id", "bucket", name=name, using=using), ["authenticated"]) == values


def test_a_policy_calls_nothing_public_that_nobody_publishes():
    table = shown("id", "status", "diagnosis", name="public_slots", using="(status = 'booked'::text)")
    assert not said_public(table, ["authenticated"])


@pytest.mark.parametrize(
    ("table", "meant"),
    [
        (shown("id", "club_id", using="(club_id IS NULL)"), True),
        (shown("id", "club_id", using="((club_id IS NULL) OR in_club(club_id))"), False),
        (shown("id", "club_id", using="(club_id IS NOT NULL)"), False),
        (shown("id", "club_id", using="(club_id IS NULL)", roles=("service_role",)), False),
        (shown("id", "club_id", using="(club_id IS NULL)", command="DELETE"), False),
    ],
    ids=["for that alone", "or else", "if it is there", "of nobody's", "to delete"],
)
def test_what_says_nothing_is_shown_to_strangers_where_a_policy_asks_for_that_alone(table, meant):
    assert shown_if_absent(table, "club_id", ["authenticated"]) is meant
    assert not shown_if_absent(table, "club_id", ["anon"])
