"""SCH013 on evidence made by hand."""

import pytest

from pointed import CLOSED, guarded
from pytest_readiness import Status
from readiness_checks.schema.policies_look_the_caller_up_once import policies_look_the_caller_up_once


@pytest.mark.parametrize(
    "evidence",
    [
        (guarded("(id = auth.uid())"), CLOSED),
        (
            guarded("(EXISTS ( SELECT FROM members m WHERE ((m.note = notes.id) AND (m.who = auth.uid()))))"),
            CLOSED,
        ),
        (guarded("(exists ( SELECT 1) AND (id = (current_setting('a'))::uuid))"), CLOSED),
    ],
)
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = policies_look_the_caller_up_once(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (guarded("(id = ( SELECT auth.uid() AS uid))"), CLOSED),
        (
            guarded("(id = (( SELECT NULLIF(current_setting('app.me'::text, true), ''::text) AS n))::uuid)"),
            CLOSED,
        ),
        (guarded("(body = 'x')"), CLOSED),
        (guarded("(id IN ( SELECT m.note FROM members m WHERE (m.who = auth.uid())))"), CLOSED),
        (
            guarded(
                "(EXISTS ( SELECT FROM members m WHERE ((m.note = notes.id) AND "
                "(m.who = ( SELECT auth.uid() AS uid)))))"
            ),
            CLOSED,
        ),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in policies_look_the_caller_up_once(*evidence)} == {Status.PASSED}
