"""A function that may run before the policies is put into conditions on all that it takes, and only then."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

WIDE = (
    "create table public.a_wide (id uuid primary key default gen_random_uuid(), user_id uuid not null, {0});"
)
LINES = """
create table public.lines (id uuid primary key default gen_random_uuid(), user_id uuid not null, raw {type} not null);
create function public.to_cents(p text) returns bigint language plpgsql immutable strict {leakproof} cost 0.1 as $$
begin
  return (replace(p, ',', '.')::numeric * 100)::bigint;
exception when invalid_text_representation then
  raise exception 'not an amount: %', p using errcode = '22P02';
end $$;
"""
OWN = "alter table {0} enable row level security; create policy own on {0} for select using (user_id = auth.uid());"


@pytest.mark.parametrize(
    ("kind", "leakproof", "status"),
    [
        ("text", "leakproof", Status.FAILED),
        ("varchar(60)", "leakproof", Status.FAILED),
        ("varchar(60)", "", Status.PASSED),
    ],
)
def test_what_is_hidden_reaches_a_leakproof_function_of_its_kind(server, tmp_path, kind, leakproof, status):
    wide = WIDE.format(
        ", ".join(f"c{n} text not null default '1' check (c{n} = '1')" for n in range(70))
    ) + OWN.format("public.a_wide")
    lines = LINES.format(type=kind, leakproof=leakproof) + OWN.format("public.lines")
    with system(server, tmp_path, wide, lines, migrations_as="superuser") as target:
        finding = by_subject(judged(target, "ISO005"))["public.to_cents(p text)"]
    assert finding.status is status, finding.detail
    if leakproof:
        assert "it is declared LEAKPROOF, so that it is asked before policies" in finding.detail
        assert finding.fix == "alter function public.to_cents(p text) not leakproof;"


def test_of_her_row_and_of_one_that_was_there_before_hers_is_told(server, tmp_path):
    lines = LINES.format(type="text", leakproof="leakproof") + OWN.format("public.lines")
    seeded = "insert into public.lines (user_id, raw) values (gen_random_uuid(), 'the first of all');"
    with system(server, tmp_path, lines, seeded, migrations_as="superuser") as target:
        finding = by_subject(judged(target, "ISO005"))["public.to_cents(p text)"]
    assert "canary-" in finding.detail
