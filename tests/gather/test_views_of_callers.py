"""A view of sums shows no row of anybody: with its caller's rights it tells what he may ask by himself."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MOVES = """
create table public.moves (
  id uuid primary key default gen_random_uuid(), account uuid not null references auth.users, cents int not null);
alter table public.moves enable row level security;
create policy own on public.moves using (account = auth.uid());
create function public.shown(of int) returns bigint language sql stable {rights} set search_path = ''
  as $$ select count(*) from public.moves m where m.cents > of $$;
create function auth.shown() returns bigint language sql stable security definer set search_path = ''
  as $$ select count(*) from public.moves $$;
create view public.sums with ({options}) as select {what} as n from public.moves;
revoke all on public.moves, public.sums from anon, authenticated;
grant select on public.moves, public.sums to authenticated;
"""


@pytest.mark.parametrize(
    ("options", "what", "rights", "status"),
    [
        ("security_invoker = true", "count(*)", "", Status.PASSED),
        ("security_invoker = true", "max(public.shown(0))", "", Status.PASSED),
        ("security_invoker = true", "max(public.shown(0))", "security definer", Status.UNKNOWN),
        ("security_invoker = true", "max(auth.shown())", "", Status.UNKNOWN),
        ("security_barrier = true", "count(*)", "", Status.UNKNOWN),
    ],
    ids=[
        "the caller's",
        "and so its functions",
        "a function with its owner's",
        "one that nobody judges",
        "its owner's",
    ],
)
def test_a_view_of_sums_is_sound_with_its_callers_rights(server, tmp_path, options, what, rights, status):
    made = MOVES.format(options=options, what=what, rights=rights)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO001"))["public.sums"]
    assert found.status is status, found.detail
