"""MIG001 on evidence made by hand: one finding a file, and the environment is not the file's fault."""

import pytest

from pytest_readiness import Status
from pytest_readiness.evidence.migrations import Failure, Migration, MigrationEvidence
from readiness_checks.migrations.all_migrations_apply import all_migrations_apply

FAILURE = Failure("alter table missing add x int", 7, "42P01", 'relation "missing" does not exist')


def judge(*migrations):
    return list(all_migrations_apply(MigrationEvidence(migrations, role="owner", superuser=False)))


def test_a_file_that_applies_passes():
    (finding,) = judge(Migration("001.sql"))
    assert (finding.subject, finding.status) == ("001.sql", Status.PASSED)


def test_a_file_that_fails_says_where_and_how_to_see_it_again():
    (finding,) = judge(Migration("002.sql", FAILURE))
    assert finding.status is Status.FAILED
    assert finding.detail == ('002.sql does not apply: 42P01 relation "missing" does not exist, at line 7.')
    assert finding.reproduce == "psql -X -v ON_ERROR_STOP=1 -1 -U owner -f 002.sql"
    assert finding.fix == "Mend line 7: alter table missing add x int"


def test_a_command_is_shown_as_a_command():
    command = "npm run migrate"
    (finding,) = judge(Migration(command, Failure(command, 1, "", "exit status 1"), command=True))
    assert finding.status is Status.FAILED
    assert finding.reproduce == "DATABASE_URL=… npm run migrate"
    assert ": exit status 1, at" in finding.detail


def test_what_the_environment_may_be_to_blame_for_is_unknown():
    blamed = Failure("create extension x", 3, "0A000", "not available", environment="no such extension here")
    (finding,) = judge(Migration("003.sql", blamed))
    assert finding.status is Status.UNKNOWN
    assert finding.detail == "no such extension here: 0A000 not available, at line 3."


@pytest.mark.parametrize("failure", [None, FAILURE])
def test_a_file_that_was_not_reached_is_unknown(failure):
    (finding,) = judge(Migration("004.sql", failure, reached=False))
    assert finding.status is Status.UNKNOWN
    assert "not reached" in finding.detail


def test_every_file_gets_its_own_finding_in_order():
    found = judge(Migration("1.sql"), Migration("2.sql", FAILURE), Migration("3.sql", reached=False))
    assert [(f.subject, f.status) for f in found] == [
        ("1.sql", Status.PASSED),
        ("2.sql", Status.FAILED),
        ("3.sql", Status.UNKNOWN),
    ]


def test_a_file_that_fails_says_what_depends_on_it():
    bills = ("create table public.bills (id int)", "alter table public.notes add column bill int")
    first = Migration("1.sql", Failure("select 1 / 0", 1, "22012", "division by zero"), undone=bills)
    gone = 'relation "public.bills" does not exist'
    marks = ("create table public.marks (bill int references public.bills)",)
    second = Migration("2.sql", Failure(marks[0], 1, "42P01", gone), undone=marks)
    column = Failure("select bill from notes", 1, "42703", 'column "bill" does not exist')
    alone = Failure("select * from other", 1, "42P01", 'relation "other" does not exist')
    found = judge(first, second, Migration("3.sql", column), Migration("4.sql", alone))
    assert found[0].detail == (
        "1.sql does not apply: 22012 division by zero, at line 1. "
        "For want of it fails too: 2.sql (no relation public.bills), 3.sql (no column bill). "
        "Not there, so that no check could judge it: table public.bills, column bill of public.notes. "
        "Judged as it is without that: public.notes."
    )
    assert found[1].fix.startswith("Mend 1.sql first, which would have made relation public.bills. Then: ")
    assert "For want of it" not in found[1].detail
    assert found[3].fix == "Mend line 1: select * from other"


def test_what_another_file_made_is_there():
    lost = ("create table if not exists public.bills (id int)",)
    first = Migration("1.sql", FAILURE, undone=lost)
    found = judge(first, Migration("2.sql", sql="create table bills (id int);"))
    assert "Not there" not in found[0].detail
