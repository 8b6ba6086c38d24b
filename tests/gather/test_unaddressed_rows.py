"""A share that names nobody is noted where it opens to all what it was made for, and only there."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import judged, system

NOTES = """
create table public.notes (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, body text not null);
create table public.shares (
  id bigint generated always as identity primary key, note_id uuid not null references public.notes,
  shared_with uuid {kind} references auth.users);
create function public.shared(n uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.shares s where s.note_id = n and {asked}) $$;
revoke insert, update, delete on all tables in schema public from anon, authenticated;
alter table public.notes enable row level security;
alter table public.shares enable row level security;
create policy see on public.notes for select to authenticated using (owner_id = auth.uid() or public.shared(id));
create policy see on public.shares for select to authenticated using (shared_with = auth.uid());
"""


@pytest.mark.parametrize(
    ("kind", "asked", "told"),
    [
        ("", "(s.shared_with = auth.uid() or s.shared_with is null)", True),
        ("", "coalesce(s.shared_with, auth.uid()) = auth.uid()", True),
        ("", "(s.shared_with = auth.uid() and s.shared_with is not null)", False),
        ("", "s.shared_with = auth.uid()", False),
        ("not null", "(s.shared_with = auth.uid() or s.shared_with is null)", False),
    ],
    ids=["or nobody", "or else whoever calls", "and somebody", "the caller", "always somebody"],
)
def test_a_share_with_nobody_is_noted_where_it_opens_to_all(server, tmp_path, kind, asked, told):
    with system(server, tmp_path, NOTES.format(kind=kind, asked=asked)) as target:
        record = judged(target, "ISO010")
        failed = [one for one in judged(target, "ISO001").findings if one.status is Status.FAILED]
    noted = [
        one.subject for one in record.findings if one.status is Status.FAILED and "nobody in" in one.subject
    ]
    subject = "public.shares: what is hers once a row names nobody in shared_with"
    assert noted == ([subject] if told else [])
    assert not failed, failed
