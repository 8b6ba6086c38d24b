"""Who is invited comes as what the invitation says."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

CREWS = """
create table public.ships (id uuid primary key default gen_random_uuid(), name text not null);
create table public.crew_members (
  ship_id uuid not null references public.ships, user_id uuid not null default auth.uid() references auth.users,
  rank text not null check (rank in ('captain', 'mate', 'hand')), {key});
create table public.offers (
  id uuid primary key default gen_random_uuid(), ship_id uuid not null references public.ships,
  seaman uuid not null references auth.users, offered_by uuid not null default auth.uid() references auth.users,
  rank text not null check (rank in ('captain', 'mate', 'hand')), taken_at timestamptz);
create table public.logs (
  id uuid primary key default gen_random_uuid(), ship_id uuid not null references public.ships, entry text not null);
create function public.rank_on(s uuid) returns text language sql stable security definer set search_path = '' as
$$ select m.rank from public.crew_members m where m.ship_id = s and m.user_id = auth.uid() $$;
alter table public.ships enable row level security;
alter table public.crew_members enable row level security;
alter table public.offers enable row level security;
alter table public.logs enable row level security;
create policy own on public.ships for select to authenticated using (public.rank_on(id) is not null);
create policy own on public.crew_members for select to authenticated using (user_id = auth.uid());
create policy own on public.offers for select to authenticated using (seaman = auth.uid());
create policy amend on public.offers for update to authenticated using (seaman = auth.uid()) with check (seaman = auth.uid());
create policy own on public.logs for select to authenticated using ({readers});
create policy enter on public.crew_members for insert to authenticated with check (user_id = auth.uid() and {entering});
revoke insert, update, delete on public.ships, public.crew_members, public.offers, public.logs from anon, authenticated;
grant insert (ship_id, rank) on public.crew_members to authenticated;
grant update ({amended}) on public.offers to authenticated;
"""
OFFERED = "exists (select from public.offers o where o.ship_id = crew_members.ship_id and o.seaman = auth.uid() and {})"
ANY, SAME = OFFERED.format("o.taken_at is null"), OFFERED.format("o.rank = crew_members.rank")
CAPTAINS, ALL = "public.rank_on(ship_id) = 'captain'", "public.rank_on(ship_id) is not null"
SEVERAL, ONE = "primary key (ship_id, user_id)", "primary key (user_id)"


SYSTEMS = {
    "any rank": ((ANY, CAPTAINS, "taken_at", SEVERAL), Status.FAILED),
    "on one ship alone": ((ANY, CAPTAINS, "taken_at", ONE), Status.FAILED),
    "a rank that he amends": ((SAME, CAPTAINS, "taken_at, rank", SEVERAL), Status.FAILED),
    "the same": ((SAME, CAPTAINS, "taken_at", SEVERAL), Status.PASSED),
    # As what he comes opens no more to him than coming does.
    "a rank that opens nothing": ((ANY, ALL, "taken_at", SEVERAL), Status.PASSED),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_somebody_comes_as_more(server, tmp_path, what):
    (entering, readers, amended, key), status = SYSTEMS[what]
    made = CREWS.format(entering=entering, readers=readers, amended=amended, key=key)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO006"))["public.crew_members"]
        assert found.status is status, found.detail
        if status is Status.FAILED:
            assert "row in public.logs" in found.detail
            seen = replay(target, found.reproduce, marks(found.detail))
            assert seen.got, (seen, found.reproduce)


TAKES = """
create function public.take(p_offer uuid, p_rank text default null) returns void language plpgsql security definer
  set search_path = '' as $$
declare o public.offers;
begin
  update public.offers set taken_at = now() where id = p_offer and seaman = auth.uid() and taken_at is null returning * into o;
  if o.id is null then raise exception 'no such offer' using errcode = '42501'; end if;
  insert into public.crew_members (ship_id, user_id, rank) values (o.ship_id, auth.uid(), {rank});
end $$;
"""


@pytest.mark.parametrize(
    ("rank", "status"),
    [("coalesce(p_rank, o.rank)", Status.FAILED), ("o.rank", Status.PASSED)],
    ids=["what he says", "what was offered"],
)
def test_a_function_takes_his_word_for_it(server, tmp_path, rank, status):
    made = CREWS.format(entering="false", readers=CAPTAINS, amended="taken_at", key=SEVERAL)
    with system(server, tmp_path, made, TAKES.format(rank=rank)) as target:
        record = by_subject(judged(target, "ISO006"))
        found = record["public.take(p_offer uuid, p_rank text)"]
        assert found.status is status, found.detail
        if status is Status.FAILED:
            seen = replay(target, found.reproduce, marks(found.detail))
            assert seen.got, (seen, found.reproduce)
