"""An owner whose rights stand in a document, or hold for a term, sees her rows: only so it is told who does not."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

GUILDS = """
create table public.guilds (id uuid primary key default gen_random_uuid(), craft text not null);
create table public.masters (
  guild uuid not null references public.guilds, person uuid not null references auth.users,
  rights jsonb not null default '{}' check (jsonb_typeof(rights) = 'object'), term daterange not null,
  primary key (guild, person));
create table public.accounts (
  id uuid primary key default gen_random_uuid(), guild uuid not null references public.guilds, entry text not null);
create function public.may(g uuid, what text) returns boolean language sql stable security definer set search_path = ''
as $$ select exists (select from public.masters m where {whose} m.person = auth.uid() and {asked}) $$;
alter table public.guilds enable row level security;
alter table public.masters enable row level security;
alter table public.accounts enable row level security;
create policy own on public.guilds for select to authenticated
  using (exists (select from public.masters m where m.guild = id and m.person = auth.uid()));
create policy own on public.masters for select to authenticated using (person = auth.uid());
create policy own on public.accounts for select to authenticated using (public.may(guild, 'ledger'));
revoke all on public.guilds, public.masters, public.accounts from anon, authenticated;
grant select on public.guilds, public.masters, public.accounts to authenticated;
"""


@pytest.mark.parametrize(
    "asked",
    ["m.rights @> jsonb_build_object(what, true)", "m.term @> current_date and what is not null"],
    ids=["a switch in a document", "a term"],
)
@pytest.mark.parametrize(("whose", "status"), [("m.guild = g and", Status.PASSED), ("", Status.FAILED)])
def test_rights_are_given_to_owners(server, tmp_path, whose, asked, status):
    with system(server, tmp_path, GUILDS.replace("{whose}", whose).replace("{asked}", asked)) as target:
        found = by_subject(judged(target, "ISO001"))["public.accounts"]
    assert found.status is status, found
