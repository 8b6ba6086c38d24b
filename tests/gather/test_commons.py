"""Rows that name no owner are for everybody; what hangs on one is its owner's all the same."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LABELS = """
create table public.labels (
  id int generated always as identity primary key, code text not null unique,
  owner_id uuid references auth.users, colour text not null);
create table public.photos (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null default auth.uid() references auth.users,
  label {type} {null} references public.labels {key} {act}, title text not null);
alter table public.labels enable row level security;
alter table public.photos enable row level security;
create policy shown on public.labels for select to authenticated using ({shown} owner_id = (select auth.uid()));
create policy add on public.labels for insert to authenticated with check (owner_id = (select auth.uid()));
create policy change on public.labels for update to authenticated using ({change} owner_id = (select auth.uid()))
  with check (owner_id = (select auth.uid()));
create policy remove on public.labels for delete to authenticated using ({remove} owner_id = (select auth.uid()));
create policy own on public.photos for all to authenticated
  using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()) {refers});
{more}
"""
OPEN, OWN = "owner_id is null or", ""
GOES = {"type": "int", "null": "not null", "key": "", "act": "on delete cascade", "refers": "", "more": ""}
ALL = {"shown": OPEN, "change": OWN, "remove": OPEN}
OWN_ONLY = "and exists (select from public.labels l where l.id = label and l.owner_id = (select auth.uid()))"
EITHER = "and exists (select from public.labels l where l.id = label)"
VIEW = """create view public.tags with (security_barrier) as
  select id, code from public.labels where owner_id is null or owner_id = auth.uid();
grant select, delete on public.tags to authenticated;"""
FUNCTION = """create function public.drop_label(label int) returns void language sql security definer set search_path = ''
  as $$ delete from public.labels l where l.id = label and (l.owner_id is null or l.owner_id = auth.uid()) $$;"""
SEEN = (
    "exists (select from public.photos p where p.label = labels.id and p.owner_id = (select auth.uid())) or"
)
ELSEWHERE = """revoke insert, update on public.photos from authenticated;
drop policy own on public.photos;
create policy own on public.photos for select to authenticated using (owner_id = (select auth.uid())
  and exists (select from public.labels l where l.id = label and l.owner_id = (select auth.uid())));"""
BY_CODE = {"type": "text", "key": "(code)", "act": "on update cascade"}


def made(**said):
    return LABELS.format(**(GOES | ALL | said))


def judge(server, root, check, *migrations):
    """Return what a check says of labels, and whether what a person pastes shows it."""
    with system(server, root, *migrations) as target:
        assert target.built.migrations.whole
        for subject, found in by_subject(judged(target, check)).items():
            if found.status is Status.FAILED and subject != "public.photos":
                assert replay(target, found.reproduce, marks(found.detail)).got, found.reproduce
                return subject, found.detail
    return "", ""


@pytest.mark.parametrize(
    ("check", "said", "subject", "harm"),
    [
        ("ISO004", {}, "public.labels", "destroyed alice's row in public.photos"),
        ("ISO004", {"refers": EITHER}, "public.labels", "destroyed alice's row in public.photos"),
        ("ISO004", {"shown": SEEN}, "public.labels", "destroyed alice's row in public.photos"),
        ("ISO002", {"null": "", "act": "on delete set null"}, "public.labels", "label from `"),
        ("ISO002", BY_CODE | {"change": OPEN, "remove": OWN}, "public.labels", "label from `"),
        ("ISO004", {"remove": OWN, "more": VIEW}, "public.tags", "destroyed alice's row in public.photos"),
        (
            "ISO005",
            {"remove": OWN, "more": FUNCTION},
            "public.drop_label(label integer)",
            "destroyed alice's row",
        ),
    ],
    ids=[
        "goes",
        "may refer there",
        "is hidden from him",
        "is emptied",
        "follows a key",
        "by a view",
        "by a function",
    ],
)
def test_what_hangs_on_a_row_without_owner_is_somebodys(server, tmp_path, check, said, subject, harm):
    found, detail = judge(server, tmp_path, check, made(**said))
    assert found == subject
    assert harm in detail
    assert "which refers to a row without an owner" in detail


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("ISO004", {"remove": OWN}),
        # Whoever takes up what is nobody's harms nobody.
        ("ISO002", {"change": OPEN, "remove": OWN}),
        ("ISO004", {"change": OPEN, "remove": OWN}),
        ("ISO004", {"act": ""}),
        # Nothing of hers comes to hang there.
        ("ISO004", {"refers": OWN_ONLY}),
        ("ISO004", {"shown": OWN}),
        ("ISO004", {"more": ELSEWHERE}),
        ("ISO002", BY_CODE | {"remove": OWN}),
    ],
    ids=[
        "is kept",
        "is taken up",
        "is taken up and stays",
        "refuses",
        "may not refer",
        "is hidden",
        "hides hers",
        "has its key",
    ],
)
def test_a_row_without_owner_by_itself_is_nobodys(server, tmp_path, check, said):
    assert judge(server, tmp_path, check, made(**said)) == ("", "")


SPACES = """
create table public.spaces (
  id uuid primary key default gen_random_uuid(), held_by uuid not null default auth.uid() references auth.users);
create table public.areas (
  id uuid primary key default gen_random_uuid(), space uuid references public.spaces, name text not null);
create table public.topics (
  id uuid primary key default gen_random_uuid(), area uuid not null references public.areas on delete cascade);
create table public.letters (
  id uuid primary key default gen_random_uuid(), writer uuid not null default auth.uid() references auth.users,
  topic uuid not null references public.topics on delete cascade, body text not null);
create function public.is_mine(asked uuid) returns boolean language sql stable security definer set search_path = ''
  return exists (select from public.spaces s where s.id = asked and s.held_by = auth.uid());
alter table public.spaces enable row level security;
alter table public.areas enable row level security;
alter table public.topics enable row level security;
alter table public.letters enable row level security;
create policy own on public.spaces for all to authenticated using (held_by = auth.uid()) with check (held_by = auth.uid());
create policy shown on public.areas for select to authenticated using (space is null or public.is_mine(space));
create policy remove on public.areas for delete to authenticated using ({open} public.is_mine(space));
create policy shown on public.topics for select to authenticated using (exists (select from public.areas a where a.id = area));
create policy own on public.letters for all to authenticated using (writer = auth.uid()) with check (writer = auth.uid());
"""


@pytest.mark.parametrize(("open_", "subject"), [("space is null or", "public.areas"), ("", "")])
def test_a_row_below_no_parent_is_nobodys_and_takes_what_is_between(server, tmp_path, open_, subject):
    found, detail = judge(server, tmp_path, "ISO004", SPACES.format(open=open_))
    assert found == subject
    assert ("alice's row in public.letters" in detail) == bool(subject)
