"""Rows that a trigger keeps in every mode: what would have them gone is not tried, and the rest is."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system
from trail_schemas import ALL, CREW, GUARD, NAMED, PARCELS, RECORDED, REFUSE, SINGLE, TOLD, TRUE

KEPT = """
create function public.never() returns trigger language plpgsql as $$ begin {what} end $$;
create trigger kept before delete on public.{name} for each row execute function public.never();
alter table public.{name} enable always trigger kept;
"""
WHAT = ["raise exception 'rows stay';", "return null;"]


@pytest.mark.parametrize("what", WHAT)
def test_a_row_that_stays_is_signed_by_an_update(server, tmp_path, what):
    log = NAMED.format(kind="text", actor=f"coalesce(n ->> 'handled_by', {TRUE})")
    table = PARCELS.format(column="handled_by uuid", rights=ALL)
    with system(server, tmp_path, CREW + log + table + KEPT.format(name="parcels", what=what)) as target:
        found = by_subject(judged(target, "AUD003"))
    assert found["public.parcels"].status is Status.FAILED, found


@pytest.mark.parametrize("what", WHAT)
def test_a_table_whose_only_row_stays_keeps_no_other_from_being_judged(server, tmp_path, what):
    one = REFUSE + TOLD + GUARD.format(log="audit_log") + SINGLE + KEPT.format(name="fund", what=what)
    with system(server, tmp_path, one + RECORDED.format(name="fund")) as target:
        found = by_subject(judged(target, "AUD001"))
    assert found["public.fund"].status is Status.UNKNOWN
    assert "it could not be written to" in found["public.fund"].detail
