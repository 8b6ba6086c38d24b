"""A trigger that refuses a row says that something is in the way, and not what is hidden in it."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SEATS = """
create table public.trips (id uuid primary key default gen_random_uuid(), route text not null);
create table public.seats (
  id uuid primary key default gen_random_uuid(), trip uuid not null references public.trips,
  rider uuid not null default auth.uid() references auth.users, label text not null, wish text not null);
alter table public.trips enable row level security;
alter table public.seats enable row level security;
create policy everybody_reads on public.trips for select to anon, authenticated using (true);
create policy seen on public.seats for select to authenticated using ({shown});
create policy made on public.seats for insert to authenticated with check (rider = auth.uid());
create policy moved on public.seats for update to authenticated using (rider = auth.uid());
create function public.is_free() returns trigger language plpgsql {rights} set search_path = '' as $$
declare taken public.seats;
begin
  select * into taken from public.seats s
    where s.trip = new.trip and s.label = new.label and s.id <> new.id {whose} limit 1;
  if found then {refusal}; end if;
  return new;
end $$;
create trigger is_free before {event} on public.seats for each row execute function public.is_free();
revoke all on public.trips, public.seats from anon, authenticated;
grant select on public.trips, public.seats to authenticated;
grant insert, update on public.seats to authenticated;
"""
WISH, LABEL = "raise exception 'taken, %', taken.wish", "raise exception 'seat % is taken', new.label"


@pytest.mark.parametrize(
    ("refusal", "facts", "status"),
    [
        (WISH, {}, Status.FAILED),
        (LABEL, {}, Status.PASSED),
        (WISH, {"shown": "true"}, Status.PASSED),
        (WISH, {"whose": "and s.rider = new.rider"}, Status.PASSED),
        (WISH, {"rights": ""}, Status.PASSED),
    ],
    ids=["what is hidden", "what he said himself", "what he reads", "of his own", "with his rights"],
)
@pytest.mark.parametrize("event", ["insert", "update"])
def test_what_is_in_the_way_stays_hidden(server, tmp_path, event, refusal, facts, status):
    usual = {"shown": "rider = auth.uid()", "whose": "", "rights": "security definer"}
    with system(server, tmp_path, SEATS.format(event=event, refusal=refusal, **usual | facts)) as target:
        found = by_subject(judged(target, "ISO007"))["public.seats"]
        again = replay(target, found.reproduce, marks(found.detail)) if status is Status.FAILED else None
    assert found.status is status, found.detail
    if again:
        assert "the refusal says" in found.detail
        assert again.got, again
