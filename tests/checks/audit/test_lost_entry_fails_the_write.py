"""AUD004 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.audit import Write
from readiness_checks.audit.lost_entry_fails_the_write import lost_entry_fails_the_write
from trails import INSERT, NEW, OLD, evidence, write

THROUGH = write("UPDATE", OLD, NEW, recorded=False, obstructed=True, way="UPDATE with a log that refuses")
STOPPED = Write("UPDATE", "", "bob", None, None, (), "23514", "violates check", "update", obstructed=True)


def judge(*writes, **facts):
    return [*lost_entry_fails_the_write(evidence(*writes, **facts))]


def test_a_write_that_fails_with_its_entry_passes():
    (finding,) = judge(INSERT, STOPPED)
    assert finding.status is Status.PASSED


def test_a_write_that_goes_through_fails():
    (finding,) = judge(INSERT, THROUGH)
    assert finding.status is Status.FAILED
    assert "swallowed" in finding.detail


def test_nothing_is_said_of_what_was_not_tried():
    assert not judge(INSERT)
    assert not judge(THROUGH, recorded=False)


def test_a_write_that_changed_nothing_lost_nothing():
    unchanged = write("UPDATE", OLD, OLD, recorded=False, obstructed=True)
    (finding,) = judge(INSERT, unchanged)
    assert (finding.status, "changed nothing" in finding.detail) == (Status.UNKNOWN, True)
