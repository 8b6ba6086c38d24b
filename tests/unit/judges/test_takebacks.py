"""A REVOKE of columns takes nothing from a grant on the whole table: what it names was meant to be kept."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from pytest_readiness.judges.purpose.takebacks import kept_in_vain, taken_back, untaken
from relations import column, relation

MEMBERS = replace(
    relation("public.members", *(column(one) for one in ("id", "handle", "margin", "Rate"))), rls=False
)
WHOLE = replace(MEMBERS, privileges={"authenticated": Privileges(select=("id", "handle", "margin", "Rate"))})
CHOSEN = replace(MEMBERS, privileges={"authenticated": Privileges(select=("id", "handle"))})


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        ("grant select on members to authenticated; revoke select (margin) on members from authenticated", {"margin"}),
        ('REVOKE SELECT (margin , "Rate"), UPDATE (handle)\nON TABLE public.members, other FROM anon, authenticated', {"margin", "Rate"}),
        ("revoke all privileges (margin) on public.members from authenticated cascade", {"margin"}),
        ("revoke update (margin) on members from authenticated", set()),
        ("revoke select (margin) on members from anon", set()),
        ("revoke select (margin) on other.members from authenticated", set()),
        ("-- revoke select (margin) on members from authenticated\nselect 1", set()),
        ("revoke select on members from authenticated", set()),
        ("revoke select (margin) on members from authenticated; grant select on members to authenticated", set()),
        ("revoke select (margin) on members from authenticated; grant select (id, margin) on members to authenticated", set()),
        ("revoke select (margin) on members from authenticated; grant update on members to authenticated", {"margin"}),
        ("revoke select (margin) on members from authenticated; grant select on public.members to authenticated", set()),
        ("revoke select (margin) on members from authenticated; drop table if exists other, public.members cascade", set()),
        ("revoke select (margin) on members from authenticated; drop table others", {"margin"}),
        ("revoke select (margin) on public.members from authenticated; grant select on all tables in schema app, public to anon, authenticated", set()),
        ("revoke select (margin) on members from authenticated; grant all privileges on all tables in schema public to authenticated", set()),
        ("revoke select (margin) on members from authenticated; grant select on all tables in schema app to authenticated", {"margin"}),
        ("revoke select (margin) on members from authenticated; grant select on all tables in schema public to anon", {"margin"}),
        ("revoke select (margin) on members from authenticated; grant insert on all tables in schema public to authenticated", {"margin"}),
        ("revoke grant option for select (margin) on members from authenticated", set()),
    ],
)  # fmt: skip
def test_what_is_taken_back_and_shown_all_the_same(sql, kept):
    assert kept_in_vain(WHOLE, taken_back([sql]), ["authenticated"]) == kept
    assert kept_in_vain(CHOSEN, taken_back([sql]), ["authenticated"]) == frozenset()


@pytest.mark.parametrize(
    ("roles", "kept"), [(("public",), {"margin"}), (("authenticated",), {"margin"}), (("anon",), set())]
)
def test_whoever_is_shown_no_row_reads_no_column(roles, kept):
    policy = Policy("own", "SELECT", roles, permissive=True, using="true", check="")
    guarded = replace(WHOLE, rls=True, policies=(policy,))
    taken = taken_back(["revoke select (margin) on members from authenticated"])
    assert kept_in_vain(guarded, taken, ["authenticated"]) == kept


def test_quoted_names_are_read():
    profiles = replace(WHOLE, name='public."Profiles"', table="Profiles")
    said = 'revoke select ("Rate") on table public."Profiles" from "authenticated"'
    assert kept_in_vain(profiles, taken_back([said]), ["authenticated"]) == {"Rate"}
    assert not kept_in_vain(profiles, taken_back([said, 'drop table public."Profiles"']), ["authenticated"])


def test_later_files_give_again():
    first = "revoke select (margin) on members from authenticated"
    assert kept_in_vain(WHOLE, taken_back([first, "select 1"]), ["authenticated"])
    assert not kept_in_vain(
        WHOLE, taken_back([first, "grant all on members to authenticated"]), ["authenticated"]
    )


def test_what_takes_it_back():
    assert untaken(WHOLE, {"margin"}, ["authenticated"]).startswith(
        "revoke select on public.members from authenticated; "
        "grant select (id, handle, Rate) on public.members to authenticated;"
    )
