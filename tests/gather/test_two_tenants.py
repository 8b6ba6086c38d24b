"""A user of two tenants has the rights of each in it, and what she has in one is nothing in the other."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LABS = """
create table public.labs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.lab_members (
  lab_id uuid not null references public.labs, user_id uuid not null references auth.users,
  role text not null default 'member' check (role in ('member', 'admin')), primary key (lab_id, user_id));
create table public.samples (
  id uuid primary key default gen_random_uuid(), lab_id uuid not null references public.labs,
  taken_by uuid not null default auth.uid() references auth.users, note text not null);
create function public.my_labs(lowest text) returns setof uuid language sql stable security definer set search_path = ''
  as $$ select m.lab_id from public.lab_members m where m.user_id = auth.uid() and m.role in ('admin', lowest) $$;
revoke all on public.labs, public.lab_members, public.samples from anon, authenticated;
grant select on public.lab_members to authenticated;
grant select, insert, update, delete on public.samples to authenticated;
alter table public.labs enable row level security;
alter table public.lab_members enable row level security;
alter table public.samples enable row level security;
create policy own on public.lab_members for select using (user_id = auth.uid());
"""
MEMBER = "lab_id in (select public.my_labs('member'))"
ADMIN = "lab_id in (select public.my_labs('admin'))"
ANYWHERE = f"{MEMBER} and exists (select public.my_labs('admin'))"


def judge(server, tmp_path, check, *policies):
    made = [f"create policy p{i} on public.samples {text};" for i, text in enumerate(policies)]
    with system(server, tmp_path, LABS, *made) as target:
        return by_subject(judged(target, check)).get("public.samples")


@pytest.mark.parametrize(
    ("condition", "status"), [(MEMBER, Status.PASSED), (ADMIN, Status.PASSED), (ANYWHERE, Status.FAILED)]
)
def test_rank_in_one_tenant_shows_nothing_in_another(server, tmp_path, condition, status):
    found = judge(server, tmp_path, "ISO001", f"for select using ({condition})")
    assert found.status is status
    if status is Status.FAILED:
        assert found.detail.startswith(
            "As dana, plain here and privileged in another tenant, I read alice's sample"
        )


@pytest.mark.parametrize(
    ("verb", "check"), [("update", "ISO002"), ("delete", "ISO004"), ("insert", "ISO003")]
)
@pytest.mark.parametrize(("condition", "status"), [(ADMIN, Status.PASSED), (ANYWHERE, Status.FAILED)])
def test_rank_in_one_tenant_writes_nothing_in_another(server, tmp_path, verb, check, condition, status):
    asks = "with check" if verb == "insert" else "using"
    see, write = f"for select using ({MEMBER})", f"for {verb} {asks} ({condition})"
    found = judge(server, tmp_path, check, see, write)
    assert found.status is status, found.detail
    if status is Status.FAILED:
        assert "As dana, plain here and privileged in another tenant," in found.detail


def test_what_she_wrote_in_one_tenant_is_not_for_those_who_know_her_from_another(server, tmp_path):
    fellows = (
        "taken_by in (select o.user_id from public.lab_members m join public.lab_members o using (lab_id) "
        "where m.user_id = auth.uid())"
    )
    everybody = "create policy all_of_them on public.lab_members for select using (true);"
    with system(
        server, tmp_path, LABS, everybody, f"create policy p on public.samples for select using ({fellows});"
    ) as target:
        found = by_subject(judged(target, "ISO001"))["public.samples"]
    assert found.detail.startswith("As bob I read dana's sample")


WARDS = """
create table public.clinics (id uuid primary key default gen_random_uuid(), name text not null);
create table public.staff (
  clinic_id uuid not null references public.clinics, user_id uuid not null references auth.users,
  primary key (clinic_id, user_id));
create table public.wards (
  clinic_id uuid not null references public.clinics, id uuid not null default gen_random_uuid(), name text not null,
  primary key (clinic_id, id));
create table public.posts (
  clinic_id uuid not null, ward_id uuid not null, user_id uuid not null, rank text not null check (rank in ('head', 'nurse')),
  primary key (clinic_id, ward_id, user_id), foreign key (clinic_id, ward_id) references public.wards (clinic_id, id),
  foreign key (clinic_id, user_id) references public.staff (clinic_id, user_id));
create table public.charts (
  clinic_id uuid not null, id uuid not null default gen_random_uuid(), ward_id uuid not null, note text not null,
  primary key (clinic_id, id), foreign key (clinic_id, ward_id) references public.wards (clinic_id, id));
create table public.remarks (
  clinic_id uuid not null, chart_id uuid not null, id uuid not null default gen_random_uuid(),
  author_id uuid not null default auth.uid(), remark text not null, primary key (clinic_id, id),
  foreign key (clinic_id, chart_id) references public.charts (clinic_id, id));
create function public.clinic() returns uuid language sql stable security definer set search_path = '' as $$
  select s.clinic_id from public.staff s where s.user_id = auth.uid()
     and s.clinic_id::text = auth.jwt() -> 'app_metadata' ->> 'clinic_id' $$;
create function public.my_wards() returns setof uuid language sql stable security definer set search_path = '' as $$
  select w.id from public.wards w join public.posts p on p.clinic_id = w.clinic_id and p.ward_id = w.id
   where w.clinic_id = public.clinic() and p.user_id = auth.uid() $$;
create function public.heads() returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from public.posts p where p.user_id = auth.uid() and p.rank = 'head') $$;
alter table public.clinics enable row level security;
alter table public.staff enable row level security;
alter table public.wards enable row level security;
alter table public.posts enable row level security;
alter table public.remarks enable row level security;
create policy own on public.remarks for select using (author_id = auth.uid() and clinic_id = public.clinic());
alter table public.charts enable row level security;
create policy own on public.posts for select using (user_id = auth.uid() and clinic_id = public.clinic());
"""
THERE = "clinic_id = public.clinic() and ward_id in (select public.my_wards())"


@pytest.mark.parametrize(
    ("condition", "status"),
    [(THERE, Status.PASSED), (f"{THERE} and public.heads()", Status.FAILED)],
    ids=["whoever is posted there", "heads of any clinic"],
)
@pytest.mark.parametrize("check", ["ISO001", "ISO002"])
def test_a_ward_in_which_she_works_is_hers_by_no_rank(server, tmp_path, check, condition, status):
    made = f"create policy p on public.charts for all using ({condition});"
    with system(server, tmp_path, WARDS, made) as target:
        found = by_subject(judged(target, check))["public.charts"]
    assert found.status is status, found.detail
