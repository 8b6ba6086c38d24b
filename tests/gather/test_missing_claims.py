"""Whoever brings no tenant is of none: code that gives him one gives him the rows of somebody."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

PLOTS = """
create table public.plots (id int generated always as identity primary key, farm {kind} not null, crop text);
alter table public.plots enable row level security;
{function}
create policy farm on public.plots for select to authenticated using ({asked});
"""
CLAIM = "(auth.jwt() -> 'app_metadata' ->> 'farm')"
RETURNS = f"""
create function public.farm() returns uuid language plpgsql stable as $$
declare t uuid := {CLAIM}::uuid;
begin if t is null then return '5ead1e55-0000-4000-8000-000000000001'; end if; return t; end $$;
"""
WORDS = f"""
create function public.ahead() returns text language plpgsql stable as $$
begin
  if {CLAIM} = 'a' then return 'gold'; elsif {CLAIM} = 'b' then return 'silver';
  elsif {CLAIM} = 'c' then return 'bronze'; elsif {CLAIM} = 'd' then return 'basic';
  elsif {CLAIM} = 'e' then return 'plus'; else return 'plain'; end if;
end $$;
create function public.farm() returns text language plpgsql stable as $$
begin if {CLAIM} is null then return 'main'; end if; return {CLAIM}; end $$;
"""


@pytest.mark.parametrize(
    ("kind", "function", "asked", "status"),
    [
        ("int", "", f"farm = coalesce({CLAIM}::int, 1)", Status.FAILED),
        ("text", "", f"farm = coalesce({CLAIM}, 'main')", Status.FAILED),
        ("uuid", RETURNS, "farm = public.farm()", Status.FAILED),
        ("text", WORDS, "public.ahead() <> 'none' and farm = public.farm()", Status.FAILED),
        ("int", "", f"farm = {CLAIM}::int", Status.PASSED),
        ("int", "", f"farm = coalesce({CLAIM}::int, 0)", Status.PASSED),
        ("text", "", f"farm = coalesce({CLAIM}, 'demo')", Status.PASSED),
        # All read that tenant's rows, and not those alone who bring nothing.
        ("int", "", f"farm = 7 or farm = coalesce({CLAIM}::int, 7)", Status.PASSED),
    ],
    ids=[
        "number",
        "word",
        "returned",
        "beside many words",
        "asked for",
        "nobody's",
        "everybody's",
        "open to all",
    ],
)
def test_a_tenant_is_not_given_to_whoever_brings_none(server, tmp_path, kind, function, asked, status):
    sql = PLOTS.format(kind=kind, function=function, asked=asked)
    with system(server, tmp_path, sql) as target:
        found = by_subject(judged(target, "ISO001"))["public.plots"]
    assert found.status is status, found.detail
    if status is Status.FAILED:
        assert "newcomer, given farm" in found.detail
