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


LOWER = Index("a", "public.notes", (), "public.notes USING btree (lower(body))", False, False, True, 0)


@pytest.mark.parametrize(
    ("catalog", "first", "status"),
    [
        (table(), "lower(body)", Status.FAILED),
        (guarded("(lower(body) = 'x')"), "lower(body)", Status.PASSED),
        (table(), "now()", Status.PASSED),
    ],
    ids=["never asked", "asked", "of no column"],
)
def test_an_expression_is_asked_for_where_its_columns_are(catalog, first, status):
    (finding,) = indexes_are_asked_for(catalog, replace(CLOSED, indexes=(replace(LOWER, first=first),)))
    assert finding.status is status
