"""Rank in a tenant is somebody's own, and there alone: a colleague's opens nothing, nor one's own elsewhere."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

CREWS = """
create table public.ships (id uuid primary key default gen_random_uuid(), name text not null);
create table public.hands (
  ship uuid not null references public.ships, person uuid not null references auth.users,
  duty text not null check (duty in ('cook', 'deck', 'surgeon', 'purser')), primary key ({key}));
create table public.menus (
  id uuid primary key default gen_random_uuid(), ship uuid not null references public.ships, dish text not null,
  listed boolean not null default true);
create table public.sick_list (
  id uuid primary key default gen_random_uuid(), ship uuid not null references public.ships, ailment text not null);
create function public.mine() returns setof uuid language sql stable security definer set search_path = '' as
$$ select ship from public.hands where person = auth.uid() $$;
create function public.is_surgeon(s uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.hands h where {correlated} h.person = auth.uid() and h.duty = 'surgeon') $$;
alter table public.ships enable row level security;
alter table public.hands enable row level security;
alter table public.menus enable row level security;
alter table public.sick_list enable row level security;
create policy own on public.ships for select to authenticated using (id in (select public.mine()));
create policy own on public.hands for select to authenticated using ({hands});
create policy own on public.menus for select to authenticated using (exists (
  select from public.hands h where h.ship = menus.ship and h.person = auth.uid() and {menus}));
create policy own on public.sick_list for select to authenticated using ({sick});
revoke insert, update, delete on public.ships, public.hands, public.menus, public.sick_list from anon, authenticated;
"""
SEVERAL, ONE = "ship, person, duty", "ship, person"
ALL, OWN = "ship in (select public.mine())", "person = auth.uid()"
RIGHT, WRONG = "(h.duty = 'cook' or h.duty = 'purser')", "h.duty = 'cook' or h.duty = 'purser'"
LISTED = f"{RIGHT} or (menus.listed and h.duty = 'purser')"
SURGEON = "public.is_surgeon(ship)"


def _made(key=SEVERAL, hands=ALL, menus=RIGHT, sick=SURGEON, correlated="h.ship = s and"):
    return CREWS.format(key=key, hands=hands, menus=menus, sick=sick, correlated=correlated)


@pytest.mark.parametrize(
    ("hands", "menus", "status"),
    [
        (ALL, WRONG, Status.FAILED),
        (ALL, RIGHT, Status.PASSED),
        (OWN, WRONG, Status.PASSED),
        (ALL, LISTED, Status.PASSED),
    ],
    ids=["any colleague's", "one's own", "colleagues are hidden", "of what is listed"],
)
def test_what_a_colleague_is_opens_nothing(server, tmp_path, hands, menus, status):
    with system(server, tmp_path, _made(ONE, hands, menus)) as target:
        found = by_subject(judged(target, "ISO001"))["public.menus"]
    assert found.status is status, found.detail
    assert ("a colleague with duty = 'purser'" in found.detail) is (status is Status.FAILED)


@pytest.mark.parametrize("key", [SEVERAL, ONE], ids=["several", "one"])
@pytest.mark.parametrize(
    ("correlated", "status"),
    [("h.ship = s and", Status.PASSED), ("", Status.FAILED)],
    ids=["there", "anywhere"],
)
def test_what_only_some_colleagues_of_the_owner_see_is_proven_by_them(
    server, tmp_path, key, correlated, status
):
    with system(server, tmp_path, _made(key, correlated=correlated)) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.sick_list"].status is status, found["public.sick_list"].detail
    assert found["public.menus"].status is Status.PASSED, found["public.menus"].detail


def test_what_no_colleague_sees_either_stays_unknown(server, tmp_path):
    with system(server, tmp_path, _made(sick="ship in (select public.mine()) and false")) as target:
        found = by_subject(judged(target, "ISO001"))["public.sick_list"]
    assert found.status is Status.UNKNOWN, found.detail
