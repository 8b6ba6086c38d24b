"""MIG012 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.migrations import Migration, MigrationEvidence
from readiness_checks.migrations.versions_are_in_order import versions_are_in_order


def judge(*names):
    files = tuple(Migration(name) for name in names)
    found = versions_are_in_order(MigrationEvidence(files, role="owner", superuser=False))
    return {finding.subject: finding.detail for finding in found if finding.status is Status.FAILED}


def test_a_version_twice_one_too_low_and_none_at_all():
    assert judge("m/1_a.sql", "m/2_b.sql", "m/2_c.sql").keys() == {"m/2_c.sql"}
    assert judge("m/10_a.sql", "m/9_b.sql").keys() == {"m/9_b.sql"}
    assert judge("m/1_a.sql", "m/2_b.sql", "m/c.sql").keys() == {"m/c.sql"}


def test_a_version_that_is_no_moment_among_moments():
    assert judge("20260101000000_a.sql", "20260102_b.sql", "20261301_c.sql").keys() == {"20261301_c.sql"}


def test_names_without_versions_and_folders_apart_are_left_alone():
    assert not judge("schema.sql", "policies.sql")
    assert not judge("a/1_a.sql", "a/2_b.sql", "b/1_a.sql", "V3__flyway.sql")


def test_the_versions_of_a_command_are_nobodys_to_see():
    files = (Migration("1_a.sql"), Migration("npm run migrate", command=True))
    found = versions_are_in_order(MigrationEvidence(files, role="owner", superuser=False))
    assert {f.subject: f.status for f in found} == {
        "1_a.sql": Status.PASSED,
        "npm run migrate": Status.UNKNOWN,
    }
