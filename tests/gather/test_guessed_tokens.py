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
