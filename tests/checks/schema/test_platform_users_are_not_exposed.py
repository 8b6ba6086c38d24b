"""SCH003 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import OPEN, table
from pytest_readiness import Status
from readiness_checks.schema.platform_users_are_not_exposed import platform_users_are_not_exposed


@pytest.mark.parametrize(
    "evidence",
    [(table(kind="view", view="select * from auth.users"), replace(OPEN, views_of_users=("public.notes",)))],
)
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = platform_users_are_not_exposed(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (
            table(kind="view", view="select * from auth.users where id = auth.uid()"),
            replace(OPEN, views_of_users=("public.notes",)),
        ),
        (table(kind="view"), OPEN),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in platform_users_are_not_exposed(*evidence)} == {Status.PASSED}
