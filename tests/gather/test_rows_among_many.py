"""What comes into sight is seen among thousands of rows that are for everybody anyway."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

RATES = """
create table public.firms (id uuid primary key default gen_random_uuid(), title text not null);
create table public.partners (
    firm_id uuid not null references public.firms on delete cascade,
    user_id uuid not null references auth.users on delete cascade, primary key (firm_id, user_id));
create table public.rates (
    id bigint generated always as identity primary key, firm_id uuid references public.firms on delete cascade,
    remark text not null);
insert into public.rates (remark) select 'general rate ' || number from generate_series(1, 2500) number;
alter table public.firms enable row level security;
alter table public.partners enable row level security;
alter table public.rates enable row level security;
create policy own on public.partners for select to authenticated using (user_id = auth.uid());
create policy enter on public.partners for insert to authenticated with check (user_id = auth.uid());
create policy firm on public.rates for select to authenticated using (
    firm_id is null or firm_id in (select firm_id from public.partners where user_id = auth.uid()));
"""


def test_a_row_that_an_action_opens_is_found_behind_those_that_all_see(server, tmp_path):
    with system(server, tmp_path, RATES) as target:
        found = by_subject(judged(target, "ISO006"))
    assert found["public.partners"].status is Status.FAILED, found
    assert "public.rates" in found["public.partners"].detail


TOLLS = """
create table public.tolls (
    id bigint generated always as identity primary key, user_id uuid references auth.users, remark text not null);
insert into public.tolls (remark) select 'general toll ' || number from generate_series(1, 2500) number;
alter table public.tolls enable row level security;
create policy shown on public.tolls for select to authenticated using ({using});
create function public.all_tolls() returns setof public.tolls language sql stable {rights} set search_path = '' as $$
    select * from public.tolls
$$;
"""


@pytest.mark.parametrize(
    ("using", "rights", "leaks"),
    [
        ("true", "", {"ISO001": {"public.tolls"}, "ISO005": set()}),
        ("user_id is null", "security definer", {"ISO001": set(), "ISO005": {"public.all_tolls()"}}),
        ("user_id is null or user_id = auth.uid()", "", {"ISO001": set(), "ISO005": set()}),
    ],
)
def test_a_row_is_read_behind_those_that_all_see(server, tmp_path, using, rights, leaks):
    with system(server, tmp_path, TOLLS.format(using=using, rights=rights)) as target:
        found = {check: by_subject(judged(target, check)) for check in leaks}
    failed = {
        check: {subject for subject, finding in told.items() if finding.status is Status.FAILED}
        for check, told in found.items()
    }
    assert failed == leaks
