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
