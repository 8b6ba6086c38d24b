"""What stands in the environment for other servers and other tools does not reach the run."""

import os

import pytest

# Each is what somebody who works with production exports; most alone keep libpq from a socket without passwords.
LIBPQ = {
    "PGHOST": "db.example",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "1",
    "PGDATABASE": "production",
    "PGUSER": "admin",
    "PGPASSWORD": "secret",
    "PGPASSFILE": "/nowhere",
    "PGOPTIONS": "-c search_path=nowhere",
    "PGTARGETSESSIONATTRS": "standby",
    "PGREQUIREAUTH": "scram-sha-256",
    "PGCHANNELBINDING": "require",
    "PGGSSENCMODE": "require",
    "PGSSLMODE": "verify-full",
    "PGSSLROOTCERT": "/nowhere",
    "PGCLIENTENCODING": "SQL_ASCII",
    "PGTZ": "Asia/Tokyo",
}


@pytest.fixture(scope="module")
def project(make_project):
    return make_project()


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_variables_of_libpq_lead_nowhere_else(project, workers):
    run = project.run(workers, **LIBPQ)
    assert run.code == 0, run.output
    assert run.report["decision"]["value"] == "go"


def test_a_service_that_libpq_does_not_find_is_named(project):
    run = project.run(PGSERVICE="of-somebody-else")
    assert run.code == pytest.ExitCode.USAGE_ERROR, run.output
    assert "of-somebody-else" in run.output
    assert "To mend it: " in run.output
    assert "PGSERVICE" in run.output
    assert "Traceback" not in run.output
    assert not run.report["run"]["complete"]


def test_what_others_read_and_write_is_theirs(project, tmp_path):
    run = project.run(
        DATABASE_URL="postgresql://admin:open-sesame@db.example/production",
        LC_ALL="tr_TR.UTF-8",
        PYTHONOPTIMIZE="2",
        TMPDIR=str(tmp_path),
        HOME="/nowhere",
    )
    assert run.code == 0, run.output
    assert "open-sesame" not in run.path.read_text()
    # Somebody without a home keeps his cache there; root has a place of its own.
    assert {left.name for left in tmp_path.iterdir()} <= {f"pytest-readiness-{os.geteuid()}"}
