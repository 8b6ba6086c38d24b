"""Who names nobody gets nothing that is refused to him by name."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SPENT = """
create table public.orgs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.members (
  org_id uuid not null references public.orgs, user_id uuid not null references auth.users, primary key (org_id, user_id));
create table public.bills (
  id uuid primary key default gen_random_uuid(), org_id uuid not null references public.orgs, cents bigint not null,
  state text not null default 'draft' check (state in ('draft', 'approved', 'paid')));
alter table public.orgs enable row level security;
alter table public.members enable row level security;
alter table public.bills enable row level security;
create function public.is_in(o uuid) returns boolean language sql stable security definer set search_path = ''
  return exists (select from public.members m where m.org_id = o and m.user_id = auth.uid());
create function public.spent(since date, p_org uuid default null, lowest bigint default 0)
returns table (kind text, cents numeric) language plpgsql stable security definer set search_path = '' as $$
begin
  if {asked} and not public.is_in(p_org) then raise exception 'no' using errcode = '42501'; end if;
  return query select {what} from public.bills b
    where (p_org is null or b.org_id = p_org) and {shown} {groups};
end $$;
"""
GROUPS, TOTAL = (
    ("b.state, sum(b.cents)", "and b.state <> 'draft' group by b.state"),
    ("'all', sum(b.cents)", ""),
)
COUNT = ("'all', count(*)::numeric", "")
SYSTEMS = {
    "all where none is named": ("p_org is not null", "true", GROUPS, Status.FAILED),
    "his own where none is named": ("p_org is not null", "public.is_in(b.org_id)", GROUPS, Status.PASSED),
    "none has to be named": ("true", "true", GROUPS, Status.PASSED),
    "the total of all where none is named": ("p_org is not null", "true", TOTAL, Status.FAILED),
    "his own total where none is named": (
        "p_org is not null",
        "public.is_in(b.org_id)",
        TOTAL,
        Status.PASSED,
    ),
    "how many there are where none is named": ("p_org is not null", "true", COUNT, Status.PASSED),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_a_report_on_nobody_in_particular(server, tmp_path, what):
    asked, shown, (told, groups), status = SYSTEMS[what]
    sql = SPENT.format(asked=asked, shown=shown, what=told, groups=groups)
    if what == "none has to be named":
        sql = sql.replace("not public.is_in(p_org)", "public.is_in(p_org) is not true")
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))
    (finding,) = (one for name, one in found.items() if name.startswith("public.spent"))
    assert finding.status is status, finding.detail
    if status is Status.FAILED:
        assert "which it refuses to him where p_org names her" in finding.detail
