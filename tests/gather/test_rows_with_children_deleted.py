"""What refers to a row keeps nobody from the rows of others, and parts of a table are no children of it."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

READINGS = """
create table public.readings (
  id bigint not null, taken_on date not null, owner_id uuid not null references auth.users, note text not null,
  corrects bigint, corrects_on date, primary key (id, taken_on),
  foreign key (corrects, corrects_on) references public.readings) partition by range (taken_on);
create table public.readings_past partition of public.readings for values from (minvalue) to ('2020-01-01');
create table public.readings_later partition of public.readings default;
create table public.alarms (
  id bigint primary key generated always as identity, reading bigint not null, taken_on date not null,
  foreign key (reading, taken_on) references public.readings);
alter table public.readings enable row level security;
alter table public.readings_past enable row level security;
alter table public.readings_later enable row level security;
alter table public.alarms enable row level security;
create policy own on public.readings using (owner_id = auth.uid());
create policy drop_any on public.readings for delete using ({dropped});
"""


@pytest.mark.parametrize(("dropped", "status"), [("false", Status.PASSED), ("note > ''", Status.FAILED)])
def test_a_delete_is_judged_by_its_policies(server, tmp_path, dropped, status):
    with system(server, tmp_path, READINGS.format(dropped=dropped), profile="supabase") as target:
        finding = by_subject(judged(target, "ISO004"))["public.readings"]
    assert finding.status is status, finding.detail
