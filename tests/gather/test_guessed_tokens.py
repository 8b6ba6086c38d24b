"""A token that is computed from what everybody counts opens to everybody what it was made for."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.settings import Isolation, Session
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LINKS = """
create table public.papers (
  id {key}, author uuid not null references auth.users, body text not null, token {token});
alter table public.papers enable row level security;
create policy own on public.papers for select to authenticated using (author = auth.uid());
create function public.set_token() returns trigger language plpgsql as $$
begin new.token := {made}; return new; end $$;
create trigger set_token before insert on public.papers for each row execute function public.set_token();
create function public.opened(p_token {token}) returns text language sql stable security definer set search_path = ''
  as $$ select p.body from public.papers p where p.token = p_token $$;
"""
SUBJECT = "public.opened(p_token {})"
COUNTED, DRAWN = (
    "bigint generated always as identity primary key",
    "uuid primary key default gen_random_uuid()",
)
SYSTEMS = {
    "md5 of a number": (COUNTED, "text", "md5(new.id::text)", Status.FAILED),
    "a uuid of a number": (COUNTED, "uuid", "md5(new.id::text)::uuid", Status.FAILED),
    "of the author": (DRAWN, "text", "encode(sha256(new.author::text::bytea), 'hex')", Status.FAILED),
    "drawn": (COUNTED, "text", "md5(gen_random_uuid()::text)", Status.PASSED),
    "of a key that is drawn": (DRAWN, "text", "md5(new.id::text)", Status.PASSED),
    "salted": (COUNTED, "text", "md5('pepper' || new.id::text)", Status.PASSED),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_a_token_opens_to_whoever_computes_it(server, tmp_path, what):
    key, token, made, status = SYSTEMS[what]
    with system(
        server, tmp_path, LINKS.format(key=key, token=token, made=made), profile="supabase"
    ) as target:
        found = by_subject(judged(target, "ISO005"))[SUBJECT.format(token)]
        assert found.status is status, found.detail
        if status is Status.FAILED:
            assert "by token, which is " in found.detail
            seen = replay(target, found.reproduce, marks(found.detail))
            assert seen.got, (seen, found.reproduce)


ALBUMS = """
create table public.albums (
  id {key}, keeper uuid not null references auth.users, caption text not null);
create table public.album_links (
  number bigint generated always as identity primary key,
  album_id {kind} not null references public.albums, token text unique);
alter table public.albums enable row level security;
alter table public.album_links enable row level security;
create policy own on public.albums for all to authenticated
  using (keeper = auth.uid()) with check (keeper = auth.uid());
grant select, insert on public.albums to authenticated;
create function public.peppered() returns text language sql stable as $$ select 'sesame' $$;
create function public.link_album(p_album {kind}, p_days integer default 7) returns text
  language plpgsql security definer set search_path = '' as $$
declare v_token text; v_number bigint; v_begins text := 'album:' || p_album;
begin
  if not exists (select 1 from public.albums a where a.id = p_album and a.keeper = auth.uid()) then
    raise exception 'no such album';
  end if;
  {made}
  return v_token;
end $$;
create function public.linked(p_token text) returns setof text language sql stable security definer
  set search_path = '' as $$
    select a.caption from public.albums a join public.album_links l on l.album_id = a.id where l.token = p_token $$;
revoke execute on function public.link_album({kind}, integer) from public;
grant execute on function public.link_album({kind}, integer) to authenticated;
"""
FIRST = "insert into public.album_links (album_id, token) values (p_album, v_token);"
NUMBER = "insert into public.album_links (album_id) values (p_album) returning number into v_number;"
LATER = "update public.album_links set token = v_token where number = v_number;"
FUNCTIONS = {
    "of a number and the day": (COUNTED, f"v_token := md5(p_album || to_char(now(), 'YYYY-MM-DD')); {FIRST}"),
    "of a variable": (COUNTED, f"v_token := left(md5(v_begins || '-'), 20); {FIRST}"),
    "with something before": (
        COUNTED,
        f"v_token := 'al_' || encode(sha256(('album' || p_album)::bytea), 'hex'); {FIRST}",
    ),
    "within the statement": (
        COUNTED,
        "insert into public.album_links (album_id, token) values (p_album, upper(md5('link' || p_album)));",
    ),
    "of its own number": (COUNTED, f"{NUMBER} v_token := md5('link' || v_number); {LATER}"),
}
SOUND = {
    "of what is drawn": (DRAWN, f"v_token := md5('album' || p_album); {FIRST}"),
    "with chance": (COUNTED, f"v_token := md5(p_album || random()::text); {FIRST}"),
    "of the very moment": (COUNTED, f"v_token := md5(p_album || now()::text); {FIRST}"),
    "peppered": (COUNTED, f"v_token := md5(p_album || 'rosebud'); {FIRST}"),
    "peppered elsewhere": (COUNTED, f"v_token := md5(p_album || public.peppered()); {FIRST}"),
    "peppered by a setting": (COUNTED, f"v_token := md5(p_album || current_setting('role')); {FIRST}"),
}


@pytest.mark.parametrize("what", [*FUNCTIONS, *SOUND])
def test_a_token_that_a_function_makes_opens_to_whoever_makes_it_too(server, tmp_path, what):
    key, made = (FUNCTIONS | SOUND)[what]
    sql = ALBUMS.format(key=key, kind=key.split()[0], made=made)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))["public.linked(p_token text)"]
        assert found.status is (Status.FAILED if what in FUNCTIONS else Status.PASSED), found.detail
        if what in FUNCTIONS:
            assert "by a token that anybody computes" in found.detail
            seen = replay(target, found.reproduce, marks(found.detail))
            assert seen.got, (seen, found.reproduce)


SHELVES = """
create role {role} login; grant usage on schema public to {role};
create function public.me() returns uuid language sql stable as
$$ select nullif(current_setting('app.user_id', true), '')::uuid $$;
create table public.shelves (
  id bigint generated always as identity primary key, user_id uuid not null, caption text not null);
create table public.shelf_links (
  number bigint generated always as identity primary key,
  shelf_id bigint not null references public.shelves, token text unique);
alter table public.shelves enable row level security;
alter table public.shelf_links enable row level security;
create policy own on public.shelves using (user_id = public.me()) with check (user_id = public.me());
grant select, insert on public.shelves to {role};
create function public.link_shelf(p_shelf bigint) returns text
  language plpgsql security definer set search_path = '' as $$
declare v_token text := md5('shelf' || p_shelf);
begin
  if not exists (select 1 from public.shelves a where a.id = p_shelf and a.user_id = public.me()) then
    raise exception 'no such shelf';
  end if;
  insert into public.shelf_links (shelf_id, token) values (p_shelf, v_token);
  return v_token;
end $$;
create function public.linked(p_token text) returns setof text language sql stable security definer
  set search_path = '' as $$
    select a.caption from public.shelves a join public.shelf_links l on l.shelf_id = a.id
    where l.token = p_token {own} $$;
"""


@pytest.mark.parametrize(
    ("own", "status"),
    [("", Status.FAILED), ("and a.user_id = public.me()", Status.PASSED)],
    ids=["anybody's", "her own"],
)
def test_a_caller_without_a_user_does_not_carry_on_as_she_who_had_it_made(server, tmp_path, own, status):
    role = f"librarian{len(own)}"
    session = Session(role, "select set_config('app.user_id', %(user)s, true)")
    how = {"profile": "postgres", "migrations_as": "superuser", "isolation": Isolation(session=session)}
    with system(server, tmp_path, SHELVES.format(role=role, own=own), **how) as target:
        found = by_subject(judged(target, "ISO005"))["public.linked(p_token text)"]
    assert found.status is status, found.detail


PLOTS = """
create role {role} nologin;
create role {role}_north login in role {role};
create table public.plots (
  id bigint generated always as identity primary key, grower name not null default current_user, crop text not null);
create table public.plot_links (
  number bigint generated always as identity primary key,
  plot_id bigint not null references public.plots, token text unique);
alter table public.plots enable row level security;
alter table public.plot_links enable row level security;
create policy own on public.plots to {role} using (grower = current_user) with check (grower = current_user);
grant select, insert on public.plots to {role};
create function public.link_plot(p_plot bigint) returns text
  language plpgsql security definer set search_path = '' as $$
declare v_token text := md5('plot' || p_plot {salt});
begin
  if not exists (select 1 from public.plots a where a.id = p_plot and a.grower = session_user) then
    raise exception 'no such plot';
  end if;
  insert into public.plot_links (plot_id, token) values (p_plot, v_token);
  return v_token;
end $$;
create function public.linked(p_token text) returns setof text language sql stable security definer
  set search_path = '' as $$
    select a.crop from public.plots a join public.plot_links l on l.plot_id = a.id where l.token = p_token $$;
revoke execute on function public.link_plot(bigint), public.linked(text) from public;
grant execute on function public.link_plot(bigint), public.linked(text) to {role};
"""


@pytest.mark.parametrize(
    ("salt", "status"),
    [("", Status.FAILED), ("|| random()::text", Status.PASSED)],
    ids=["of a number", "with chance"],
)
def test_what_whoever_logs_in_has_made_is_made_as_her_login(server, tmp_path, salt, status):
    role = f"grower_of_plots{len(salt)}"
    how = {"profile": "postgres", "migrations_as": "superuser"}
    with system(server, tmp_path, PLOTS.format(role=role, salt=salt), **how) as target:
        found = by_subject(judged(target, "ISO005"))["public.linked(p_token text)"]
        assert found.status is status, found.detail
        if status is Status.FAILED:
            seen = replay(target, found.reproduce, marks(found.detail))
            assert seen.got, (seen, found.reproduce)
