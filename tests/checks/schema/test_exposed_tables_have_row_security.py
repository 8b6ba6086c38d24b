"""SCH001 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, OPEN, UNTRIED, attacked, table
from pytest_readiness import Status
from pytest_readiness.evidence.schema import Grant
from readiness_checks.schema.exposed_tables_have_row_security import exposed_tables_have_row_security


@pytest.mark.parametrize("evidence", [(table(rls=False), OPEN, UNTRIED)])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = exposed_tables_have_row_security(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (table(rls=True), OPEN, UNTRIED),
        (table(rls=False), CLOSED, UNTRIED),
        (table(rls=False), OPEN, attacked(0)),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in exposed_tables_have_row_security(*evidence)} == {Status.PASSED}


def test_a_table_among_the_platforms_fails_as_well():
    queue = (Grant("pgmq.q_jobs", "anon", ("SELECT",)), Grant("pgmq.q_jobs", "authenticated", ("INSERT",)))
    (finding,) = exposed_tables_have_row_security(table(rls=True), replace(OPEN, unguarded=queue), UNTRIED)
    assert (finding.subject, finding.status) == ("pgmq.q_jobs", Status.FAILED)
    assert finding.detail.startswith("anon, authenticated may INSERT, SELECT pgmq.q_jobs ")


def test_a_schema_that_the_api_does_not_show_is_told():
    (finding,) = exposed_tables_have_row_security(table(rls=False), replace(OPEN, exposed=("api",)), UNTRIED)
    assert finding.status is Status.FAILED
    assert "the API does not show public" in finding.detail
