"""A view with its owner's rights that shows rows in some state is written to in that state."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

REVIEWS = """
create table public.reviews (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users,
  body text not null, status text not null default 'pending' check (status in ('pending', 'approved')));
alter table public.reviews enable row level security;
create policy own on public.reviews for select to authenticated using (user_id = auth.uid());
create view public.approved_reviews as select id, body from public.reviews where status = 'approved';
"""
READ_ONLY = "revoke insert, update, delete on public.approved_reviews from anon, authenticated;"
AGGREGATED = """
drop view public.approved_reviews;
create view public.approved_reviews as select body, count(*) as times from public.reviews where status = 'approved' group by body;
"""


@pytest.mark.parametrize("check", ["ISO002", "ISO004"])
def test_what_platforms_grant_on_every_view_lets_anybody_change_what_it_shows(server, tmp_path, check):
    with system(server, tmp_path, REVIEWS) as target:
        finding = by_subject(judged(target, check))["public.approved_reviews"]
        assert finding.status is Status.FAILED
        assert "anon" in finding.detail
        assert finding.fix.startswith(
            "revoke insert, update, delete on public.approved_reviews from anon, authen"
        )
        assert "set status = 'approved'" in finding.reproduce


@pytest.mark.parametrize("sound", [READ_ONLY, AGGREGATED], ids=["only read", "aggregated"])
def test_a_view_that_nobody_can_write_to_raises_no_alarm(server, tmp_path, sound):
    with system(server, tmp_path, REVIEWS, sound) as target:
        for check in ("ISO002", "ISO003", "ISO004"):
            found = by_subject(judged(target, check))
            assert "public.reviews" in found or check != "ISO002", found
            assert {f.status for f in found.values()} <= {Status.PASSED}, found
