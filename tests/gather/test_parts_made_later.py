"""What makes parts of a table from time to time is run; where it cannot be, nobody is told that all is well."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

METERS = """
{grant}
create table public.readings (
  year int not null, archived boolean not null default false,
  reader uuid not null references auth.users, remark text not null) partition by range ({key});
create table public.readings_else partition of public.readings default;
alter table public.readings_else enable row level security;
alter table public.readings enable row level security;
create policy own on public.readings for select to authenticated using (reader = auth.uid());
create function public.begin_year(p_year int{more}) returns void language plpgsql as $$
begin
  {asks}
  execute format('create table public.readings_%s partition of public.readings for values from ({low}) to ({high})',
    p_year, p_year, p_year + 1);
  {mends}
end $$;
revoke all on function public.begin_year from public, anon, authenticated;
"""
SIMPLE = {"key": "year", "low": "%s", "high": "%s", "more": "", "asks": "", "mends": ""}
SIMPLE["grant"] = "alter default privileges in schema public grant select on tables to authenticated;"
EXPRESSION = SIMPLE | {"key": "(archived::int), year", "low": "0, %s", "high": "0, %s"}
SECURED = {
    "mends": "execute format('alter table public.readings_%s enable row level security', p_year);",
}
ASKING = {
    "more": ", p_word text",
    "asks": "if md5(p_word) <> 'feed' then raise exception using errcode = '28P01', message = 'no'; end if;",
}
IDLE = {"asks": "if md5(p_word) <> 'feed' then return; end if;"}
CLOSED = "alter default privileges in schema public revoke all on tables from anon, authenticated;"


@pytest.mark.parametrize("how", [SIMPLE, EXPRESSION], ids=["a column", "an expression before it"])
@pytest.mark.parametrize("mend", [{}, SECURED], ids=["open", "with policies"])
def test_a_part_that_is_made_later_is_read_by_its_own_name(server, tmp_path, how, mend):
    with system(server, tmp_path, METERS.format(**(how | mend))) as target:
        found = [one for one in judged(target, "ISO005").findings if "begin_year" in one.subject]
    assert [one.status for one in found] == ([] if mend else [Status.FAILED]), found


@pytest.mark.parametrize(
    ("how", "untried"),
    [(ASKING, True), (ASKING | {"grant": CLOSED}, False), (ASKING | IDLE, False)],
    ids=["open to clients", "closed", "nothing to make"],
)
def test_what_could_not_be_made_is_told_where_clients_might_read_it(server, tmp_path, how, untried):
    with system(server, tmp_path, METERS.format(**(SIMPLE | how))) as target:
        calls, beside = (judged(target, check) for check in ("ISO005", "ISO010"))
    assert not [one for one in calls.findings if "begin_year" in one.subject]
    found = by_subject(beside).get("public.begin_year(p_year integer, p_word text), untried")
    assert bool(found) is untried
    if found:
        assert found.status is Status.UNKNOWN
        assert "28P01" in found.detail
