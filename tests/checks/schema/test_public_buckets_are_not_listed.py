"""SCH023 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED
from pytest_readiness import Status
from pytest_readiness.evidence.schema import StoragePolicy
from readiness_checks.schema.public_buckets_are_not_listed import public_buckets_are_not_listed


@pytest.mark.parametrize(
    "evidence",
    [
        (
            replace(
                CLOSED,
                listed_buckets=("a",),
                storage=(StoragePolicy("l", ("public",), "(bucket_id = 'a'::text)"),),
            ),
        )
    ],
)
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = public_buckets_are_not_listed(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (
            replace(
                CLOSED,
                listed_buckets=("a",),
                storage=(
                    StoragePolicy("l", ("public",), "((bucket_id = 'a'::text) AND (owner = auth.uid()))"),
                ),
            ),
        ),
        (replace(CLOSED, listed_buckets=("a",)),),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in public_buckets_are_not_listed(*evidence)} == {Status.PASSED}
