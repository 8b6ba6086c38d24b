"""Trails whose entries stand within a document, or in a list that grows."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

CLAIMS = """
create table public.claims (claim text primary key, owner uuid not null, state text not null default 'new', sum int);
alter table public.claims enable row level security;
grant select, insert, update, delete on public.claims to service_role;
create table public.dossiers (claim text primary key, entries {kind});
alter table public.dossiers enable row level security;
revoke all on public.claims, public.dossiers from anon, authenticated;
revoke all on public.dossiers from service_role;
create function public.append() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  k text := case when tg_op = 'INSERT' then new.claim else old.claim end;
  e jsonb := jsonb_build_object('at', clock_timestamp(), 'op', tg_op,
    'old', case when tg_op <> 'INSERT' then to_jsonb(old) end,
    'new', case when tg_op <> 'DELETE' then to_jsonb(new) end);
begin
  insert into public.dossiers as d values (k, {first})
    on conflict (claim) do update set entries = {next};
  return null;
end $$;
create trigger append after {verbs} on public.claims for each row execute function public.append();
create function public.closed() returns trigger language plpgsql as $$ begin raise exception 'closed'; end $$;
create trigger closed before truncate on public.claims for each statement execute function public.closed();
"""
LISTS = {
    "jsonb[]": {"first": "array[e]", "next": "d.entries || excluded.entries"},
    "jsonb": {"first": "jsonb_build_array(e)", "next": "d.entries || excluded.entries"},
}
ALL = "insert or update or delete"


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize(
    ("verbs", "next_", "said"),
    [
        (ALL, "", ""),
        (ALL, "excluded.entries", "wrote over an entry"),
        ("insert or update", "", "MERGE of public.claims by service_role left no entry"),
    ],
    ids=["whole", "the last one alone", "without deletions"],
)
def test_a_row_of_a_trail_may_hold_a_list_of_entries(server, tmp_path, kind, verbs, next_, said):
    how = LISTS[kind] | ({"next": next_} if next_ else {})
    with system(server, tmp_path, CLAIMS.format(kind=kind, verbs=verbs, **how)) as target:
        whole, true = (by_subject(judged(target, check)) for check in ("AUD001", "AUD002"))
    assert whole["public.claims"].status is (Status.FAILED if said else Status.PASSED)
    assert said in whole["public.claims"].detail
    assert said or true["public.claims"].status is Status.PASSED
