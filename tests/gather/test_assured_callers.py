"""A policy that asks how sure the platform is of its caller restricts, and lets all others in where it is permissive."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

DIVES = """
create table public.dives (
  id int generated always as identity primary key, diver uuid not null default auth.uid(), place text);
alter table public.dives enable row level security;
create policy own on public.dives for {own} to authenticated using (diver = auth.uid());
create policy log on public.dives for insert to authenticated with check (diver = auth.uid());
create policy {name} on public.dives as {kind} for select to authenticated using ({asked});
"""
ASKED = {
    "no guest": "coalesce((auth.jwt() ->> 'is_anonymous')::boolean, false) is false",
    "two factors": "(auth.jwt() ->> 'aal') = 'aal2'",
    "not banned": "(auth.jwt() -> 'app_metadata' ->> 'banned')::boolean is not true",
    "verified": "(auth.jwt() -> 'user_metadata' ->> 'email_verified')::boolean",
}


@pytest.mark.parametrize(("kind", "status"), [("permissive", Status.FAILED), ("restrictive", Status.PASSED)])
@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_what_asks_for_the_caller_alone_publishes_nothing(server, tmp_path, kind, status, asked):
    sql = DIVES.format(own="select", name="genuine", kind=kind, asked=asked)
    with system(server, tmp_path, sql) as target:
        found = by_subject(judged(target, "ISO001"))["public.dives"]
    assert found.status is status, found.detail


@pytest.mark.parametrize(
    ("own", "name"),
    [("update", "genuine"), ("select", '"everybody who is known"')],
    ids=["alone", "by its name"],
)
def test_readers_who_are_known_may_be_meant(server, tmp_path, own, name):
    sql = DIVES.format(own=own, name=name, kind="permissive", asked=ASKED["no guest"])
    with system(server, tmp_path, sql) as target:
        found = by_subject(judged(target, "ISO001"))["public.dives"]
    assert found.status is Status.PASSED, found.detail


def test_whoever_has_one_factor_reads_what_asks_for_two(server, tmp_path):
    sql = DIVES.format(
        own="select", name="genuine", kind="permissive", asked="auth.jwt() ->> 'aal' <> 'aal2'"
    )
    with system(server, tmp_path, sql) as target:
        found = by_subject(judged(target, "ISO001"))["public.dives"]
    assert "bob, without a second factor" in found.detail
