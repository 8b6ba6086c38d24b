"""A code that is drawn opens what its holder was given; a number that is counted opens it to whoever counts."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

VOUCHERS = """
create table public.vouchers (
  {key}, issuer uuid not null default auth.uid() references auth.users, uses_left int not null default 3);
alter table public.vouchers enable row level security;
create policy own on public.vouchers using (issuer = auth.uid());
revoke all on public.vouchers from anon, authenticated;
grant select on public.vouchers to authenticated;
create function public.redeem(p_key {kind}) returns void language sql security definer set search_path = ''
  as $$ update public.vouchers v set uses_left = v.uses_left - 1 where v.{name} = p_key $$;
{more}
"""
REFERRED = "create table public.uses (id int primary key, voucher uuid not null references public.vouchers);"


NAMED = "create table public.bookings (id int primary key, voucher_code uuid not null);"
DRAWN = "code uuid", "primary key default gen_random_uuid()"


@pytest.mark.parametrize(
    ("key", "more", "status"),
    [
        (DRAWN, "", Status.PASSED),
        (DRAWN, REFERRED, Status.FAILED),
        (DRAWN, NAMED, Status.FAILED),
        (("code bigint", "primary key generated always as identity"), "", Status.FAILED),
        (("id uuid", "primary key default gen_random_uuid()"), "", Status.FAILED),
    ],
    ids=["drawn", "drawn, and told by what refers to it", "or names it", "counted", "no code"],
)
def test_only_its_holder_knows_a_code_that_is_drawn(server, tmp_path, key, more, status):
    name, kind = key[0].split()
    made = VOUCHERS.format(key=" ".join(key), kind=kind, name=name, more=more)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO005"))[f"public.redeem(p_key {kind})"]
    assert found.status is status, found.detail
