"""Whoever attacks has all rights in his own tenant, and must get nothing from them in another."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

KEYS = """
create table public.sheds (id uuid primary key default gen_random_uuid(), name text not null);
create table public.shed_users (
  shed_id uuid not null references public.sheds, user_id uuid not null references auth.users,
  may_lend boolean not null default false, barred boolean not null default false, primary key (shed_id, user_id));
create table public.loans (
  id uuid primary key default gen_random_uuid(), shed_id uuid not null references public.sheds,
  tool text not null, state text not null default 'out' check (state in ('out', 'back')));
create function public.uses(s uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.shed_users u where u.shed_id = s and u.user_id = auth.uid()) $$;
create function public.lends(s uuid) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from public.shed_users u
    where u.shed_id = s and u.user_id = auth.uid() and u.may_lend and not u.barred) $$;
create function public.give_back(p_shed uuid, p_loan uuid) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if not public.lends(p_shed) then raise 'not yours' using errcode = '42501'; end if;
  update public.loans set state = 'back' where id = p_loan {tied};
end $$;
alter table public.sheds enable row level security;
alter table public.shed_users enable row level security;
alter table public.loans enable row level security;
create policy own on public.sheds for select to authenticated using (public.uses(id));
create policy own on public.shed_users for select to authenticated using (user_id = auth.uid());
create policy own on public.loans for select to authenticated using (public.uses(shed_id));
revoke insert, update, delete on public.sheds, public.shed_users, public.loans from anon, authenticated;
"""


@pytest.mark.parametrize(
    ("tied", "status"), [("", Status.FAILED), ("and shed_id = p_shed", Status.PASSED)], ids=["apart", "tied"]
)
def test_a_right_in_one_shed_is_used_on_what_is_in_another(server, tmp_path, tied, status):
    with system(server, tmp_path, KEYS.format(tied=tied)) as target:
        found = by_subject(judged(target, "ISO005"))["public.give_back(p_shed uuid, p_loan uuid)"]
    assert found.status is status, found.detail
