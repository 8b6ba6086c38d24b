"""What works for those who own the rows is measured, so that its loss is seen."""

from pytest_readiness.evidence.uses import Use, UseEvidence
from pytest_readiness.run.prepare import open_store
from systems import system

NOTES = """
create table public.notes (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text not null);
alter table public.notes enable row level security;
create policy mine on public.notes for {} to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());
"""
TEAMS = """
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid not null references public.teams, user_id uuid not null references auth.users, role text not null default 'member', primary key (team_id, user_id));
create table public.plans (id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams, title text not null);
alter table public.team_members enable row level security;
alter table public.plans enable row level security;
create policy mine on public.team_members using (user_id = auth.uid()) with check (user_id = auth.uid());
create policy ours on public.plans for select using (team_id in (select m.team_id from public.team_members m where m.user_id = auth.uid()));
"""


def uses(server, path, *migrations):
    with system(server, path, *migrations) as target:
        return open_store(target, target.run_directory).get(UseEvidence).uses


def verbs(found, actor, subject):
    return {use.verb for use in found if (use.actor, use.subject) == (actor, subject)}


def test_an_owner_has_what_policies_give_her(server, tmp_path):
    found = uses(server, tmp_path, NOTES.format("all"))
    assert verbs(found, "alice", "public.notes") == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert not verbs(found, "anon", "public.notes")


def test_what_no_policy_gives_is_no_use(server, tmp_path):
    found = uses(server, tmp_path, NOTES.format("update"))
    assert verbs(found, "alice", "public.notes") == set()


def test_colleagues_read_what_is_their_tenants_and_founders_join_what_they_found(server, tmp_path):
    found = uses(server, tmp_path, TEAMS)
    assert Use("carol", "SELECT", "public.plans") in found
    assert Use("alice", "INSERT as the founder", "public.team_members") in found


def test_a_founder_who_may_not_join_is_seen(server, tmp_path):
    found = uses(server, tmp_path, TEAMS, "revoke insert on public.team_members from authenticated;")
    assert Use("alice", "INSERT as the founder", "public.team_members") not in found


def test_what_is_nobodys_is_read_by_all_who_may(server, tmp_path):
    table = "create table public.rates (code text primary key, percent numeric not null); insert into public.rates values ('a', 1);"
    found = uses(server, tmp_path, table)
    assert {use.actor for use in found if use.subject == "public.rates"} >= {"bob", "anon"}


def test_a_function_answers_with_her_rows_or_does_not(server, tmp_path):
    body = "create function public.mine() returns setof public.notes language sql stable security {} as 'select * from public.notes where user_id = auth.uid()';"
    first = uses(
        server,
        tmp_path,
        NOTES.format("insert").replace("using (user_id = auth.uid())", ""),
        body.format("definer"),
    )
    assert "CALL with her rows in the answer" in verbs(first, "alice", "public.mine()")
    (tmp_path / "two").mkdir()
    second = uses(
        server,
        tmp_path / "two",
        NOTES.format("insert").replace("using (user_id = auth.uid())", ""),
        body.format("invoker"),
    )
    assert verbs(second, "alice", "public.mine()") == {"CALL"}
