"""Accounts are the users' own: whoever is shown the address of somebody else is shown too much."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

VIEW = "create view public.riders as select id, {columns} from auth.users u {where};"
FUNCTION = """
create function public.rider({argument}) returns table (id uuid, contact text)
language plpgsql stable security definer set search_path = '' as
$$ begin return query select u.id, u.email::text from auth.users u where {where}; end $$;
revoke execute on function public.rider from public, anon;
grant execute on function public.rider to authenticated;
"""
TEAMS = """
create table public.teams (id uuid primary key default gen_random_uuid(), name text);
create table public.team_members (
  team_id uuid references public.teams, user_id uuid references auth.users, primary key (team_id, user_id));
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create view public.colleagues as
select m.team_id, u.email from public.team_members m join auth.users u on u.id = m.user_id
where m.team_id in (select o.team_id from public.team_members o where o.user_id = auth.uid());
"""


@pytest.mark.parametrize(
    ("sql", "check", "subject", "status"),
    [
        (VIEW.format(columns="email", where=""), "ISO001", "public.riders", Status.FAILED),
        (VIEW.format(columns="lower(email) as reach", where=""), "ISO001", "public.riders", Status.FAILED),
        (
            VIEW.format(columns="email", where="where id = auth.uid()"),
            "ISO001",
            "public.riders",
            Status.PASSED,
        ),
        (TEAMS, "ISO001", "public.colleagues", Status.PASSED),
        (FUNCTION.format(argument="", where="true"), "ISO005", "public.rider()", Status.FAILED),
        (
            FUNCTION.format(argument="p uuid", where="u.id = p"),
            "ISO005",
            "public.rider(p uuid)",
            Status.FAILED,
        ),
        (FUNCTION.format(argument="", where="u.id = auth.uid()"), "ISO005", "public.rider()", Status.PASSED),
        # It says nothing that its caller did not say.
        (
            FUNCTION.format(argument="p text", where="u.email = p"),
            "ISO005",
            "public.rider(p text)",
            Status.PASSED,
        ),
    ],
    ids=["all", "spelt anew", "own", "of a team", "called", "by a key", "called for oneself", "known before"],
)
def test_addresses_of_others_are_theirs(server, tmp_path, sql, check, subject, status):
    with system(server, tmp_path, sql) as target:
        found = by_subject(judged(target, check))[subject]
    assert found.status is status, found.detail
    if status is Status.FAILED:
        assert "alice@" in found.detail
