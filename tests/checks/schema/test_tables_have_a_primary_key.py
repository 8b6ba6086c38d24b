"""SCH012 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, table
from pytest_readiness import Status
from readiness_checks.schema.tables_have_a_primary_key import tables_have_a_primary_key


def child(kind):
    """Return a table without a key below another one, of this kind."""
    found = table(primary_key=(), parent="public.whole")
    (relation,) = found.relations
    whole = replace(relation, table="whole", name="public.whole", kind=kind, primary_key=("id",), parent="")
    return replace(found, relations=(relation, whole))


@pytest.mark.parametrize("evidence", [(table(primary_key=()), CLOSED), (child("table"), CLOSED)])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = tables_have_a_primary_key(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (table(), CLOSED),
        (table(primary_key=(), parent="public.whole"), CLOSED),
        (child("partitioned table"), CLOSED),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in tables_have_a_primary_key(*evidence)} == {Status.PASSED}
