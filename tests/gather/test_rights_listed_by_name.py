"""Rights that a system lists by name, for the ranks of all tenants or for roles that each makes for itself."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

RANKED = """
create table public.depots (id uuid primary key default gen_random_uuid(), name text not null);
create table public.depot_staff (
  depot_id uuid not null references public.depots, user_id uuid not null references auth.users,
  {rank}, primary key (depot_id, user_id));
{rights}
create table public.consignments (
  id uuid primary key default gen_random_uuid(), depot_id uuid not null references public.depots,
  receiver text not null);
create function public.may(d uuid, asked text) returns boolean language sql stable security definer
set search_path = '' as $$
  select exists (select from public.depot_staff s join public.rank_rights r on r.rank = s.rank
    where {tied} s.user_id = auth.uid() and r.right_name = asked) $$;
alter table public.depots enable row level security;
alter table public.depot_staff enable row level security;
alter table public.rank_rights enable row level security;
alter table public.consignments enable row level security;
create policy own on public.depots for select to authenticated using (public.may(id, 'depot:see'));
create policy own on public.depot_staff for select to authenticated using (user_id = auth.uid());
create policy known on public.rank_rights for select to authenticated using (true);
create policy see on public.consignments for select to authenticated using (public.may(depot_id, 'load:see'));
create policy turn on public.consignments for delete to authenticated using (public.may(depot_id, 'load:drop'));
"""

BY_WORD = (
    "rank text not null default 'hand'",
    """
create table public.rank_rights (rank text not null, right_name text not null, primary key (rank, right_name));
insert into public.rank_rights values ('hand', 'depot:see'), ('clerk', 'depot:see'), ('clerk', 'load:see'),
  ('dispatcher', 'depot:see'), ('dispatcher', 'load:see'), ('dispatcher', 'load:drop');
""",
)
BY_NUMBER = (
    "rank integer not null references public.ranks",
    """
create table public.rank_rights (
  rank integer not null references public.ranks, right_name text not null, primary key (rank, right_name));
insert into public.ranks (title) values ('hand'), ('dispatcher');
insert into public.rank_rights select 1, 'depot:see';
insert into public.rank_rights select 2, unnest(array['depot:see', 'load:see', 'load:drop']);
""",
)
MADE_BY_TENANTS = """
create table public.kennels (id uuid primary key default gen_random_uuid(), name text not null);
create table public.kennel_members (
  kennel_id uuid not null references public.kennels, user_id uuid not null references auth.users,
  primary key (kennel_id, user_id));
create table public.kennel_roles (
  kennel_id uuid not null references public.kennels, id bigint generated always as identity,
  title text not null, primary key (kennel_id, id));
{catalogue}
create table public.kennel_role_rights (
  kennel_id uuid not null, role_id bigint not null, right_name text not null {listed},
  primary key (kennel_id, role_id, right_name),
  foreign key (kennel_id, role_id) references public.kennel_roles);
create table public.kennel_member_roles (
  kennel_id uuid not null, user_id uuid not null, role_id bigint not null,
  primary key (kennel_id, user_id, role_id),
  foreign key (kennel_id, user_id) references public.kennel_members,
  foreign key (kennel_id, role_id) references public.kennel_roles);
create table public.stays (
  id uuid primary key default gen_random_uuid(), kennel_id uuid not null references public.kennels,
  animal text not null);
create function public.can(k uuid, asked text) returns boolean language sql stable security definer
set search_path = '' as $$
  select exists (select from public.kennel_member_roles m join public.kennel_role_rights r using (kennel_id, role_id)
    where {tied} m.user_id = auth.uid() and r.right_name = asked) $$;
alter table public.kennels enable row level security;
alter table public.kennel_members enable row level security;
alter table public.kennel_roles enable row level security;
alter table public.kennel_role_rights enable row level security;
alter table public.kennel_member_roles enable row level security;
alter table public.stays enable row level security;
create policy own on public.kennel_members for select to authenticated using (user_id = auth.uid());
create policy see on public.stays for select to authenticated using (public.can(kennel_id, 'stays.read'));
create policy turn on public.stays for delete to authenticated
  using (public.can(kennel_id, 'stays.read') and public.can(kennel_id, 'stays.end'));
"""
LISTED = """
create table public.rights (name text primary key);
insert into public.rights values ('stays.read'), ('stays.end'), ('roles.make');
alter table public.rights enable row level security;
"""


def ranked(rank, rights, tied="s.depot_id = d and"):
    ranks = "create table public.ranks (id serial primary key, title text not null unique);"
    return (ranks if "ranks" in rank else "") + RANKED.format(rank=rank, rights=rights, tied=tied)


@pytest.mark.parametrize("kind", [BY_WORD, BY_NUMBER], ids=["by word", "by number"])
def test_whoever_attacks_has_the_rank_that_has_most_rights(server, tmp_path, kind):
    with system(server, tmp_path, ranked(*kind)) as target:
        read = by_subject(judged(target, "ISO001"))["public.consignments"]
        dropped = by_subject(judged(target, "ISO004"))["public.consignments"]
    assert read.status is Status.PASSED, read.detail
    assert dropped.status is Status.PASSED, dropped.detail
    assert "its owner may" in dropped.detail


@pytest.mark.parametrize("kind", [BY_WORD, BY_NUMBER], ids=["by word", "by number"])
def test_a_right_of_a_rank_in_any_depot_is_a_theft(server, tmp_path, kind):
    with system(server, tmp_path, ranked(*kind, tied="")) as target:
        read = by_subject(judged(target, "ISO001"))["public.consignments"]
        dropped = by_subject(judged(target, "ISO004"))["public.consignments"]
    assert read.status is Status.FAILED
    assert dropped.status is Status.FAILED


@pytest.mark.parametrize(
    ("catalogue", "listed"), [(LISTED, "references public.rights"), ("", "")], ids=["listed", "free"]
)
@pytest.mark.parametrize(
    ("tied", "status"), [("m.kennel_id = k and", Status.PASSED), ("", Status.FAILED)], ids=["tied", "apart"]
)
def test_a_role_that_a_tenant_makes_has_each_right_that_code_asks_for(
    server, tmp_path, catalogue, listed, tied, status
):
    schema = MADE_BY_TENANTS.format(catalogue=catalogue, listed=listed, tied=tied)
    with system(server, tmp_path, schema) as target:
        read = by_subject(judged(target, "ISO001"))["public.stays"]
        ended = by_subject(judged(target, "ISO004"))["public.stays"]
    assert read.status is status, read.detail
    assert ended.status is status, ended.detail


def test_what_is_given_to_paste_gives_the_rights_too(server, tmp_path):
    schema = MADE_BY_TENANTS.format(catalogue="", listed="", tied="")
    with system(server, tmp_path, schema) as target:
        read = by_subject(judged(target, "ISO001"))["public.stays"]
    put = [line for line in read.reproduce.splitlines() if "insert into public.kennel_role_rights" in line]
    assert any("'stays.read'" in line for line in put), read.reproduce


FLAGGED = """
create table public.orgs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.org_members (
  org_id uuid not null references public.orgs, user_id uuid not null references auth.users,
  primary key (org_id, user_id));
create table public.org_flags (
  org_id uuid not null references public.orgs, flag text not null, primary key (org_id, flag));
create table public.drafts (
  id uuid primary key default gen_random_uuid(), org_id uuid not null references public.orgs, body text not null);
alter table public.orgs enable row level security;
alter table public.org_members enable row level security;
alter table public.org_flags enable row level security;
alter table public.drafts enable row level security;
create policy own on public.org_members for select to authenticated using (user_id = auth.uid());
create policy own on public.org_flags for select to authenticated
  using (org_id in (select m.org_id from public.org_members m where m.user_id = auth.uid()));
create policy own on public.drafts for select to authenticated
  using (org_id in (select m.org_id from public.org_members m where m.user_id = auth.uid()) and {unless});
"""
UNLESS = {
    "withdrawn": "not exists (select from public.org_flags f where f.org_id = drafts.org_id and f.flag = 'suspended')",
    "denied": "not exists (select from public.org_flags f where f.org_id = drafts.org_id and f.flag = 'overdrawn')",
    "not in": "org_id not in (select f.org_id from public.org_flags f where f.flag = 'overdrawn')",
    "counted": "(select count(*) from public.org_flags f where f.org_id = drafts.org_id and f.flag = 'suspended') = 0",
}


@pytest.mark.parametrize("unless", UNLESS.values(), ids=UNLESS)
def test_no_tenant_is_given_what_keeps_it_out(server, tmp_path, unless):
    with system(server, tmp_path, FLAGGED.format(unless=unless)) as target:
        read = by_subject(judged(target, "ISO001"))["public.drafts"]
    assert read.status is Status.PASSED, read.detail


def test_whoever_has_the_greatest_number_has_most_to_say(server, tmp_path):
    levels = """
create table public.rank_levels (rank text primary key, level integer not null);
insert into public.rank_levels values ('chief', 30), ('apprentice', 10), ('warden', 20);
create table public.rank_rights (rank text not null, right_name text not null, primary key (rank, right_name));
"""
    schema = ranked("rank text not null", levels)
    for said, meant in (
        ("public.rank_rights r", "public.rank_levels r"),
        ("r.right_name = asked", "r.level >= asked::integer"),
        ("'load:drop'", "'30'"),
        ("'load:see'", "'10'"),
        ("'depot:see'", "'10'"),
    ):
        schema = schema.replace(said, meant)
    with system(server, tmp_path, schema) as target:
        dropped = by_subject(judged(target, "ISO004"))["public.consignments"]
    assert dropped.status is Status.PASSED, dropped.detail
    assert "its owner may" in dropped.detail
