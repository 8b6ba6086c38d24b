"""Ways that take more than one statement: a document over one's own row, a row that is then used, a group of one."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

WARDS = """
create table public.wards (id int primary key, name text not null);
create table public.people (
  id uuid primary key references auth.users, ward_id int not null references public.wards, kind text not null default 'visitor'
    check (kind in ('visitor', 'nurse')), locale text not null default 'en');
create table public.charts (
  id uuid primary key default gen_random_uuid(), ward_id int not null references public.wards, patient_id uuid references auth.users,
  body text not null);
create function public.me() returns public.people language sql stable security definer set search_path = '' as
$$ select p from public.people p where p.id = auth.uid() $$;
alter table public.wards enable row level security;
alter table public.people enable row level security;
alter table public.charts enable row level security;
create policy own on public.people for select to authenticated using (id = (select auth.uid()));
create policy ward on public.charts for select to authenticated using (patient_id = (select auth.uid())
  or ((select kind from public.me()) = 'nurse' and ward_id = (select ward_id from public.me())));
"""
PATCH = """
create function public.patch_me({argument}) returns void language plpgsql security definer set search_path = '' as $$
declare r public.people;
begin
  select * into r from public.people where id = auth.uid();
  r := {patched};
  update public.people set {columns} where id = auth.uid();
end $$;
"""
ALL, PART = "(ward_id, kind, locale) = (r.ward_id, r.kind, r.locale)", "locale = r.locale"


@pytest.mark.parametrize(
    ("argument", "patched"),
    [
        ("patch jsonb", "jsonb_populate_record(r, patch - 'id')"),
        ("patch json", "jsonb_populate_record(r, patch::jsonb - 'id')"),
        ("patch public.people", "patch"),
    ],
    ids=["jsonb", "json", "a row"],
)
@pytest.mark.parametrize(
    ("columns", "status"), [(ALL, Status.FAILED), (PART, Status.PASSED)], ids=["all", "part"]
)
def test_a_document_says_more_of_ones_own_row_than_one_may(
    server, tmp_path, argument, patched, columns, status
):
    patch = PATCH.format(argument=argument, patched=patched, columns=columns)
    with system(server, tmp_path, WARDS, patch) as target:
        findings = by_subject(judged(target, "ISO006"))
    (finding,) = (f for subject, f in findings.items() if subject.startswith("public.patch_me("))
    assert finding.status is status, finding.detail
    if status is Status.FAILED:
        assert "public.charts" in finding.detail


TEAMS = """
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.members (
  team_id uuid not null references public.teams, user_id uuid not null references auth.users, primary key (team_id, user_id));
create table public.invitations (
  id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams,
  invited_by uuid not null default auth.uid() references auth.users,
  invitee uuid not null references auth.users, accepted boolean not null default false);
create table public.plans (
  id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams, body text not null);
create function public.in_team(t uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.members where team_id = t and user_id = auth.uid()) $$;
create function public.accept(invitation uuid) returns void language plpgsql security definer set search_path = '' as $$
declare t uuid;
begin
  update public.invitations set accepted = true
  where id = invitation and invitee = auth.uid() and not accepted returning team_id into t;
  if t is not null then insert into public.members values (t, auth.uid()) on conflict do nothing; end if;
end $$;
alter table public.teams enable row level security;
alter table public.members enable row level security;
alter table public.invitations enable row level security;
alter table public.plans enable row level security;
create policy own on public.teams for select to authenticated using (public.in_team(id));
create policy own on public.members for select to authenticated using (user_id = (select auth.uid()));
create policy own on public.invitations for select to authenticated using (invited_by = (select auth.uid()));
create policy own on public.plans for select to authenticated using (public.in_team(team_id));
create policy invite on public.invitations for insert to authenticated with check (invited_by = (select auth.uid()) {also});
"""


@pytest.mark.parametrize(
    ("also", "opened"), [("", True), ("and public.in_team(team_id)", False)], ids=["anywhere", "in his team"]
)
def test_a_row_of_ones_own_making_is_used_by_its_key(server, tmp_path, also, opened):
    with system(server, tmp_path, TEAMS.format(also=also)) as target:
        findings = judged(target, "ISO006").findings
    failed = [finding for finding in findings if finding.status is Status.FAILED]
    assert bool(failed) is opened, [finding.detail for finding in failed]
    if opened:
        assert "public.accept(invitation uuid)" in {finding.subject for finding in failed}


PAY = """
create table public.salaries (
  user_id uuid primary key references auth.users, trade text not null, city text not null, yearly int not null);
alter table public.salaries enable row level security;
create policy own on public.salaries for all to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create function public.benchmark(p_trade text, p_city text) returns table (people bigint, yearly numeric)
language sql stable security definer set search_path = '' as $$
  select count(*), round(avg(s.yearly), 0) from public.salaries s where s.trade = p_trade and s.city = p_city
  having count(*) >= {least} $$;
"""


@pytest.mark.parametrize(("least", "told"), [(1, True), (5, False)])
def test_a_group_of_one_tells_its_number(server, tmp_path, least, told):
    with system(server, tmp_path, PAY.format(least=least)) as target:
        findings = judged(target, "ISO007").findings
    failed = [finding for finding in findings if finding.status is Status.FAILED]
    assert bool(failed) is told, [finding.detail for finding in failed]
    if told:
        (finding,) = failed
        assert finding.subject == "public.benchmark(p_trade text, p_city text)"
        assert "is the answer for a group in which nobody else is" in finding.detail
