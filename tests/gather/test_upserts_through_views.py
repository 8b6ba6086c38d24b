"""An upsert through a view meets what its filter hides: by a key that can be guessed, or that somebody was told."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

COUPONS = """
create schema kept;
create table kept.coupons (
  id {kind} primary key {default}, holder uuid not null default auth.uid(), worth text not null);
create view public.my_coupons with (security_barrier = true) as
  select id, holder, worth from kept.coupons where holder = auth.uid() with cascaded check option;
grant select, insert, update on public.my_coupons to authenticated;
"""


@pytest.mark.parametrize(
    ("kind", "default", "status"),
    [("uuid", "default gen_random_uuid()", Status.PASSED), ("text", "", Status.FAILED)],
    ids=["drawn by the server", "a word"],
)
def test_whose_key_nobody_guesses_is_safe(server, tmp_path, kind, default, status):
    with system(server, tmp_path, COUPONS.format(kind=kind, default=default), profile="supabase") as target:
        finding = by_subject(judged(target, "ISO002"))["public.my_coupons"]
        noted = by_subject(judged(target, "ISO010")).get("public.my_coupons")
    assert finding.status is status, finding.detail
    assert (noted is not None and "rewrite rows whose key he knows" in noted.detail) == (
        status is Status.PASSED
    )
