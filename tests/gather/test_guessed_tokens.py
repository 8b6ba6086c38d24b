"""A token that is computed from what everybody counts opens to everybody what it was made for."""

import pytest

from pytest_readiness.fixes.regression import marks
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
