"""SCH015 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED
from pytest_readiness import Status
from pytest_readiness.evidence.schema import Index
from readiness_checks.schema.no_index_stands_twice import no_index_stands_twice


@pytest.mark.parametrize(
    "evidence",
    [
        (
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
                    Index(
                        "b",
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
    (finding, *_) = no_index_stands_twice(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (
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
                    Index("b", "public.notes", ("body",), "other", False, False, True, 0),
                ),
            ),
        ),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in no_index_stands_twice(*evidence)} == {Status.PASSED}
