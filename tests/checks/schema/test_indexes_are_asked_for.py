"""SCH016 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, guarded, table
from pytest_readiness import Status
from pytest_readiness.evidence.schema import Index
from readiness_checks.schema.indexes_are_asked_for import indexes_are_asked_for


@pytest.mark.parametrize(
    "evidence",
    [
        (
            table(),
            replace(
                CLOSED,
                indexes=(
                    Index(
                        "a",
                        "public.notes",
                        ("body",),
                        "public.notes USING btree (body)",
                        False,
                        False,
                        True,
                        0,
                    ),
                ),
            ),
        )
    ],
)
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = indexes_are_asked_for(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (
            table(),
            replace(
                CLOSED,
                indexes=(
                    Index(
                        "a",
                        "public.notes",
                        ("body",),
                        "public.notes USING btree (body)",
                        False,
                        False,
                        True,
                        1,
                    ),
                ),
            ),
        ),
        (
            guarded("(body = 'x')"),
            replace(
                CLOSED,
                indexes=(
                    Index(
                        "a",
                        "public.notes",
                        ("body",),
                        "public.notes USING btree (body)",
                        False,
                        False,
                        True,
                        0,
                    ),
                ),
            ),
        ),
        (
            table(),
            replace(
                CLOSED,
                indexes=(
                    Index(
                        "a",
                        "public.notes",
                        ("body",),
                        "public.notes USING btree (body)",
                        True,
                        False,
                        True,
                        0,
                    ),
                ),
            ),
        ),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in indexes_are_asked_for(*evidence)} == {Status.PASSED}
