"""SCH004 on evidence made by hand."""

import pytest

from pointed import CLOSED, OPEN, UNTRIED, attacked, table
from pytest_readiness import Status
from readiness_checks.schema.views_ask_as_their_caller import views_ask_as_their_caller


@pytest.mark.parametrize(
    "evidence", [(table(kind="view"), OPEN, UNTRIED), (table(kind="view"), OPEN, attacked(1))]
)
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = views_ask_as_their_caller(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (table(kind="view"), OPEN, attacked(0)),
        (table(kind="view", options=("security_invoker=on",)), OPEN, UNTRIED),
        (table(kind="view"), CLOSED, UNTRIED),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in views_ask_as_their_caller(*evidence)} == {Status.PASSED}
