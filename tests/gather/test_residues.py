"""Channels and privileges beside the policies are tried where they are open, and closed where they are not."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

NOTES = """
create table public.notes (id serial primary key, user_id uuid not null default auth.uid(), body text);
alter table public.notes enable row level security;
create policy own on public.notes using (user_id = auth.uid());
"""
CLOSED = """
revoke all on public.notes from anon, authenticated;
revoke all on sequence public.notes_id_seq from anon, authenticated;
grant select, insert on public.notes to authenticated;
grant usage on sequence public.notes_id_seq to authenticated;
"""
TEAMS = """
create table public.teams (id uuid primary key default gen_random_uuid(), name text);
create table public.team_members (
  team_id uuid references public.teams, user_id uuid references auth.users, primary key (team_id, user_id));
create table public.tasks (id serial primary key, team_id uuid not null references public.teams, title text);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.tasks enable row level security;
create policy own on public.team_members for select using (user_id = auth.uid());
create policy ours on public.tasks using ({});
"""
BY_CLAIM = "team_id::text = auth.jwt() -> 'app_metadata' ->> 'team_id'"
BY_MEMBERSHIP = "team_id in (select m.team_id from public.team_members m where m.user_id = auth.uid())"


@pytest.fixture
def found(server, tmp_path):
    """Return the findings beside the policies of a target."""

    def judge(*texts, check="ISO010"):
        with system(server, tmp_path, *texts) as target:
            return by_subject(judged(target, check))

    return judge


def test_privileges_that_no_policy_is_asked_for_are_used(found):
    beside = found(NOTES)
    for subject, said in (
        ("SETVAL", "setval on public.notes_id_seq"),
        ("TRIGGER", "a trigger on public.notes"),
    ):
        assert beside[subject].status is Status.FAILED, subject
        assert said in beside[subject].detail


def test_a_setval_of_ours_changes_no_number(server, tmp_path):
    with system(server, tmp_path, NOTES) as target:
        assert judged(target, "ISO010").findings
        with target.database() as connection:
            assert connection.execute("select is_called from public.notes_id_seq").fetchone() == (False,)


def test_without_the_privileges_they_are_not_even_tried(found):
    assert not {"SETVAL", "TRIGGER", "REFERENCES"} & found(NOTES + CLOSED).keys()


def test_a_reference_of_ones_own_holds_a_hidden_row(found):
    beside = found(NOTES + "grant create on schema public to authenticated;")
    assert beside["REFERENCES"].status is Status.FAILED
    assert found(NOTES)["REFERENCES"].status is Status.PASSED


def test_a_secret_in_a_function_is_read_by_whoever_may_not_call_it(found):
    beside = found(
        NOTES,
        "create function public.send() returns text language sql as $$ select concat('api_key', 'k9Zr44Aq81mnPP02') $$;"
        "revoke execute on function public.send() from public, anon, authenticated;",
    )
    assert "a secret in the body of a function: k9Zr…" in beside["public.send()"].detail


@pytest.mark.parametrize(("policy", "status"), [(BY_CLAIM, Status.FAILED), (BY_MEMBERSHIP, Status.PASSED)])
def test_a_token_that_outlives_a_membership_is_noted(found, policy, status):
    assert found(TEAMS.format(policy))["STALE CLAIMS"].status is status


def test_the_plan_of_a_query_estimates_where_the_catalog_is_closed(found):
    beside = found(NOTES)
    assert beside["public.notes: an estimate of how many rows there are"].status is Status.FAILED
    assert "public.notes: an estimate in the plan of a query" not in beside


def test_members_of_roles_that_reach_files_read_past_everything(server, tmp_path):
    text = NOTES + "grant pg_read_server_files to authenticated;"
    with system(server, tmp_path, text, migrations_as="superuser") as target:
        roles = by_subject(judged(target, "ISO009"))
        target.database().execute("revoke pg_read_server_files from authenticated")
    assert "pg_read_server_files" in roles["authenticated as pg_read_server_files"].detail


@pytest.mark.parametrize(
    ("grant", "status"),
    [("usage", Status.PASSED), ("usage, create", Status.FAILED)],
    ids=["used", "created in"],
)
def test_a_schema_in_which_functions_look_for_names_is_tried_and_pg_temp_is_none(found, grant, status):
    schema = f"""
    create schema budget; grant {grant} on schema budget to authenticated;
    create function budget.total() returns int language sql security definer
    set search_path = budget, pg_temp as 'select 1';
    """
    seen = found(NOTES + schema)
    assert seen["budget: names that others look for"].status is status
    assert not [subject for subject in seen if subject.startswith("pg_temp")]


def test_schemas_of_a_path_are_called_as_it_calls_them_and_those_that_are_not_there_are_not_tried(found):
    seen = found(
        NOTES
        + """
    create schema "My Budget"; grant usage, create on schema "My Budget" to authenticated;
    create function public.total() returns int language sql security definer
    set search_path = "$user", "My Budget", gone as 'select 1';
    """
    )
    suffix = ": names that others look for"
    tried = {subject.removesuffix(suffix) for subject in seen if subject.endswith(suffix)}
    assert tried & {"$user", "My", "Budget", "My Budget", "gone"} == {"My Budget"}
    assert seen[f"My Budget{suffix}"].status is Status.FAILED


DESK = """
create schema desk; grant usage, create on schema desk to authenticated;
create table public.clerks (user_id uuid primary key, level text);
alter table public.clerks enable row level security;
{}
"""
IS_CLERK = """
create function public.is_clerk() returns boolean language {} stable security definer set search_path = {} as $$
{}
$$;
create policy clerks on public.notes for select using (public.is_clerk());
"""
IN_PLPGSQL = "begin return exists (select from clerks c where c.user_id = auth.uid()); end"
EXPORT = """
create function public.everybodys() returns setof text language sql security definer set search_path = desk, public as $$
select body from public.notes where exists (select from clerks where user_id = auth.uid() and level = 'admin')
$$;
"""
CAPTURED = "make a table of one's own in desk for public.clerks, where {} looks for that name, and "


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            IS_CLERK.format("plpgsql", "desk, public", IN_PLPGSQL),
            CAPTURED.format("public.is_clerk()") + "then read `canary-",
        ),
        (
            IS_CLERK.format(
                "sql", '"$user", desk, public', "select auth.uid() in (select user_id from clerks)"
            ),
            CAPTURED.format("public.is_clerk()") + "then read `canary-",
        ),
        (EXPORT, CAPTURED.format("public.everybodys()") + "get `canary-"),
        (
            IS_CLERK.format("plpgsql", "public, desk", IN_PLPGSQL),
            "make a function or table of one's own in desk",
        ),
        (
            IS_CLERK.format("plpgsql", "desk, public", IN_PLPGSQL.replace(" clerks", " public.clerks")),
            "make a function or table of one's own in desk",
        ),
    ],
    ids=["a policy asks it", "in SQL", "it is called", "the schema comes later", "the name is whole"],
)
def test_a_table_of_ones_own_stands_for_the_one_that_a_function_looks_for(found, code, said):
    beside = found(NOTES + DESK.format(code))["desk: names that others look for"]
    assert beside.status is Status.FAILED
    assert said in beside.detail


@pytest.mark.parametrize("path", ["public", "pg_catalog, public", "public, pg_temp", "''"])
def test_a_temporary_table_stands_before_those_of_a_path_that_does_not_say_where_it_is(found, path):
    body = IN_PLPGSQL if path != "''" else IN_PLPGSQL.replace("from clerks", "from public.clerks")
    seen = found(NOTES + DESK.format(IS_CLERK.format("plpgsql", path, body)))
    beside = seen.get("pg_temp: names that others look for")
    named = "pg_temp" in path
    assert (beside is None) == named
    if beside:
        assert beside.status is (Status.PASSED if path == "''" else Status.FAILED)


def test_a_trigger_that_the_platform_lets_everybody_make_is_noted_alone(found):
    assert found(NOTES, check="ISO002")["public.notes"].status is Status.PASSED
