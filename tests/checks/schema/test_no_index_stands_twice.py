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


UNIQUE = Index("a", "public.notes", ("id",), "UNIQUE public.notes USING btree (id)", True, False, True, 0)
KEY = replace(UNIQUE, name="notes_pkey", constraint=True, bound=True)
SECOND = replace(UNIQUE, name="notes_id_key", constraint=True)


@pytest.mark.parametrize(
    ("indexes", "fix"),
    [
        ((SECOND, UNIQUE), "drop index concurrently a;"),
        ((KEY, SECOND), "alter table public.notes drop constraint notes_id_key;"),
        ((SECOND, replace(UNIQUE, bound=True)), "alter table public.notes drop constraint notes_id_key;"),
    ],
    ids=["beside a constraint", "beside the key", "to which others refer"],
)
def test_what_another_one_forbids_as_well_could_go(indexes, fix):
    (finding,) = no_index_stands_twice(replace(CLOSED, indexes=indexes))
    assert (finding.status, finding.fix) == (Status.FAILED, fix)


@pytest.mark.parametrize(
    "other",
    [replace(UNIQUE, name="b", immediate=False), replace(UNIQUE, name="b", sameness="UNIQUE id, body")],
    ids=["at the end of a transaction", "of another definition"],
)
def test_what_forbids_something_else_is_needed(other):
    (finding,) = no_index_stands_twice(replace(CLOSED, indexes=(UNIQUE, other)))
    assert finding.status is Status.PASSED


def test_what_cannot_go_is_not_asked_to():
    bound = replace(UNIQUE, bound=True)
    (finding,) = no_index_stands_twice(replace(CLOSED, indexes=(KEY, bound)))
    assert finding.status is Status.PASSED
