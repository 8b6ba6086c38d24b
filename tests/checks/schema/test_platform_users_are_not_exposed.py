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


def test_a_view_with_its_callers_rights_shows_them_to_whom_may_read_them_himself():
    catalog = table(kind="view", view="select * from auth.users", options=("security_invoker=on",))
    seen = replace(OPEN, views_of_users=("public.notes",))
    (finding,) = platform_users_are_not_exposed(catalog, seen)
    assert finding.status is Status.PASSED
    open_too = replace(seen, users_as_caller=(("public.notes", "anon"),))
    (finding,) = platform_users_are_not_exposed(catalog, open_too)
    assert finding.status is Status.FAILED
    assert finding.fix == "alter table auth.users enable row level security;"
    (finding,) = platform_users_are_not_exposed(catalog, replace(open_too, grants=()))
    assert finding.status is Status.PASSED
