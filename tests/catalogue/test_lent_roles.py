"""Where tokens name roles of the project's own, users have the one that policies ask of, or a person says which."""

from pathlib import Path

import pytest

from pytest_readiness.providers.postgres import start
from pytest_readiness.settings import Isolation, Session
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SHIM = (Path(__file__).parents[2] / "fixtures" / "cases" / "shim.sql").read_text(encoding="utf-8")
LENT = "create role {0} nologin; grant {0} to authenticator; grant usage on schema public, auth to {0};"
GRADES = """
create table public.grades (
  id int generated always as identity primary key, student_id uuid not null references auth.users, note text not null);
alter table public.grades enable row level security;
"""
BY_CLAIMS = "student_id = (current_setting('request.jwt.claims', true)::json ->> 'sub')::uuid"
CLAIMS = "select set_config('request.jwt.claims', json_build_object('sub', %(user)s)::text, true)"


@pytest.fixture(scope="module")
def cluster():
    """A server of its own: roles and what is lent to them belong to the whole of it."""
    running = start("embedded", run_id="lent")
    yield running
    running.stop()


@pytest.fixture
def found(cluster, tmp_path):
    def judge(text, *checks, **isolation):
        given = {"profile": "postgres", "migrations_as": "superuser", "isolation": Isolation(**isolation)}
        with system(cluster, tmp_path, SHIM, GRADES + text, **given) as target:
            return [by_subject(judged(target, check)) for check in checks]

    return judge


def test_one_role_whose_policies_ask_the_setting_itself_is_the_users(found):
    everybodys = LENT.format("webuser") + (
        f"create policy own on public.grades for select to webuser using ({BY_CLAIMS});"
        "create policy del on public.grades for delete to webuser using (true);"
        "grant select, delete on public.grades to webuser;"
    )
    read, destroyed = found(everybodys, "ISO001", "ISO004")
    assert read["public.grades"].status is Status.PASSED
    assert destroyed["public.grades"].status is Status.FAILED


def test_of_several_a_person_has_to_say_which(found):
    both = "".join(map(LENT.format, ("pupil", "tutor"))) + (
        "create policy own on public.grades for select to pupil, tutor using (student_id = auth.uid());"
        "grant select on public.grades to pupil, tutor;"
        "create function public.wipe() returns void language sql security definer set search_path = '' "
        "as $$ delete from public.grades $$;"
    )
    ((alone,),) = (one.values() for one in found(both, "ISO005"))
    assert alone.status is Status.UNKNOWN
    assert "[isolation.session]" in alone.detail
    (told,) = found(
        both.replace("pupil", "child").replace("tutor", "adult"), "ISO005", session=Session("child", CLAIMS)
    )
    assert told["public.wipe()"].status is Status.FAILED


@pytest.mark.parametrize("declared", [False, True], ids=["as told from policies", "as declared"])
def test_what_a_token_may_name_instead_reads_what_a_policy_gives_it_by_name(found, declared):
    student, teacher = ("learner", "mentor") if declared else ("student", "teacher")
    sound = "".join(map(LENT.format, (student, teacher))) + (
        f"create policy own on public.grades for select to {student} using (student_id = auth.uid());"
        f"create policy all_of_it on public.grades for select to {teacher} using (true);"
        f"grant select on public.grades to {student}, {teacher};"
    )
    settings = {"session": Session(student, CLAIMS)} if declared else {}
    read, roles = found(sound, "ISO001", "ISO009", **settings)
    assert read["public.grades"].status is Status.PASSED
    assert roles[teacher].status is Status.PASSED


@pytest.mark.parametrize(
    "way",
    [
        "grant {1} to {0};",
        "",
    ],
    ids=["a client may become it", "it is whoever asks"],
)
def test_a_role_that_a_client_may_become_or_anybody_gets_is_no_teachers(found, way):
    user, other = ("hand", "foreman") if way else ("owner_of_own", "guest")
    open_ = (
        "".join(map(LENT.format, (user, other)))
        + way.format(user, other)
        + (
            f"create policy own on public.grades for select to {user} using (student_id = auth.uid());"
            f"create policy all_of_it on public.grades for select to {other} using (true);"
            f"grant select on public.grades to {user}, {other};"
        )
    )
    read, roles = found(open_, "ISO001", "ISO009")
    assert Status.FAILED in {finding.status for finding in (*read.values(), *roles.values())}


GROUPED = """
create role reporting_to_{0} nologin; create role books_of_{0} login in role reporting_to_{0};
create policy own on public.grades for select to {0} using (student_id = auth.uid());
create policy all_of_it on public.grades for select to reporting_to_{0} using (true);
grant select on public.grades to {0}, reporting_to_{0};
"""


@pytest.mark.parametrize(
    ("user", "member", "read", "login"),
    [
        ("clerk", "", Status.PASSED, Status.PASSED),
        ("typist", "grant reporting_to_typist to typist;", Status.FAILED, Status.PASSED),
        ("porter", "grant porter to books_of_porter;", Status.PASSED, Status.FAILED),
    ],
    ids=["a login", "a client", "a login that is a client's as well"],
)
def test_a_login_reads_what_a_policy_gives_its_group_and_a_client_does_not(found, user, member, read, login):
    made = LENT.format(user) + GROUPED.format(user) + member
    reads, roles = found(made, "ISO001", "ISO009", session=Session(user, CLAIMS))
    assert reads["public.grades"].status is read
    assert roles[f"books_of_{user}"].status is login


OWN = """
create policy own on public.grades for select to authenticated using (student_id = auth.uid());
grant select on public.grades to authenticated, service_role;
"""
KEPT = "alter table public.grades owner to keeper_of_{0}; grant keeper_of_{0} to {0};"
WEB = OWN + "create role {0} login noinherit; grant authenticated to {0};"


@pytest.mark.parametrize(
    ("more", "subject", "said"),
    [
        ("grant service_role to {0};", "{0} as service_role", "service_role, which no policy binds"),
        (
            "create role jobs_of_{0} nologin; grant service_role to jobs_of_{0}; grant jobs_of_{0} to {0};",
            *("{0} as service_role", "service_role by way of jobs_of_{0}, which no policy binds"),
        ),
        (
            "create role keeper_of_{0} nologin; grant usage on schema public to keeper_of_{0};" + KEPT,
            *("{0} as keeper_of_{0}", "keeper_of_{0}, which owns public.grades, whose policies do not bind it"),
        ),
    ],
    ids=["it has BYPASSRLS", "by way of another", "it owns the table"],
)  # fmt: skip
def test_a_login_that_may_become_what_no_policy_binds_is_told_to_note(found, more, subject, said):
    web = f"web{len(said)}"
    beside, roles = found(WEB.format(web) + more.format(web), "ISO010", "ISO009")
    finding = beside[subject.format(web)]
    assert finding.status is Status.FAILED
    assert finding.detail == f"Whoever runs SQL as {web} may become {said.format(web)}."
    assert finding.fix.startswith("revoke ")
    assert roles[web].status is Status.PASSED


@pytest.mark.parametrize(
    "more",
    [
        WEB,
        WEB + "create role keeper_of_{0} nologin; alter table public.grades force row level security;" + KEPT,
        OWN + "create role {0} login noinherit; grant service_role to {0};",
    ],
    ids=["it may not", "its policies bind the owner", "it is the backend's"],
)
def test_others_and_the_login_of_the_api_are_not(found, more):
    name = f"app{len(more)}"
    (beside,) = found(more.format(name), "ISO010")
    assert not {f"{name} as service_role", f"{name} as keeper_of_{name}"} & beside.keys()
    assert not [subject for subject in beside if subject.startswith("authenticator as ")]


MADE = """
create role archive_of_{0} nologin bypassrls; grant usage on schema public to archive_of_{0};
grant select on public.grades to archive_of_{0}; alter role {0} createrole;
"""


def test_a_login_that_grants_roles_to_itself_is_told_to_note(found):
    lent = "grant archive_of_steward to steward with admin true, inherit false, set false;"
    beside, roles = found(WEB.format("steward") + MADE.format("steward") + lent, "ISO010", "ISO009")
    finding = beside["steward by CREATEROLE"]
    assert finding.detail == (
        "Whoever runs SQL as steward may become what no policy binds, by granting it to itself."
    )
    assert finding.fix == 'alter role "steward" nocreaterole;'
    assert roles["steward"].status is Status.PASSED


def test_what_creates_roles_is_told_what_it_grants_itself_on_an_older_server(found):
    (beside,) = found(WEB.format("bursar") + MADE.format("bursar"), "ISO010")
    told = beside["bursar by CREATEROLE, elsewhere"].detail
    assert "may become archive_of_bursar, which no policy binds, on a server before PostgreSQL 16" in told


BYPASSING = "create role {0} nologin bypassrls; grant usage on schema public to {0}; grant select on public.grades to {0};"


@pytest.mark.parametrize(
    ("name", "more", "status"),
    [
        ("sums", "", Status.PASSED),
        ("counts", "create role batch nologin; grant counts to batch;", Status.PASSED),
        ("totals", "create role nightly login; grant totals to nightly;", Status.FAILED),
        ("ranks", "create role weekly nologin in role ranks; grant weekly to authenticated;", Status.FAILED),
        ("means", "alter role means login;", Status.FAILED),
    ],
    ids=["nobody's", "nobody's group's", "a login's", "a client's by way of another", "its own login's"],
)
def test_what_bypasses_policies_is_held_against_who_may_become_it(found, name, more, status):
    (roles,) = found(OWN + BYPASSING.format(name) + more, "ISO009")
    assert roles[name].status is status
    if status is Status.PASSED:
        assert "nobody can log in as it" in roles[name].detail
    found("revoke ranks from weekly;" if name == "ranks" else "")


HELD = (
    "create role {0} login; grant usage on schema public, auth to {0}; grant select on public.grades to {0};"
)
ITS_OWN = "create policy its on public.grades for select to {0} using (student_id = auth.uid());"
DRAFTS = """
create table public.drafts (id serial primary key, student_id uuid not null references auth.users, note text);
"""
CLERKS = ("clerk_a", "clerk_b", "clerk_c")
ALL_OF_IT = "create policy its on public.grades for select to {0} using (true);"


@pytest.mark.parametrize(
    ("name", "more", "blocked", "noted"),
    [
        ("sync", ITS_OWN + "alter role {0} replication;", "sync", ""),
        (
            "feed",
            ITS_OWN + "create role feeder nologin replication; grant feeder to {0};",
            "feed as feeder",
            "",
        ),
        ("lake_etl", ALL_OF_IT + "alter role {0} replication;", "", "lake_etl"),
        ("changes", "alter role {0} replication;", "", "changes"),
        ("plain", ITS_OWN, "", ""),
    ],
    ids=[
        "policies ask of it",
        "by way of another",
        "it may have all rows",
        "no policy is for it",
        "without it",
    ],
)
def test_a_login_that_may_read_the_log_of_writes_is_told_to_note_unless_policies_hold_it_back(
    found, name, more, blocked, noted
):
    roles, beside = found(OWN + (HELD + more).format(name), "ISO009", "ISO010")
    told = {subject for subject, one in roles.items() if one.status is Status.FAILED}
    assert {subject for subject in told if name in subject.split()} == {blocked} - {""}
    if blocked:
        assert "it has REPLICATION" in roles[blocked].detail
        assert roles[blocked].fix.endswith(" noreplication;")
    by_log = {subject for subject, one in beside.items() if "logical decoding" in one.detail}
    assert {subject for subject in by_log if name in subject.split()} == {noted} - {""}


@pytest.mark.parametrize(
    ("name", "role", "said"),
    [
        ("desk_a", "pg_monitor", "learn the text of statements in the sessions of all roles"),
        ("desk_b", "pg_read_all_stats", "learn the text of statements in the sessions of all roles"),
        ("desk_c", "pg_signal_backend", "end the sessions of all others"),
        (
            "desk_d",
            "pg_write_all_data",
            "destroy rows of others, as a member of pg_write_all_data, in public.drafts",
        ),
        (
            "desk_e",
            "pg_read_all_data",
            "become pg_read_all_data, which reads every table that no policy guards",
        ),
        (
            "desk_f",
            "pg_read_server_files",
            "become pg_read_server_files, which reaches the files of the server",
        ),
        ("desk_g", "pg_maintain", "take a lock that stops everybody, as a member of pg_maintain, on public."),
    ],
)
def test_what_the_server_s_own_roles_give_a_login_is_used(found, name, role, said):
    lent = f"alter role {name} noinherit; grant {role} to {name};"
    (beside,) = found(OWN + DRAFTS + (HELD + ITS_OWN).format(name) + lent, "ISO010")
    finding = beside[f"{name} as {role}"]
    assert finding.status is Status.FAILED
    assert said in finding.detail
    assert finding.fix == f'revoke "{role}" from "{name}";'


def test_what_they_give_without_being_asked_for_is_used_too_and_what_harms_nobody_is_not_told_of(found):
    lent = "grant pg_monitor to clerk_a; grant pg_read_all_data to clerk_b; grant pg_checkpoint to clerk_c;"
    held = "".join((HELD + ITS_OWN.replace(" its ", f" {name} ")).format(name) for name in CLERKS)
    beside, roles = found(OWN + DRAFTS + held + lent, "ISO010", "ISO009")
    assert beside["clerk_a as pg_monitor"].status is Status.FAILED
    assert "set role" not in beside["clerk_a as pg_monitor"].reproduce
    assert roles["clerk_b"].status is Status.FAILED
    assert "clerk_c as pg_checkpoint" not in beside


@pytest.mark.parametrize(
    ("role", "told"), [("pg_monitor", True), ("pg_read_all_stats", True), ("pg_signal_backend", False)]
)
def test_of_who_watches_the_server_and_serves_nobody_it_is_told_what_he_sees(found, role, told):
    name = f"agent_of_{role}"
    (beside,) = found(OWN + f"create role {name} login; grant {role} to {name};", "ISO010")
    assert (f"{name} as {role}" in beside) is told
    if told:
        assert (
            "learn the text of statements in the sessions of all roles" in beside[f"{name} as {role}"].detail
        )
