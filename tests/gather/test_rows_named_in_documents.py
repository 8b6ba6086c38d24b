"""A key of hers in a document of bob's is looked up by no function for him, whatever the key is made of."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

QUILTS = """
create table public.patterns (
  id {key} primary key,
  quilter uuid not null default auth.uid() references auth.users,
  layout jsonb not null default '{{}}');
alter table public.patterns enable row level security;
create policy own on public.patterns to authenticated using (quilter = auth.uid()) with check (quilter = auth.uid());
revoke all on public.patterns from anon, authenticated;
grant select, insert, update on public.patterns to authenticated;
create function public.notes(p int) returns setof text language sql stable security definer set search_path = '' as
$$ select coalesce(other.layout ->> 'note', mine.layout ->> 'note')
   from public.patterns mine left join public.patterns other
     on to_jsonb(other.id) = mine.layout -> 'borrowed' {whose}
   where mine.quilter = auth.uid() limit greatest(p, 10) $$;
"""


@pytest.mark.parametrize("key", ["text", "text[]", "jsonb"])
@pytest.mark.parametrize(
    ("whose", "status"),
    [("", Status.FAILED), ("and other.quilter = mine.quilter", Status.PASSED)],
    ids=["of anybody", "of the same"],
)
def test_a_key_in_a_document_may_be_a_list_or_a_document(server, tmp_path, key, whose, status):
    with system(server, tmp_path, QUILTS.format(key=key, whose=whose), profile="supabase") as target:
        record = judged(target, "ISO005")
    (found,) = (f for subject, f in by_subject(record).items() if subject.startswith("public.notes("))
    assert found.status is status, found.detail
