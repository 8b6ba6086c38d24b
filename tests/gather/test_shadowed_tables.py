"""A table of the session that stands before a real one is told of the function that takes it for that."""

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LOCKS = """
create table public.wardens (user_id uuid primary key references auth.users, district text not null default '');
create table public.locks (
  id uuid primary key default gen_random_uuid(), boatman_id uuid not null references auth.users,
  remark text not null, passed int not null default 0);
alter table public.wardens enable row level security;
alter table public.locks enable row level security;
grant select, insert, update on public.locks to authenticated;
create function public.is_warden() returns boolean language sql stable security definer as $$
  select exists (select 1 from wardens where user_id = auth.uid()) $$;
create function public.may_see(boatman uuid) returns boolean language sql stable as $$
  select boatman = auth.uid() or public.is_warden() $$;
create policy own on public.locks to authenticated using (public.may_see(boatman_id));
create function public.note_passage() returns trigger language plpgsql security definer as $$ begin
  new.passed := coalesce(new.passed, 0) + (select count(*) from wardens where district = new.remark)::int;
  return new;
end $$;
create trigger passing before insert or update on public.locks for each row execute function public.note_passage();
create function public.wardens_there(place text) returns bigint language sql stable security definer as $$
  select count(*) from wardens where district = place $$;
"""


def test_only_what_runs_when_rows_are_read_is_at_fault(server, tmp_path):
    with system(server, tmp_path, LOCKS, profile="supabase") as target:
        found = by_subject(judged(target, "ISO006"))
    failed = {subject for subject, finding in found.items() if finding.status is Status.FAILED}
    assert failed == {"public.is_warden()"}
    assert "create temp table" in found["public.is_warden()"].reproduce
