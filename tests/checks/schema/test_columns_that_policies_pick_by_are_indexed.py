"""SCH025 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, guarded
from pytest_readiness import Status
from pytest_readiness.evidence.catalog import ForeignKey
from pytest_readiness.evidence.schema import Index
from readiness_checks.schema.columns_that_policies_pick_by_are_indexed import (
    columns_that_policies_pick_by_are_indexed,
)

OWN = "(body = ( SELECT auth.uid() AS uid))"


def indexed(*columns, method="btree", partial=False, valid=True):
    sameness = f"public.notes USING {method} ({', '.join(columns)})"
    return replace(CLOSED, indexes=(Index("i", "public.notes", columns, sameness, False, partial, valid, 0),))


@pytest.mark.parametrize(
    "evidence",
    [
        (guarded(OWN), CLOSED),
        (guarded("(body = auth.uid())"), CLOSED),
        (
            guarded("((id = 1) OR (body = (NULLIF(current_setting('app.me'::text, true), ''::text))::uuid))"),
            CLOSED,
        ),
        (guarded(OWN), indexed("id", "body")),
        (guarded(OWN), indexed("body", partial=True)),
        (guarded(OWN), indexed("body", valid=False)),
        (guarded(OWN), indexed("body", method="brin")),
    ],
)
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = columns_that_policies_pick_by_are_indexed(*evidence)
    assert finding.status is Status.FAILED
    assert finding.subject == "public.notes (body)"
    assert finding.reproduce
    assert finding.fix


def with_key(catalog):
    (relation,) = catalog.relations
    keys = (ForeignKey(("body",), "public.teams", ("id",)),)
    return replace(catalog, relations=(replace(relation, foreign_keys=keys),))


@pytest.mark.parametrize(
    "evidence",
    [
        (guarded(OWN), indexed("body", "id")),
        (guarded(OWN), indexed("body", method="hash")),
        (guarded("(EXISTS ( SELECT FROM members m WHERE (m.body = auth.uid())))"), CLOSED),
        (guarded("(body = 'x')"), CLOSED),
        (with_key(guarded(OWN)), CLOSED),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in columns_that_policies_pick_by_are_indexed(*evidence)} == {
        Status.PASSED
    }
