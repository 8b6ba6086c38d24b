"""Secrets of the platform are nobody's rows: what hands them out is told by values of their own."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

ORCHARDS = """
create table public.trees (
  id uuid primary key default gen_random_uuid(), grower_id uuid not null references auth.users, sort text not null);
alter table public.trees enable row level security;
create policy own on public.trees to authenticated using (grower_id = auth.uid());
grant select on public.trees to authenticated;
create table public.press_config (name text primary key, value jsonb not null);
alter table public.press_config enable row level security;
insert into public.press_config values ('press_api_secret', '""'), ('press_hours', '8');
create function public.ask_press() returns text language sql security definer set search_path = '' as $$
  select md5(current_setting('orchard.press_api_key', true)) $$;
create function public.told() returns {returns} language {language} security definer set search_path = '' as $$
  {body} $$;
"""
VAULT = "select decrypted_secret from vault.decrypted_secrets where name = '{}'"
TOLD = {
    "a setting": ("select current_setting('orchard.press_api_key', true)", Status.FAILED),
    "the end of it": ("select right(current_setting('orchard.press_api_key', true), 4)", Status.PASSED),
    "what was made with it": ("select public.ask_press()", Status.PASSED),
    "a public key": ("select current_setting('orchard.press_public_key', true)", Status.PASSED),
    "a secret of the vault": (VAULT.format("press_key"), Status.FAILED),
    "an address in the vault": (VAULT.format("press_url"), Status.PASSED),
    "a row": (
        "select value #>> '{}' from public.press_config where name = 'press_api_secret'",
        Status.FAILED,
    ),
    "another row": (
        "select value #>> '{}' from public.press_config where name = 'press_hours'",
        Status.PASSED,
    ),
}
SAID = {
    "in a notice": ("raise notice 'key %', current_setting('orchard.press_api_key', true);", Status.FAILED),
    "in an error": (
        "raise exception 'key %', current_setting('orchard.press_api_key', true);",
        Status.FAILED,
    ),
    "by a cast": ("perform current_setting('orchard.press_api_key', true)::int;", Status.PASSED),
}


@pytest.mark.parametrize("what", TOLD)
def test_what_a_function_returns(server, tmp_path, what):
    body, status = TOLD[what]
    sql = ORCHARDS.format(returns="text", language="sql", body=body)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))["public.told()"]
    assert found.status is status, found.detail
    assert ("secret of the platform" in found.detail) is (status is Status.FAILED)


@pytest.mark.parametrize("how", SAID)
def test_what_a_function_says_beside(server, tmp_path, how):
    body, status = SAID[how]
    sql = ORCHARDS.format(returns="void", language="plpgsql", body=f"begin {body} end")
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))["public.told()"]
    assert found.status is status, found.detail


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("select decrypted_secret from vault.decrypted_secrets where name = wanted", Status.FAILED),
        ("select current_setting(wanted, true)", Status.FAILED),
        ("select current_setting('orchard.' || wanted, true)", Status.PASSED),
        ("select value #>> '{}' from public.press_config where name = wanted", Status.FAILED),
        (
            "select value #>> '{}' from public.press_config where name = wanted and name like '%hours'",
            Status.PASSED,
        ),
    ],
)
def test_functions_that_are_told_which_one(server, tmp_path, body, status):
    sql = ORCHARDS.format(returns="text", language="sql", body=body).replace("told()", "told(wanted text)")
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))["public.told(wanted text)"]
    assert found.status is status, found.detail


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ("current_setting('orchard.press_api_key', true)", Status.FAILED),
        ("current_setting('orchard.press_api_key', true) is not null", Status.PASSED),
    ],
)
def test_views_that_show_settings(server, tmp_path, shown, status):
    view = f"""create view public.press as select {shown} as press, sort from public.trees where grower_id = auth.uid();
    grant select on public.press to authenticated;"""
    sql = ORCHARDS.format(returns="text", language="sql", body="select ''") + view
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO001"))["public.press"]
    assert found.status is status, found.detail
