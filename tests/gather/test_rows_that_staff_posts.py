"""What staff posts for all to read is a leak once users can put such rows there, whichever way they take."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

BEACONS = """
create table public.wardens (user_id uuid primary key references auth.users);
create function public.is_warden() returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from public.wardens w where w.user_id = auth.uid()) $$;
create table public.beacons (
  id uuid primary key default gen_random_uuid(), author_id uuid not null references auth.users, message text not null);
create table public.sightings (
  id uuid primary key default gen_random_uuid(), seen_by uuid not null references auth.users, words text not null);
alter table public.wardens enable row level security;
alter table public.beacons enable row level security;
alter table public.sightings enable row level security;
create policy own on public.wardens for select to authenticated using (user_id = auth.uid());
create policy "Everyone reads the beacons" on public.beacons for select using (true);
create policy wardens on public.beacons to authenticated using (public.is_warden()) with check (public.is_warden());
create policy own on public.sightings to authenticated using ({whose}) with check ({whose});
revoke insert, update, delete on public.wardens from anon, authenticated;
"""
VIEW = """create view public.my_beacons with (security_barrier) as
  select author_id, message from public.beacons where author_id = auth.uid() with check option;
revoke all on public.my_beacons from anon, {role};"""
FUNCTION = """create function public.report(p_words text) returns void language plpgsql security definer set search_path = '' as $$
  begin {body} end $$;"""
HELPER = """create function public.put(p_words text) returns void language sql set search_path = '' as $$
  insert into public.beacons (author_id, message) values (auth.uid(), p_words) $$;
revoke execute on function public.put(text) from public, anon, authenticated;""" + FUNCTION.format(
    body="perform public.put(p_words);"
)
MERGED = FUNCTION.format(
    body="""merge into public.beacons b using (select p_words as words) n on b.message = n.words
  when not matched then insert (author_id, message) values (auth.uid(), n.words);"""
)
TRIGGER = """create function public.copied() returns trigger language plpgsql security definer set search_path = '' as $$
  begin insert into public.beacons (author_id, message) values (new.seen_by, new.words); return new; end $$;
create trigger copied after insert on public.sightings for each row execute function public.copied();"""
OWN, BY_RANK = "seen_by = auth.uid()", "public.is_warden()"


@pytest.mark.parametrize(
    ("more", "whose", "status"),
    [
        ("", OWN, Status.PASSED),
        (TRIGGER, BY_RANK, Status.PASSED),
        (VIEW.format(role="authenticated"), OWN, Status.PASSED),
        (VIEW.format(role="service_role"), OWN, Status.FAILED),
        (HELPER, OWN, Status.FAILED),
        (MERGED, OWN, Status.FAILED),
        (TRIGGER, OWN, Status.FAILED),
    ],
    ids=["staff", "staff by a trigger", "a view of the server", "a view", "a helper", "a merge", "a trigger"],
)
def test_rows_that_all_read_are_of_staff_unless_users_put_them_there(server, tmp_path, more, whose, status):
    schema = BEACONS.replace("{whose}", whose) + more
    with system(server, tmp_path, schema) as target:
        finding = by_subject(judged(target, "ISO001"))["public.beacons"]
    assert finding.status is status, finding.detail
