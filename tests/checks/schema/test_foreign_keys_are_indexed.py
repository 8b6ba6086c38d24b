"""SCH011 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, table
from pytest_readiness import Status
from pytest_readiness.evidence.catalog import ForeignKey
from pytest_readiness.evidence.schema import Index
from readiness_checks.schema.foreign_keys_are_indexed import foreign_keys_are_indexed


@pytest.mark.parametrize(
    "evidence",
    [
        (table(foreign_keys=(ForeignKey(("body",), "public.teams", ("id",)),)), CLOSED),
        (
            table(foreign_keys=(ForeignKey(("body",), "public.teams", ("id",)),)),
            replace(
                CLOSED,
                indexes=(
                    Index(
                        "i",
                        "public.notes",
                        ("id", "body"),
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
            table(foreign_keys=(ForeignKey(("body",), "public.teams", ("id",)),)),
            replace(
                CLOSED,
                indexes=(
                    Index(
                        "i",
                        "public.notes",
                        ("body",),
                        "public.notes USING btree (body)",
                        False,
                        True,
                        True,
                        0,
                    ),
                ),
            ),
        ),
    ],
)
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = foreign_keys_are_indexed(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (
            table(foreign_keys=(ForeignKey(("body",), "public.teams", ("id",)),)),
            replace(
                CLOSED,
                indexes=(
                    Index(
                        "i",
                        "public.notes",
                        ("body", "id"),
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
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in foreign_keys_are_indexed(*evidence)} == {Status.PASSED}


def test_an_index_that_tells_blocks_alone_serves_no_key():
    brin = Index("i", "public.notes", ("body",), "public.notes USING brin (body)", False, False, True, 0)
    catalog = table(foreign_keys=(ForeignKey(("body",), "public.teams", ("id",)),))
    (finding,) = foreign_keys_are_indexed(catalog, replace(CLOSED, indexes=(brin,)))
    assert finding.status is Status.FAILED
