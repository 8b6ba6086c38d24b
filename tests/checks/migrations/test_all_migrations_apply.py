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
    (finding,) = judge(Migration(command, Failure(command, 1, "", "exit status 1")))
    assert finding.status is Status.FAILED
    assert finding.reproduce == "DATABASE_URL=… npm run migrate"
    assert ": exit status 1, at" in finding.detail


def test_what_the_environment_may_be_to_blame_for_is_unknown():
    blamed = Failure("create extension x", 3, "0A000", "not available", environment="no such extension here")
    (finding,) = judge(Migration("003.sql", blamed))
    assert finding.status is Status.UNKNOWN
    assert finding.detail == "no such extension here: 0A000 not available, at line 3"


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
