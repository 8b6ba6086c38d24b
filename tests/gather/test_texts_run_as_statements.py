"""A function that runs the text it is given, with rights of its own, is given queries of what is hers."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

PATIENTS = """
create table public.patients (
  id uuid primary key default gen_random_uuid(), doctor uuid not null references auth.users, ailment text not null);
alter table public.patients enable row level security;
create policy own on public.patients for select using (doctor = auth.uid());
grant select on public.patients to authenticated;
"""
FUNCTION = """
create function public.run({arguments}) returns {returns} language plpgsql security {rights} as $$
declare found jsonb; text_ text; n bigint; one record;
begin {body} end $$;
"""
INNER = """
create function public.inner_run(q text) returns text language plpgsql as $$
declare found text; begin execute q into found; return found; end $$;
revoke execute on function public.inner_run from public, anon, authenticated;
"""
RUNS = {
    "nothing comes back": ("q text", "void", "execute q;"),
    "rows of one type": ("q text", "setof json", "return query execute q;"),
    "rows of any": (
        "q text, p jsonb default '{}'",
        "setof jsonb",
        "for one in execute q loop return next to_jsonb(one); end loop;",
    ),
    "a number": ("q text", "bigint", "execute format('select count(*) from (%s) x', q) into n; return n;"),
    "inside of a query": (
        "q text",
        "jsonb",
        (
            "if q !~* '^select' then raise exception 'no'; end if;"
            "execute 'select jsonb_agg(x) from (' || q || ') x' into found; return found;"
        ),
    ),
    "by another function": ("label text, q text", "text", "return label || public.inner_run(q);"),
    "as a column": (
        "q text",
        "text",
        "execute 'select ' || q || ' from public.patients' into text_; return text_;",
    ),
}
SOUND = {
    "with the rights of its caller": ("invoker", "execute q into found;"),
    "one of a list": (
        "definer",
        "if q <> all (array['select now()']) then raise exception 'no'; end if; execute q into found;",
    ),
    "quoted": ("definer", "execute format('select to_jsonb(%L::text)', q) into found;"),
}


def outcome(server, tmp_path, function):
    with system(server, tmp_path, PATIENTS + INNER + function, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))
    (one,) = [one for subject, one in found.items() if "public.run(" in subject]
    return one


@pytest.mark.parametrize("how", RUNS)
def test_who_runs_any_text_reads_all(server, tmp_path, how):
    arguments, returns, body = RUNS[how]
    function = FUNCTION.format(arguments=arguments, returns=returns, body=body, rights="definer")
    found = outcome(server, tmp_path, function)
    assert found.status is Status.FAILED
    assert "canary-" in found.detail


@pytest.mark.parametrize("how", SOUND)
def test_what_runs_no_text_of_the_callers_is_sound(server, tmp_path, how):
    rights, body = SOUND[how]
    function = FUNCTION.format(
        arguments="q text", returns="jsonb", body=f"{body} return found;", rights=rights
    )
    assert outcome(server, tmp_path, function).status is Status.PASSED
