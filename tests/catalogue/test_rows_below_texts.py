"""A row may say by a text alone whose it is: by a code of a thing, or by a path below that."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MILLS = """
create table public.mills (
  id uuid primary key default gen_random_uuid(), code text not null {unique},
  miller uuid not null default auth.uid() references auth.users);
create table public.sacks (id uuid primary key default gen_random_uuid(), {label} text not null, grain text not null);
alter table public.mills enable row level security;
alter table public.sacks enable row level security;
create policy own on public.mills for select to authenticated using (miller = auth.uid());
create policy add on public.mills for insert to authenticated with check (miller = auth.uid());
create policy own on public.sacks for select to authenticated
  using (exists (select from public.mills m where m.miller = auth.uid() and {asked}));
"""


@pytest.mark.parametrize(
    ("label", "asked", "status"),
    [
        ("label", "sacks.label like m.code || '%'", Status.FAILED),
        ("path", "starts_with(sacks.path, m.code)", Status.FAILED),
        ("label", "sacks.label = m.code", Status.PASSED),
        ("label", "split_part(sacks.label, '/', 1) = m.code", Status.PASSED),
        ("label", "sacks.label like m.code || '/%'", Status.PASSED),
        # All who have a mill read of all sacks.
        ("label", "(sacks.label = m.code or m.code is not null)", Status.FAILED),
    ],
    ids=["a beginning", "starts", "whole", "a part", "up to a mark", "of any"],
)
def test_a_text_says_whose_a_row_is(server, tmp_path, label, asked, status):
    with system(server, tmp_path, MILLS.format(label=label, asked=asked, unique="unique")) as target:
        found = by_subject(judged(target, "ISO001"))["public.sacks"]
    assert found.status is status, found.detail


def test_what_tells_no_rows_apart_says_whose_none_is(server, tmp_path):
    with system(
        server, tmp_path, MILLS.format(label="label", asked="sacks.label = m.code", unique="")
    ) as target:
        found = by_subject(judged(target, "ISO001"))["public.sacks"]
    assert found.status is not Status.FAILED, found.detail
