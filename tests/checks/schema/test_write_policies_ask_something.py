"""SCH006 on evidence made by hand."""

import pytest

from pointed import CLOSED, guarded
from pytest_readiness import Status
from readiness_checks.schema.write_policies_ask_something import write_policies_ask_something


@pytest.mark.parametrize(
    "evidence",
    [
        (guarded("true"), CLOSED),
        (guarded("(1 = 1)", command="UPDATE"), CLOSED),
        (guarded("( SELECT true)", command="DELETE"), CLOSED),
        (guarded("(auth.role() = 'service_role'::text)", "true", roles=("public",)), CLOSED),
    ],
)
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = write_policies_ask_something(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize(
    "evidence",
    [
        (guarded("(id = auth.uid())"), CLOSED),
        (guarded("true", roles=("service_role",)), CLOSED),
        (guarded("(is_active = true)", command="UPDATE"), CLOSED),
        (guarded("true", command="SELECT"), CLOSED),
        (guarded(check="true", command="INSERT"), CLOSED),
    ],
)
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in write_policies_ask_something(*evidence)} == {Status.PASSED}
