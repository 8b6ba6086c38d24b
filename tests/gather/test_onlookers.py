"""Whoever rows are shared with to be looked at changes none of them."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SONGS = """
create table public.songbooks (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, title text not null,
  {column} jsonb not null default '{{}}');
create table public.songs (
  id uuid primary key default gen_random_uuid(), book_id uuid not null references public.songbooks, words text not null);
alter table public.songbooks enable row level security;
alter table public.songs enable row level security;
create policy see on public.songbooks for select to authenticated using (owner_id = auth.uid() or {sees});
create policy change on public.songbooks for update to authenticated using (owner_id = auth.uid() or {changes});
create policy see on public.songs for select to authenticated
  using (exists (select from public.songbooks b where b.id = songs.book_id));
create policy drop on public.songs for delete to authenticated
  using (exists (select from public.songbooks b where b.id = songs.book_id and (b.owner_id = auth.uid() or b.{edits})));
revoke all on public.songbooks, public.songs from anon, authenticated;
grant select, update (title) on public.songbooks to authenticated;
grant select, delete on public.songs to authenticated;
"""
TOP = ("acl", "acl ? auth.uid()::text", "acl ->> auth.uid()::text = '{}'")
WITHIN = (
    "settings",
    "settings -> 'shared_with' ? auth.uid()::text",
    "settings #>> array['shared_with', auth.uid()::text] = '{}'",
)
LISTS = (
    "people",
    "(people -> 'readers' ? auth.uid()::text or people -> 'editors' ? auth.uid()::text)",
    "people -> 'editors' ? auth.uid()::text",
)


@pytest.mark.parametrize(("column", "sees", "edits"), [TOP, WITHIN, LISTS], ids=["by key", "within", "lists"])
@pytest.mark.parametrize("forgets", [True, False], ids=["forgets", "asks"])
def test_a_document_says_who_may_look_and_who_may_change(server, tmp_path, column, sees, edits, forgets):
    edits = edits.format("edit")
    known = "comment on table public.songs is ''; create function public.share(l text) returns text language sql as "
    known += "$$ select case when l in ('view', 'edit') then l end from public.songbooks limit 0 $$"
    made = SONGS.format(column=column, sees=sees, edits=edits, changes=sees if forgets else edits)
    with system(server, tmp_path, made, known) as target:
        found = by_subject(judged(target, "ISO002"))["public.songbooks"]
        deleted = by_subject(judged(target, "ISO004"))["public.songs"]
    assert found.status is (Status.FAILED if forgets else Status.PASSED), found.detail
    assert ("bob, given" in found.detail) is forgets
    assert deleted.status is Status.PASSED, deleted.detail


STRIKES = """
create function public.strike(book uuid, who text) returns void language sql security definer set search_path = '' as $$
  update public.songbooks set settings = settings #- array['people', who] where id = book and owner_id = auth.uid() $$;
"""


@pytest.mark.parametrize(
    ("clients", "code", "status"),
    [
        ("title", STRIKES, Status.PASSED),
        ("title", "", Status.FAILED),
        ("title, settings", STRIKES, Status.FAILED),
    ],
    ids=["functions", "nobody", "clients"],
)
def test_who_is_struck_stays_under_his_key_unless_functions_alone_write_the_document(
    server, tmp_path, clients, code, status
):
    column, sees, edits = WITHIN
    edits = edits.format("edit")
    made = SONGS.format(column=column, sees=sees, edits=edits, changes=edits)
    given = f"grant update ({clients}) on public.songbooks to authenticated"
    with system(server, tmp_path, made + code, given) as target:
        found = by_subject(judged(target, "ISO001"))["public.songbooks"]
    assert found.status is status, found.detail


def test_where_there_are_no_levels_all_may_do_the_same(server, tmp_path):
    column, sees, _ = TOP
    made = SONGS.format(column=column, sees=sees, edits=sees, changes=sees)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO002"))["public.songbooks"]
    assert found.status is Status.PASSED, found.detail


ALBUMS = """
create table public.albums (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, title text not null);
create table public.album_guests (
  album_id uuid not null references public.albums, guest_id uuid not null references auth.users,
  level text not null check (level in ('view', 'edit')), seen_at timestamptz, primary key (album_id, guest_id));
create function public.owns(a uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.albums where id = a and owner_id = auth.uid()) $$;
create function public.let_in(a uuid, as_what text[]) returns boolean
language sql stable security definer set search_path = '' as
$$ select exists (select from public.album_guests
     where album_id = a and guest_id = auth.uid() and level = any (as_what)) $$;
alter table public.albums enable row level security;
alter table public.album_guests enable row level security;
create policy see on public.albums for select to authenticated
  using (owner_id = auth.uid() or public.let_in(id, array['view', 'edit']));
create policy change on public.albums for update to authenticated
  using (owner_id = auth.uid() or public.let_in(id, array[{levels}]));
create policy see on public.album_guests for select to authenticated
  using (guest_id = auth.uid() or public.owns(album_id));
create policy seen on public.album_guests for update to authenticated using (guest_id = auth.uid());
create policy ask on public.album_guests for insert to authenticated with check (public.owns(album_id));
revoke all on public.albums, public.album_guests from anon, authenticated;
grant select, update (title) on public.albums to authenticated;
grant select, insert, update (seen_at) on public.album_guests to authenticated;
"""


@pytest.mark.parametrize(
    ("levels", "status"),
    [("'edit', 'view'", Status.FAILED), ("'edit'", Status.PASSED)],
    ids=["forgets", "asks"],
)
def test_so_do_rows_that_share_it(server, tmp_path, levels, status):
    with system(server, tmp_path, ALBUMS.format(levels=levels)) as target:
        found = by_subject(judged(target, "ISO002"))
    assert found["public.albums"].status is status, found["public.albums"].detail
    # That a guest has seen it is his own to say.
    assert found["public.album_guests"].status is Status.PASSED, found["public.album_guests"].detail
