"""Nobody keeps another from what is hers by putting her in a list of his own, of which policies take one row."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

FERRIES = """
alter default privileges in schema public revoke all on tables from anon, authenticated;
create table public.ferries (id uuid primary key default gen_random_uuid(), name text not null);
create table public.crews (
  ferry uuid not null references public.ferries, hand uuid not null, job text not null default 'hand' check (job in ('hand', 'master')),
  since timestamptz not null default clock_timestamp(), agreed boolean not null default false, {unique});
create table public.logs (
  id uuid primary key default gen_random_uuid(), ferry uuid not null references public.ferries, entry text not null);
create function public.leads(f uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select 1 from public.crews c where c.ferry = f and c.hand = auth.uid() and c.job = 'master') $$;
{helper}
alter table public.ferries enable row level security;
alter table public.crews enable row level security;
alter table public.logs enable row level security;
create policy own on public.ferries for select to authenticated
  using (id in (select c.ferry from public.crews c where c.hand = auth.uid()));
create policy own on public.crews for select to authenticated using (hand = auth.uid());
create policy hire on public.crews for insert to authenticated with check (public.leads(ferry));
create policy own on public.logs to authenticated using ({using});
grant select on public.ferries, public.crews, public.logs to authenticated;
grant insert (ferry, hand, job) on public.crews to authenticated;
"""
PAIR = "primary key (ferry, hand)"
ONE = "ferry = (select c.ferry from public.crews c where c.hand = auth.uid())"
STRICT = """
create function public.mine() returns uuid language plpgsql stable security definer set search_path = '' as
$$ declare f uuid; begin
  select c.ferry into strict f from public.crews c where c.hand = auth.uid();
  return f;
end $$;"""
LAST = """
create function public.mine() returns uuid language sql stable security definer set search_path = '' as
$$ select c.ferry from public.crews c where c.hand = auth.uid() order by c.since desc limit 1 $$;"""
AGREED = LAST.replace("= auth.uid() ", "= auth.uid() and c.agreed ")
SYSTEMS = {
    "one row": (PAIR, "", ONE, False),
    "one row, in a function": (PAIR, STRICT, "ferry = public.mine()", False),
    "the last one": (PAIR, LAST, "ferry = public.mine()", False),
    "any of them": (PAIR, "", ONE.replace("= (select", "in (select"), True),
    "one for each": ("primary key (hand)", "", ONE, True),
    "one that she agreed to": (PAIR, AGREED, "ferry = public.mine()", True),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_who_is_put_in_a_list_of_another_still_gets_at_what_is_hers(server, tmp_path, what):
    unique, helper, using, sound = SYSTEMS[what]
    with system(server, tmp_path, FERRIES.format(unique=unique, helper=helper, using=using)) as target:
        found = by_subject(judged(target, "ISO004"))
    failed = {name for name, finding in found.items() if finding.status is Status.FAILED}
    assert failed == (set() if sound else {"public.crews"}), found
