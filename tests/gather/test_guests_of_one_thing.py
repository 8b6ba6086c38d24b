"""Who is let into one thing of a tenant is let in by a key that names the tenant as well."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

CONCERTS = """
create table choirs (id uuid primary key, title text not null);
create table singers (
  choir uuid not null references choirs(id), person uuid not null references auth.users(id),
  leads boolean not null default false, primary key (choir, person)
);
create table concerts (
  id uuid primary key default gen_random_uuid(), choir uuid not null references choirs(id), plan text not null,
  unique (choir, id)
);
create table concert_members (
  id uuid primary key default gen_random_uuid(), choir uuid not null references choirs(id),
  concert uuid not null, person uuid not null references auth.users(id),
  unique (concert, person), {key}
);
create table recordings (
  id uuid primary key default gen_random_uuid(), concert uuid not null references concerts(id), take text not null
);
create function sings(c uuid) returns boolean language sql stable security definer set search_path = '' as
  $$ select exists (select 1 from public.singers s where s.choir = c and s.person = auth.uid()) $$;
create function invited(c uuid) returns boolean language sql stable security definer set search_path = '' as
  $$ select exists (select 1 from public.concert_members m where m.concert = c and m.person = auth.uid()) $$;
alter table choirs enable row level security;
alter table singers enable row level security;
alter table concerts enable row level security;
alter table concert_members enable row level security;
alter table recordings enable row level security;
create policy see on recordings for select to authenticated using (invited(concert));
create policy see on choirs for select to authenticated using (sings(id));
create policy see on singers for select to authenticated using (sings(choir));
create policy see on concerts for select to authenticated using (sings(choir) or invited(id));
create policy see on concert_members for select to authenticated using (person = auth.uid() or sings(choir));
create policy add on concert_members for insert to authenticated with check (sings(choir));
"""


@pytest.mark.parametrize(
    ("key", "opened"),
    [
        ("foreign key (choir, concert) references concerts (choir, id)", Status.PASSED),
        ("foreign key (concert) references concerts (id)", Status.FAILED),
    ],
    ids=["whole", "of the thing alone"],
)
def test_rows_are_made_whatever_columns_the_key_has(server, tmp_path, key, opened):
    with system(server, tmp_path, CONCERTS.format(key=key)) as target:
        read = by_subject(judged(target, "ISO001"))["public.concert_members"]
        escalated = by_subject(judged(target, "ISO006"))
    assert read.status is Status.PASSED, read.detail
    assert escalated["public.concert_members"].status is opened, escalated
