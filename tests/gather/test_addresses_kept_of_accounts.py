"""That an address is taken is told by signing up as well, where it is copied from the account."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

RINGERS = """
create table public.ringers (
  id uuid primary key references auth.users, bell text not null default 'tenor', email text unique, iban text unique);
create table public.peals (
  id uuid primary key default gen_random_uuid(), ringer_id uuid not null references public.ringers, words text not null);
alter table public.ringers enable row level security;
alter table public.peals enable row level security;
create policy own on public.ringers for select to authenticated using (id = auth.uid());
create policy upd on public.ringers for update to authenticated using (id = auth.uid()) with check (id = auth.uid());
create policy own on public.peals to authenticated using (ringer_id = auth.uid()) with check (ringer_id = auth.uid());
revoke update on public.ringers from anon, authenticated;
grant update ({column}) on public.ringers to authenticated;
"""
COPIED = """
create function public.arrived() returns trigger language plpgsql security definer set search_path = '' as $$
begin insert into public.ringers (id, email) values (new.id, new.email) on conflict do nothing; return new; end $$;
create trigger arrived after insert on auth.users for each row execute function public.arrived();
"""


@pytest.mark.parametrize(
    ("column", "more", "status"),
    [
        ("email", "", Status.FAILED),
        ("email", COPIED, Status.PASSED),
        ("iban", COPIED, Status.FAILED),
    ],
)
def test_what_accounts_have_alone_is_told_by_the_platform(server, tmp_path, column, more, status):
    with system(server, tmp_path, RINGERS.replace("{column}", column) + more) as target:
        finding = by_subject(judged(target, "ISO007"))["public.ringers"]
    assert finding.status is status, finding.detail
