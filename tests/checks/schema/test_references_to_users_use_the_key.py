"""SCH008 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, table
from pytest_readiness import Status
from readiness_checks.schema.references_to_users_use_the_key import references_to_users_use_the_key


@pytest.mark.parametrize("evidence", [(table(), replace(CLOSED, loose_references=(("public.notes", "fk"),)))])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = references_to_users_use_the_key(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize("evidence", [(table(), CLOSED)])
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in references_to_users_use_the_key(*evidence)} == {Status.PASSED}
