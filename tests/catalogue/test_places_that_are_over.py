"""Whoever left a place reads nothing there any more: an end that some policies ask for holds for all."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

BOATS = """
create table public.boats (id uuid primary key default gen_random_uuid(), name text not null);
create table public.crew (
  {key}, boat_id uuid not null references public.boats, {column}, joined_on date not null default current_date {check});
create table public.repairs (
  id uuid primary key default gen_random_uuid(), boat_id uuid not null references public.boats, what text not null);
create table public.voyages (
  id uuid primary key default gen_random_uuid(), boat_id uuid not null references public.boats, port text not null);
create function public.sails(b uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.crew c where c.boat_id = b and c.user_id = auth.uid() and ({asked})) $$;
alter table public.boats enable row level security;
alter table public.crew enable row level security;
alter table public.repairs enable row level security;
alter table public.voyages enable row level security;
create policy own on public.boats for select to authenticated using (true);
create policy own on public.crew for select to authenticated using (user_id = auth.uid());
create policy own on public.repairs for select to authenticated using (public.sails(boat_id));
create policy own on public.voyages for select to authenticated using ({voyages});
"""
SEVERAL = "user_id uuid not null references auth.users, unique (boat_id, user_id)"
ONE = "user_id uuid primary key references auth.users"
LEFT = ("left_on date", "c.left_on is null or c.left_on > current_date", ", check (left_on > joined_on)")
ENDS = {
    "a day": LEFT,
    "a switch": ("active boolean not null default true", "c.active", ""),
    "a word": (
        "standing text not null default 'sailing' check (standing in ('sailing', 'former'))",
        "c.standing = 'sailing'",
        "",
    ),
    "a day that nothing asks for": ("left_on date", "true", ""),
    "a day that every place has": ("valid_until date not null", "c.valid_until > current_date", ""),
    "a time that is agreed upon": ("access_expires_at timestamptz", "c.access_expires_at > now()", ""),
    "a day that every place has, or before it": (
        "membership_ends date not null, revoked_at timestamptz",
        "c.membership_ends >= current_date and c.revoked_at is null",
        ", check (membership_ends > joined_on)",
    ),
}
FORGETS = "exists (select from public.crew c where c.boat_id = voyages.boat_id and c.user_id = auth.uid())"


@pytest.mark.parametrize("key", [SEVERAL, ONE], ids=["several", "one"])
@pytest.mark.parametrize("end", ENDS)
def test_who_left_reads_on_where_a_policy_forgets_to_ask(server, tmp_path, key, end):
    column, asked, check = ENDS[end]
    made = BOATS.format(key=key, column=column, asked=asked, check=check, voyages=FORGETS)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.voyages"].status is Status.FAILED, found["public.voyages"].detail
    assert "is over" in found["public.voyages"].detail
    expected = Status.FAILED if asked == "true" else Status.PASSED
    assert found["public.repairs"].status is expected, found["public.repairs"].detail


@pytest.mark.parametrize(
    ("column", "asked", "voyages"),
    [
        (LEFT[0], LEFT[1], "public.sails(boat_id)"),
        (ENDS["a switch"][0], ENDS["a switch"][1], "public.sails(boat_id)"),
        ("valid_until date not null", "c.valid_until > current_date", "public.sails(boat_id)"),
        # A rank that is lost is no place that is over, and a state that nothing asks for may say anything.
        ("helm boolean not null default false", "c.helm", FORGETS),
        ("helm_until date", "c.helm_until > current_date", FORGETS),
        ("helm_until date not null", "c.helm_until > current_date", FORGETS),
        ("standing text not null default 'former'", "true", FORGETS),
    ],
    ids=[
        "a day",
        "a switch",
        "a day that every place has",
        "a rank",
        "a rank for a time",
        "a rank that all have for a time",
        "a word that nothing asks for",
    ],
)
def test_who_has_a_place_reads_what_is_there(server, tmp_path, column, asked, voyages):
    made = BOATS.format(key=SEVERAL, column=column, asked=asked, check="", voyages=voyages)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.voyages"].status is Status.PASSED, found["public.voyages"].detail


LISTED = """
drop policy own on public.crew;
create policy current on public.crew for select to authenticated using (left_on is null);
create function public.leave(b uuid) returns void language sql security definer set search_path = '' as
$$ update public.crew set left_on = current_date where boat_id = b and user_id = auth.uid() and left_on is null $$;
"""


def test_a_list_that_leaves_out_who_left_closes_nothing_to_them(server, tmp_path):
    made = BOATS.format(key=SEVERAL, column=LEFT[0], asked="true", check="", voyages="public.sails(boat_id)")
    with system(server, tmp_path, made, LISTED) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.voyages"].status is Status.FAILED, found["public.voyages"].detail
    assert "is over" in found["public.voyages"].detail


NOTES = """
create table public.notes (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, body text not null);
create table public.shares (
  id uuid primary key default gen_random_uuid(), note_id uuid not null references public.notes,
  shared_by uuid not null references auth.users, shared_with uuid not null references auth.users, {column});
create table public.comments (
  id uuid primary key default gen_random_uuid(), note_id uuid not null references public.notes, said text not null);
create function public.shown(n uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.shares s where s.note_id = n and s.shared_with = auth.uid() and {asked}) $$;
create function public.owns(n uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.notes where id = n and owner_id = auth.uid()) $$;
alter table public.notes enable row level security;
alter table public.shares enable row level security;
alter table public.comments enable row level security;
create policy own on public.notes for select to authenticated using (owner_id = auth.uid() or public.shown(id));
create policy own on public.shares for select to authenticated using (auth.uid() in (shared_by, shared_with));
create policy own on public.comments for select to authenticated using (public.owns(note_id) or {comments});
revoke insert, update, delete on public.notes, public.shares, public.comments from anon, authenticated;
"""
ANY_SHARE = (
    "exists (select from public.shares s where s.note_id = comments.note_id and s.shared_with = auth.uid())"
)


@pytest.mark.parametrize(
    ("column", "asked", "comments", "status"),
    [
        ("revoked_at timestamptz", "s.revoked_at is null", ANY_SHARE, Status.FAILED),
        ("revoked_at timestamptz", "s.revoked_at is null", "public.shown(note_id)", Status.PASSED),
        # What was lent for a time may leave rights when the time is up.
        ("ends_on date", "(s.ends_on is null or s.ends_on > current_date)", ANY_SHARE, Status.PASSED),
    ],
    ids=["revoked, and forgotten", "revoked", "lent"],
)
def test_what_was_shared_and_revoked_opens_nothing(server, tmp_path, column, asked, comments, status):
    with system(server, tmp_path, NOTES.format(column=column, asked=asked, comments=comments)) as target:
        found = by_subject(judged(target, "ISO001"))["public.comments"]
    assert found.status is status, found.detail


GIVEN = """
grant update on public.shares to authenticated;
create policy taken on public.shares for update to authenticated
  using (shared_by = auth.uid()) with check (shared_by = auth.uid());
"""
UNSHARES = """
create function public.unshare() returns trigger language plpgsql security definer set search_path = '' as
$$ begin delete from public.shares where id = new.id; return null; end $$;
create trigger unshared after update on public.shares for each row execute function public.unshare();
"""


@pytest.mark.parametrize(
    ("column", "asked", "more", "status"),
    [
        ("revoked_at timestamptz", "true", GIVEN, Status.FAILED),
        ("revoked boolean not null default false", "true", GIVEN, Status.FAILED),
        ("state text not null default 'on' check (state in ('on', 'revoked'))", "true", GIVEN, Status.FAILED),
        ("revoked_at timestamptz", "s.revoked_at is null", GIVEN, Status.PASSED),
        ("revoked_at timestamptz", "true", GIVEN + UNSHARES, Status.PASSED),
        # What nobody may say of a share it never says, and what is cancelled or archived may leave rights.
        ("revoked_at timestamptz", "true", "", Status.PASSED),
        ("cancelled_at timestamptz", "true", GIVEN, Status.PASSED),
        ("archived boolean not null default false", "true", GIVEN, Status.PASSED),
    ],
    ids=["a time", "a switch", "a word", "asked", "the row goes", "not hers to say", "cancelled", "archived"],
)
def test_what_its_giver_revokes_opens_nothing_although_nothing_asks_for_that(
    server, tmp_path, column, asked, more, status
):
    made = NOTES.format(column=column, asked=asked, comments="public.shown(note_id)")
    with system(server, tmp_path, made, more) as target:
        found = by_subject(judged(target, "ISO001"))["public.comments"]
    assert found.status is status, found.detail


BERTHS = """
create extension if not exists btree_gist;
create table public.berths (
  id uuid primary key default gen_random_uuid(), keeper uuid not null references auth.users);
create table public.stays (
  id uuid primary key default gen_random_uuid(), berth_id uuid not null references public.berths,
  skipper uuid not null references auth.users, nights {nights} not null check (not isempty(nights)),
  exclude using gist (berth_id with =, nights with &&));
create table public.notes (
  id uuid primary key default gen_random_uuid(), berth_id uuid not null references public.berths,
  noted_at timestamptz not null default now(), body text not null);
create function public.stays_at(b uuid, moment timestamptz) returns boolean
  language sql stable security definer set search_path = '' as
$$ select exists (select from public.stays s where s.berth_id = b and s.skipper = auth.uid()
   and s.nights @> moment) $$;
create function public.stayed(b uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.stays s where s.berth_id = b and s.skipper = auth.uid()) $$;
create function public.has_come(b uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.stays s where s.berth_id = b and s.skipper = auth.uid()
   and lower(s.nights) <= now()) $$;
alter table public.berths enable row level security;
alter table public.stays enable row level security;
alter table public.notes enable row level security;
create policy own on public.berths for select to authenticated using (keeper = auth.uid());
create policy own on public.stays for select to authenticated using (skipper = auth.uid());
create policy kept on public.notes for select to authenticated using (
  exists (select from public.berths b where b.id = notes.berth_id and b.keeper = auth.uid()));
{policies}
"""
IN_TERM, EVER = "public.stays_at(berth_id, noted_at)", "public.stayed(berth_id)"
BEGUN = "public.has_come(berth_id)"
READ = "create policy read on public.notes for select to authenticated using ({});"
INSERT = "create policy write on public.notes for insert to authenticated with check ({});"
UPDATE = "create policy change on public.notes for update to authenticated using ({});"
ALL = "create policy all_of_it on public.notes for all to authenticated using ({});"
ALL_BUT = "create policy all_of_it on public.notes for all to authenticated using ({}) with check ({});"
BOUND = "create policy bound on public.notes as restrictive for all to authenticated using ({});"
TERMS = {
    "forgotten": (READ.format(EVER) + INSERT.format(IN_TERM), Status.FAILED),
    "asked": (READ.format(IN_TERM) + INSERT.format(IN_TERM), Status.PASSED),
    # A stay that is over may leave rights: whoever was a guest may come back to what he was told.
    "of no importance": (READ.format(EVER) + INSERT.format(EVER), Status.PASSED),
    "of changes": (READ.format(EVER) + UPDATE.format(IN_TERM), Status.FAILED),
    "of changes, asked": (READ.format(IN_TERM) + UPDATE.format(IN_TERM), Status.PASSED),
    "of all": (READ.format(EVER) + ALL.format(IN_TERM), Status.FAILED),
    "of all, by itself": (ALL.format(IN_TERM), Status.PASSED),
    "of all, forgotten in one": (ALL_BUT.format(EVER, IN_TERM), Status.FAILED),
    "of all, asked in one": (ALL_BUT.format(IN_TERM, EVER), Status.PASSED),
    # The policy asks for the term, and means that whoever has come stays.
    "of all, begun": (ALL.format(BEGUN), Status.PASSED),
    "bound, begun": (READ.format(EVER) + INSERT.format(IN_TERM) + BOUND.format(BEGUN), Status.PASSED),
}


@pytest.mark.parametrize("nights", ["tstzrange", "tstzmultirange"])
@pytest.mark.parametrize(("policies", "status"), TERMS.values(), ids=TERMS.keys())
def test_an_agreed_term_holds_for_reading_where_it_holds_for_writing(
    server, tmp_path, policies, status, nights
):
    with system(server, tmp_path, BERTHS.format(policies=policies, nights=nights)) as target:
        found = by_subject(judged(target, "ISO001"))["public.notes"]
    assert found.status is status, found.detail
