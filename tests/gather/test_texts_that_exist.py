"""A function that answers whether a value exists tells of others, where the value is no public name."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

GUESTS = """
create table public.guests (
  id uuid primary key default gen_random_uuid(), host uuid not null references auth.users, email text not null{key});
alter table public.guests enable row level security;
create policy own on public.guests using (host = auth.uid());
grant select, insert on public.guests to authenticated;
create function public.known({arguments}) returns {returns} language sql security definer as $$ {body} $$;
"""
EXISTS = "select exists (select 1 from public.guests g where {})"
KEYS = {"unique for each": ", unique (host, email)", "not unique": ""}
TOLD = {
    "whether": ("who text", "boolean", EXISTS.format("lower(g.email) = lower(who)")),
    "how many": ("who text", "bigint", "select count(*) from public.guests g where g.email = who"),
    "which": ("who text", "uuid", "select id from public.guests g where g.email = who limit 1"),
    "a key that is not looked at": (
        "one uuid, who text",
        "boolean",
        EXISTS.format("g.email = who or (g.id = one and false)"),
    ),
}
SOUND = {
    "one's own": ("who text", "boolean", EXISTS.format("g.email = who and g.host = auth.uid()")),
    "beside its key": ("one uuid, who text", "boolean", EXISTS.format("g.email = who and g.id = one")),
}
SITES = """
create table public.sites (
  id bigint generated always as identity primary key, owner uuid not null references auth.users,
  {name} text not null unique, notes text);
alter table public.sites enable row level security;
create policy own on public.sites using (owner = auth.uid());
grant select, insert on public.sites to authenticated;
create function public.known(said text) returns boolean language sql security definer as
$$ select exists (select from public.sites s where s.{name} = said) $$;
"""
ACCOUNTS = """
create table public.notes (id int generated always as identity primary key, owner uuid not null, body text);
alter table public.notes enable row level security;
create policy own on public.notes using (owner = auth.uid());
grant select on public.notes to authenticated;
create function public.known(p_email text) returns boolean language sql security definer as
$$ select exists (select from auth.users u where u.email = p_email{}) $$;
"""


def outcomes(server, tmp_path, sql, check="ISO007"):
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, check))
    return {subject.partition("(")[0]: one.status for subject, one in found.items()}


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("how", TOLD)
def test_an_answer_about_what_others_have_is_told(server, tmp_path, key, how):
    arguments, returns, body = TOLD[how]
    sql = GUESTS.format(key=KEYS[key], arguments=arguments, returns=returns, body=body)
    assert outcomes(server, tmp_path, sql)["public.known"] is Status.FAILED


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("how", SOUND)
def test_an_answer_about_ones_own_tells_nothing(server, tmp_path, key, how):
    arguments, returns, body = SOUND[how]
    sql = GUESTS.format(key=KEYS[key], arguments=arguments, returns=returns, body=body)
    assert outcomes(server, tmp_path, sql)["public.known"] is Status.PASSED


@pytest.mark.parametrize(
    ("name", "status"), [("slug", Status.PASSED), ("username", Status.PASSED), ("tax_no", Status.FAILED)]
)
def test_a_handle_may_be_asked_for_by_everybody(server, tmp_path, name, status):
    found = outcomes(server, tmp_path, SITES.format(name=name))
    assert found["public.known"] is status


@pytest.mark.parametrize(("more", "told"), [("", True), (" and u.id = auth.uid()", False)])
def test_who_has_an_account_is_to_note(server, tmp_path, more, told):
    found = outcomes(server, tmp_path, ACCOUNTS.format(more), "ISO010")
    assert (found.get("public.known") is Status.FAILED) is told
