"""A view whose rows name nobody is told apart where a user reads nothing once only rows of others are left."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MILLS = """
alter default privileges in schema public revoke all on tables from anon, authenticated;
create table public.grains (kind text primary key, price numeric not null);
create table public.mills (id uuid primary key default gen_random_uuid(), name text not null);
create table public.millers (
  mill uuid not null references public.mills, person uuid not null references auth.users, primary key (mill, person));
create table public.loads (
  id uuid primary key default gen_random_uuid(), mill uuid not null references public.mills,
  kind text not null references public.grains, sacks int not null default 3, remark text not null);
insert into public.grains values ('rye', 4);
create function public.mill_of_mine() returns uuid language sql stable security definer set search_path = '' as
$$ select m.mill from public.millers m where m.person = auth.uid() $$;
alter table public.grains enable row level security;
alter table public.mills enable row level security;
alter table public.millers enable row level security;
alter table public.loads enable row level security;
create policy own on public.mills for select to authenticated using (id = public.mill_of_mine());
create policy own on public.millers for select to authenticated using (person = auth.uid());
create policy own on public.loads for select to authenticated using (mill = public.mill_of_mine());
{made}
create view public.turnover with (security_barrier) as {view};
grant select on public.mills, public.millers, public.loads, public.turnover to authenticated;
"""
STORED = """create materialized view public.turnovers as
select l.mill, l.kind, sum(l.sacks) sacks, sum(l.sacks * g.price) worth
from public.loads l join public.grains g using (kind) group by 1, 2;"""
VIEWS = {
    "his own, stored": (
        STORED,
        "select t.kind, t.sacks, t.worth from public.turnovers t where t.mill = public.mill_of_mine()",
        Status.PASSED,
    ),
    "his own, counted": (
        "",
        "select l.kind, count(*) loads from public.loads l where l.mill = public.mill_of_mine() group by 1",
        Status.PASSED,
    ),
    "of all": (STORED, "select t.kind, t.sacks, t.worth from public.turnovers t", Status.UNKNOWN),
    "of all, each once, to whoever has a mill": (
        STORED,
        "select distinct t.kind from public.turnovers t where public.mill_of_mine() is not null",
        Status.UNKNOWN,
    ),
    "of all but himself": (
        STORED,
        "select t.kind, t.sacks from public.turnovers t where t.mill <> public.mill_of_mine()",
        Status.UNKNOWN,
    ),
}


@pytest.mark.parametrize("what", VIEWS)
def test_a_view_is_told_apart_where_it_is_empty_without_ones_own_rows(server, tmp_path, what):
    made, view, status = VIEWS[what]
    with system(server, tmp_path, MILLS.format(made=made, view=view)) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.turnover"].status is status, found["public.turnover"]
