"""What a function copies into rows of one's own from a row that they name is one's own, or for all to read."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

KILNS = """
create table public.studios (id uuid primary key default gen_random_uuid(), title text not null);
create table public.staff (studio uuid not null, person uuid not null references auth.users, primary key (studio, person));
create table public.recipes (id uuid primary key default gen_random_uuid(), studio uuid not null, glaze text not null);
create table public.firings (
  id uuid primary key default gen_random_uuid(), studio uuid not null, recipe uuid references public.recipes, label text not null);
create table public.sheets (
  id uuid primary key default gen_random_uuid(), firing uuid not null references public.firings, body text not null);
create function public.mine() returns setof uuid language sql stable security definer set search_path = '' as
$$ select s.studio from public.staff s where s.person = auth.uid() $$;
create function public.fire(which uuid) returns void language plpgsql security definer set search_path = '' as $$
declare f public.firings;
begin
  select * into f from public.firings x where x.id = which and x.studio in (select public.mine());
  if f.id is null then raise exception 'no such firing'; end if;
  insert into public.sheets (firing, body) select f.id, r.glaze from public.recipes r where r.id = f.recipe {asked};
end $$;
alter table public.studios enable row level security;
alter table public.staff enable row level security;
alter table public.recipes enable row level security;
alter table public.firings enable row level security;
alter table public.sheets enable row level security;
create policy own on public.studios for select to authenticated using (id in (select public.mine()));
create policy own on public.staff for select to authenticated using (person = auth.uid());
create policy own on public.recipes for select to authenticated using ({shown});
create policy made on public.recipes for insert to authenticated with check (studio in (select public.mine()));
create policy own on public.firings for select to authenticated using (studio in (select public.mine()));
create policy made on public.firings for insert to authenticated with check (studio in (select public.mine()));
create policy own on public.sheets for select to authenticated
  using (exists (select from public.firings f where f.id = firing and f.studio in (select public.mine())));
revoke all on public.studios, public.staff, public.recipes, public.firings, public.sheets from anon, authenticated;
grant select on public.studios, public.staff, public.recipes, public.firings, public.sheets to authenticated;
grant insert on public.recipes to authenticated;
grant insert (studio, recipe, label) on public.firings to authenticated;
"""
OWN = "studio in (select public.mine())"


@pytest.mark.parametrize(
    ("asked", "shown", "status"),
    [
        ("", OWN, Status.FAILED),
        ("and r.studio = f.studio", OWN, Status.PASSED),
        ("", "true", Status.PASSED),
    ],
    ids=["of anybody", "of the same studio", "for all to read"],
)
def test_a_row_of_ones_own_is_filled_with_nothing_that_is_hidden(server, tmp_path, asked, shown, status):
    with system(server, tmp_path, KILNS.format(asked=asked, shown=shown)) as target:
        found = by_subject(judged(target, "ISO006"))["public.fire(which uuid)"]
        again = replay(target, found.reproduce, marks(found.detail)) if status is Status.FAILED else None
    assert found.status is status, found.detail
    if again:
        assert "copied into a row of his in public.sheets" in found.detail
        assert again.got, again
