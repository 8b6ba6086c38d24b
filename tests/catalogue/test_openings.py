"""Rows that everybody reads may be meant so: a time has come, owners may hide them, grants choose."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

TENDERS = """
alter default privileges in schema public revoke all on tables from anon, authenticated;
create table public.authorities (
  id uuid primary key default gen_random_uuid(), name text not null, {column} text, clerk uuid not null references auth.users);
create table public.tenders (
  id uuid primary key default gen_random_uuid(), authority_id uuid not null references public.authorities,
  subject text not null, opens_at timestamptz not null, finished_at timestamptz, expires_at timestamptz not null default '2090-01-01');
create table public.bids (
  id uuid primary key default gen_random_uuid(), tender_id uuid not null references public.tenders,
  bidder uuid not null references auth.users, {said} text not null, placed_at timestamptz not null default now());
alter table public.authorities enable row level security;
alter table public.tenders enable row level security;
alter table public.bids enable row level security;
create policy all_read on public.authorities for select using (true);
create policy {named} on public.tenders for select using (subject <> '');
create policy own on public.bids for select to authenticated using ({own});
create policy opened on public.bids for select to authenticated using (
  exists (select from public.tenders t where t.id = bids.tender_id and {asked}));
grant select ({shown}) on public.authorities to anon;
grant select on public.authorities, public.tenders, public.bids to authenticated;
grant select {tender} on public.tenders to anon;
"""
MEANT = {
    "column": "town",
    "named": "all_read",
    "asked": "t.opens_at <= now()",
    "shown": "id, name, town",
    "tender": "",
    "said": "company",
    "own": "bidder = (select auth.uid())",
}
TODAY = "t.opens_at between now() - interval '1 day' and now() + interval '1 day'"
VIEW = """
drop policy opened on public.bids;
create view public.shown as
  select b.id, b.bidder, b.company from public.bids b join public.tenders t on t.id = b.tender_id where {asked};
grant select on public.shown to authenticated;
"""
DOUBTED = dict.fromkeys(("public.authorities", "public.tenders", "public.bids"), Status.UNKNOWN)


def verdicts(server, path, **changed):
    with system(server, path, TENDERS.format(**(MEANT | changed))) as target:
        return by_subject(judged(target, "ISO001"))


def test_what_may_be_meant_is_unknown_with_the_line_that_declares_it(server, tmp_path):
    found = verdicts(server, tmp_path)
    assert {name: finding.status for name, finding in found.items()} == DOUBTED
    assert "rows with opens_at in the past in public.tenders" in found["public.bids"].detail
    assert (
        "policy all_read shows to anon, in columns that grants choose" in found["public.authorities"].detail
    )
    assert 'world_readable = ["public.bids"]' in found["public.bids"].fix


@pytest.mark.parametrize(
    ("changed", "leaking"),
    [
        ({"shown": "id, name, town, clerk"}, ("public.tenders",)),
        ({"column": "phone", "shown": "id, name, phone"}, ("public.authorities", "public.tenders")),
        ({"shown": "id, name"}, ("public.authorities", "public.tenders")),
        ({"tender": "(id, authority_id, subject)"}, ("public.tenders",)),
        ({"named": "readable"}, ("public.tenders",)),
        ({"asked": "t.expires_at > now()"}, ("public.bids",)),
        ({"asked": "t.opens_at is not null"}, ("public.bids",)),
        ({"asked": "coalesce(t.finished_at, now()) <= now()"}, ("public.bids",)),
        ({"asked": TODAY}, ("public.bids",)),
        ({"asked": "bids.placed_at <= now()"}, ("public.bids",)),
        ({"own": "false"}, ("public.bids",)),
        ({"said": "diagnosis"}, ("public.bids",)),
    ],
    ids=[
        "no choice",
        "a telephone",
        "more for users",
        "more of what hangs on it for users",
        "no word of all",
        "not yet over",
        "a time that is set",
        "done",
        "of today",
        "since it was made",
        "its owner no more than others",
        "what nobody publishes",
    ],
)
def test_what_nobody_chose_is_a_leak(server, tmp_path, changed, leaking):
    found = verdicts(server, tmp_path, **changed)
    expected = DOUBTED | dict.fromkeys(leaking, Status.FAILED)
    assert {name: finding.status for name, finding in found.items()} == expected


@pytest.mark.parametrize(
    ("asked", "status"),
    [("t.opens_at <= now()", Status.UNKNOWN), (TODAY, Status.FAILED)],
    ids=["come", "of today"],
)
def test_a_view_of_rows_of_some_time_is_doubted_only_if_the_time_opens_them(server, tmp_path, asked, status):
    with system(server, tmp_path, TENDERS.format(**MEANT), VIEW.format(asked=asked)) as target:
        finding = by_subject(judged(target, "ISO001"))["public.shown"]
    assert finding.status is status, finding.detail


def test_a_tender_that_opens_after_it_closes_is_doubted_as_others_are(server, tmp_path):
    """No bare change to the past is one that its CHECK lets through."""
    ordered = (
        "alter table public.tenders add closes_at timestamptz not null, add check (opens_at >= closes_at);"
    )
    with system(server, tmp_path, TENDERS.format(**MEANT), ordered) as target:
        finding = by_subject(judged(target, "ISO001"))["public.bids"]
    assert finding.status is Status.UNKNOWN, finding.detail


SEARCHED = "words text generated always as (headline || coalesce(motto, '')) stored, "
PAGES = """
alter default privileges in schema public revoke all on tables from anon, authenticated;
create table public.pages (
  id uuid primary key default gen_random_uuid(), owner uuid not null references auth.users,
  headline text not null, {column} text, {whole}{switch} boolean not null default false);
create table public.pledges (
  id uuid primary key default gen_random_uuid(), page_id uuid not null references public.pages,
  donor uuid not null references auth.users, wish text not null);
alter table public.pages enable row level security;
alter table public.pledges enable row level security;
create policy p on public.pages for select to {roles} using ({shown});
create policy own on public.pages for update to authenticated using (owner = (select auth.uid()));
create policy donor on public.pledges for select to authenticated using (donor = (select auth.uid()));
grant select {granted} on public.pages to {readers};
grant select on public.pledges to {donors};
"""
PAGE = {
    "column": "motto",
    "switch": "is_done",
    "roles": "public",
    "shown": "true",
    "readers": "anon, authenticated",
    "granted": "",
    "whole": "",
    "donors": "authenticated",
}


def page(server, path, **changed):
    with system(server, path, PAGES.format(**(PAGE | changed))) as target:
        return by_subject(judged(target, "ISO001"))["public.pages"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "rows that policy p shows to anon, who may read few relations,"),
        (
            {"granted": "(id, owner, headline)"},
            "rows that policy p shows to anon, who may read few relations,",
        ),
        ({"switch": "hidden", "shown": "not hidden"}, "rows of public.pages that are not hidden"),
        (
            {
                "switch": "is_unlisted",
                "shown": "not is_unlisted or owner = auth.uid()",
                "roles": "authenticated",
            },
            "rows of public.pages that are not is_unlisted",
        ),
    ],
    ids=["one of two relations", "some of its columns", "not hidden", "not unlisted, for users"],
)
def test_what_grants_or_a_switch_choose_may_be_meant(server, tmp_path, changed, said):
    finding = page(server, tmp_path, **changed)
    assert finding.status is Status.UNKNOWN, finding.detail
    assert said in finding.detail
    assert 'world_readable = ["public.pages"]' in finding.fix


@pytest.mark.parametrize(
    "changed",
    [
        {"donors": "anon, authenticated"},
        {"roles": "authenticated"},
        {"readers": "authenticated"},
        {"shown": "headline <> ''"},
        {"column": "phone"},
        {"column": "plain text, motto", "whole": SEARCHED, "granted": "(id, owner, headline, words)"},
        {"shown": "not is_done"},
        {"switch": "hidden", "shown": "not hidden", "column": "diagnosis"},
        {"switch": "hidden", "shown": "not hidden or headline <> ''", "readers": "authenticated"},
    ],
    ids=[
        "one of all relations",
        "for users alone",
        "not granted",
        "a condition",
        "a telephone",
        "what is made of what grants withhold",
        "not done",
        "what nobody publishes",
        "hidden in vain",
    ],
)
def test_what_neither_chooses_is_a_leak(server, tmp_path, changed):
    finding = page(server, tmp_path, **changed)
    assert finding.status is Status.FAILED, finding.detail
