"""What a user of two tenants does in one is noted there, and not in the other one that she is of as well."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

AGENCIES = """
create table public.agencies (id bigint generated always as identity primary key, label text not null);
create table public.desks (
  agency bigint not null, translator uuid not null references auth.users, since timestamptz not null default now(),
  primary key (agency, translator));
create table public.translators (
  id uuid primary key references auth.users, nick text not null, home bigint not null references public.agencies);
create table public.jobs (
  id uuid primary key default gen_random_uuid(), agency bigint not null, wording text not null,
  made_by uuid not null default auth.uid() references auth.users);
create table public.job_log (id bigint generated always as identity primary key, agency bigint not null, doc jsonb not null);
create table public.diary (
  id bigint generated always as identity primary key, translator uuid not null references auth.users, said text not null);
create function public.at_desk(a bigint) returns boolean language sql stable security definer set search_path = ''
  as $$ select exists (select from public.desks d where d.agency = a and d.translator = auth.uid()) $$;
create function public.first_desk() returns bigint language sql stable security definer set search_path = '' as
  $$ select d.agency from public.desks d where d.translator = auth.uid() order by d.since, d.agency limit 1 $$;
create function public.at_home() returns bigint language sql stable security definer set search_path = '' as
  $$ select t.home from public.translators t where t.id = auth.uid() $$;
create function public.noted() returns trigger language plpgsql security definer set search_path = '' as
$$ begin {notes} return null; end $$;
create trigger noted after {event} on public.jobs for each row execute function public.noted();
alter table public.agencies enable row level security;
alter table public.desks enable row level security;
alter table public.translators enable row level security;
alter table public.jobs enable row level security;
alter table public.job_log enable row level security;
alter table public.diary enable row level security;
create policy own on public.agencies for select to authenticated using (public.at_desk(id));
create policy own on public.desks for select to authenticated using (public.at_desk(agency));
create policy own on public.translators for select to authenticated using (id = auth.uid());
create policy own on public.jobs for all to authenticated
  using (public.at_desk(agency)) with check (public.at_desk(agency));
create policy own on public.job_log for select to authenticated using (public.at_desk(agency));
create policy own on public.diary for select to authenticated using (translator = auth.uid());
"""
DIARY = """
insert into public.diary (translator, said) values (auth.uid(), new.wording);
insert into public.job_log (agency, doc)
  select t.home, jsonb_build_object('letters', length(new.wording)) from public.translators t where t.id = auth.uid();
"""
LOG = "insert into public.job_log (agency, doc) values ({}, to_jsonb(new));"


@pytest.mark.parametrize(
    ("notes", "status"),
    [
        (LOG.format("public.first_desk()"), Status.FAILED),
        (LOG.format("coalesce(public.at_home(), new.agency)"), Status.FAILED),
        (LOG.format("new.agency"), Status.PASSED),
        # What she did is in a diary of her own, and her home is told how much it was.
        (DIARY, Status.PASSED),
    ],
    ids=["her first", "her home", "that of the row", "how much alone"],
)
@pytest.mark.parametrize("event", ["insert", "update"])
def test_what_she_does_in_one_tenant_is_not_read_in_the_other(server, tmp_path, event, notes, status):
    with system(server, tmp_path, AGENCIES.format(event=event, notes=notes)) as target:
        found = by_subject(judged(target, "ISO001"))
        logged = found["public.job_log"]
        again = replay(target, logged.reproduce, marks(logged.detail)) if status is Status.FAILED else None
    assert logged.status is status, logged.detail
    assert found["public.diary"].status is Status.PASSED
    if again:
        assert "after dana, of both tenants," in logged.detail
        assert again.got, again
