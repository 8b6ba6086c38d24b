"""Of tables that the same words show some are read after an action: what each of them shows is found all the same."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SHOPS = """
create table public.shops (id uuid primary key default gen_random_uuid(), name text not null);
create table public.clerks (
  user_id uuid primary key references auth.users, shop_id uuid not null references public.shops, name text not null);
create function public.my_shop() returns uuid language sql stable security definer set search_path = '' as
$$ select shop_id from public.clerks where user_id = auth.uid() $$;
create function public.full_up() returns trigger language plpgsql as
$$ begin raise exception 'no more of these'; end $$;
alter table public.shops enable row level security; alter table public.clerks enable row level security;
create policy own on public.clerks for select to authenticated using (user_id = auth.uid());
create policy change on public.clerks for update to authenticated using (user_id = auth.uid()) with check ({check});
"""
TABLE = """
create table public.{0} (
  id uuid primary key default gen_random_uuid(), shop_id uuid not null references public.shops, body text not null);
alter table public.{0} enable row level security;
create policy own on public.{0} for select to authenticated using (shop_id = public.my_shop());
"""
EMPTY = "create trigger full_up before insert on public.{0} for each row execute function public.full_up();"


@pytest.mark.parametrize(
    ("check", "status"),
    [("user_id = auth.uid()", Status.FAILED), ("shop_id = public.my_shop()", Status.PASSED)],
)
def test_a_theft_is_seen_behind_tables_that_nothing_can_be_in(server, tmp_path, check, status):
    empty = "".join((TABLE + EMPTY).format(f"a{number}") for number in range(4))
    everything = SHOPS.format(check=check) + empty + TABLE.format("z_notes")
    with system(server, tmp_path, everything) as target:
        found = by_subject(judged(target, "ISO006"))
    assert found["public.clerks"].status is status
    if status is Status.FAILED:
        assert "public.z_notes" in found["public.clerks"].detail
