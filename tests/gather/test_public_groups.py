"""A group that is not private is open to all, and a search with its caller's rights tells him nothing new."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

GROUPS = """
create table public.groups (
  id uuid primary key default gen_random_uuid(), name text not null, {switch} boolean not null default false);
create table public.group_members (
  group_id uuid not null references public.groups, user_id uuid not null references auth.users,
  primary key (group_id, user_id));
create table public.topics (
  id uuid primary key default gen_random_uuid(), group_id uuid not null references public.groups,
  author uuid not null references auth.users, title text not null, {inner} boolean not null default false);
alter table public.groups enable row level security;
alter table public.group_members enable row level security;
alter table public.topics enable row level security;
create function public.is_in(g uuid) returns boolean language sql stable security definer set search_path = '' as
  $$ select exists (select from public.group_members m where m.group_id = g and m.user_id = auth.uid()) $$;
create policy own on public.group_members for select to authenticated using (user_id = auth.uid());
create policy shown on public.groups for select to authenticated using (not {switch} or public.is_in(id));
create policy shown on public.topics for select to authenticated using (public.is_in(group_id) or {topics});
create function public.search(words text) returns table (id uuid, title text) language sql stable {rights}
  set search_path = '' as $$ select t.id, t.title from public.topics t where position(words in t.title) > 0 $$;
"""
OPEN = {
    "switch": "private",
    "inner": "locked",
    "topics": "exists (select from public.groups g where g.id = group_id and not g.private)",
    "rights": "",
}


@pytest.mark.parametrize(
    ("changed", "statuses"),
    [
        ({}, (Status.PASSED, Status.PASSED, Status.PASSED)),
        (
            {"switch": "archived", "topics": OPEN["topics"].replace("private", "archived")},
            (Status.FAILED, Status.FAILED, Status.PASSED),
        ),
        ({"inner": "private", "topics": "not topics.private"}, (Status.PASSED, Status.FAILED, Status.PASSED)),
        ({"topics": "false", "rights": "security definer"}, (Status.PASSED, Status.PASSED, Status.FAILED)),
    ],
    ids=["a group", "not archived", "a topic among its members", "a search of all"],
)
def test_whoever_reads_a_group_that_is_not_private(server, tmp_path, changed, statuses):
    with system(server, tmp_path, GROUPS.format(**(OPEN | changed))) as target:
        read, called = by_subject(judged(target, "ISO001")), by_subject(judged(target, "ISO005"))
    found = (read["public.groups"], read["public.topics"], called["public.search(words text)"])
    assert tuple(finding.status for finding in found) == statuses, [finding.detail for finding in found]
