"""A setting that policies compare with a word is made as they ask: by whoever runs SQL, or by a function."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

BOATS = """
create table public.boats (
  id int generated always as identity primary key, uid uuid not null default auth.uid(), berth text not null);
alter table public.boats enable row level security;
create policy own on public.boats using ({own});
grant select, insert on public.boats to anon, authenticated;
"""
OWN = "uid = auth.uid()"
SETS = """
create function public.set_option(name text, value text) returns void language plpgsql as
$$ begin perform set_config({name}, value, true); end $$;
"""
MODE = """
create function public.at_work() returns boolean language plpgsql stable as
$$ declare mode text := current_setting('ops.mode', true); begin return mode = 'maintenance'; end $$;
"""
LIFTED = {
    "to everybody": "create policy lift on public.boats using (current_setting('app.bypass', true) = 'on');",
    "as a truth": "create policy lift on public.boats for select to authenticated "
    "using (coalesce(nullif(current_setting('app.is_admin', true), ''), 'false')::boolean);",
    "one of a list": "create policy lift on public.boats for select "
    "using (lower(current_setting('app.actor', true)) in ('cron', 'nightly'));",
    "by a function": MODE + "create policy lift on public.boats using (public.at_work());",
}
SOUND = {
    "for the service": (
        OWN,
        "create policy lift on public.boats to service_role using (current_setting('app.bypass', true) = 'on');",
    ),
    "beside the caller": (f"{OWN} and coalesce(current_setting('app.mode', true), '') <> 'readonly'", ""),
}
SUBJECT = "public.boats: a setting that lifts its policies"


@pytest.mark.parametrize("how", LIFTED)
def test_what_a_setting_lifts_is_told(server, tmp_path, how):
    with system(server, tmp_path, BOATS.format(own=OWN), LIFTED[how], profile="supabase") as target:
        found = by_subject(judged(target, "ISO010"))[SUBJECT]
    assert found.status is Status.FAILED
    assert "what is alice's" in found.detail


@pytest.mark.parametrize("how", SOUND)
def test_a_setting_that_opens_nothing_to_clients_is_none(server, tmp_path, how):
    own, beside = SOUND[how]
    with system(server, tmp_path, BOATS.format(own=own), beside, profile="supabase") as target:
        found = by_subject(judged(target, "ISO010")).get(SUBJECT)
    assert found is None or found.status is Status.PASSED


@pytest.mark.parametrize(
    ("name", "status"), [("'app.' || name", Status.FAILED), ("'view.' || name", Status.PASSED)]
)
def test_a_function_that_makes_any_setting_makes_that_one(server, tmp_path, name, status):
    made = SETS.format(name=name) + LIFTED["to everybody"]
    with system(server, tmp_path, BOATS.format(own=OWN), made, profile="supabase") as target:
        found = by_subject(judged(target, "ISO006"))
    assert {one.status for subject, one in found.items() if "set_option" in subject} == {status}
