"""A search whose query is put together from its argument is broken out of, wherever it stands in it."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

PARTS = """
create table public.parts (
  id uuid primary key default gen_random_uuid(), owner uuid not null references auth.users, name text not null);
alter table public.parts enable row level security;
create function public.find(q text) returns table (name text) language plpgsql stable security definer
  set search_path = '' as $$
begin return query execute format($q$ select p.name from public.parts p where p.owner = $1 and
  {condition}
  order by 1 $q$, {given}) using auth.uid(); end $$;
"""
CONDITIONS = {
    "in a parenthesis, twice": ("(p.name ilike '%%%s%%' or p.name = '%s')", "q, q"),
    "in two parentheses": ("((p.name = '%s' or p.name = 'none') and true)", "q"),
}


@pytest.mark.parametrize("where", CONDITIONS)
@pytest.mark.parametrize("quoted", [False, True])
def test_who_breaks_out_of_a_string_reads_all(server, tmp_path, where, quoted):
    condition, given = CONDITIONS[where]
    if quoted:
        condition = condition.replace("'%%%s%%'", "'%%' || %L || '%%'").replace("'%s'", "%L")
    sql = PARTS.format(condition=condition, given=given)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))["public.find(q text)"]
    assert found.status is (Status.PASSED if quoted else Status.FAILED), found.detail
