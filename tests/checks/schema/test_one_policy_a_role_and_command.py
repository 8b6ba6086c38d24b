"""SCH014 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, NOTES
from pytest_readiness import Status
from pytest_readiness.evidence.catalog import Policy
from readiness_checks.schema.one_policy_a_role_and_command import one_policy_a_role_and_command
from relations import catalog


def twice(*commands):
    policies = tuple(
        Policy(name, command, ("public",), True, "true", "")
        for name, command in zip("ab", commands, strict=True)
    )
    return catalog(replace(NOTES, rls=True, policies=policies))


@pytest.mark.parametrize("evidence", [(twice("SELECT", "ALL"), CLOSED)])
def test_what_the_catalog_points_at_fails(evidence):
    (finding, *_) = one_policy_a_role_and_command(*evidence)
    assert finding.status is Status.FAILED
    assert finding.reproduce
    assert finding.fix


@pytest.mark.parametrize("evidence", [(twice("SELECT", "UPDATE"), CLOSED)])
def test_what_is_sound_passes(evidence):
    assert {finding.status for finding in one_policy_a_role_and_command(*evidence)} == {Status.PASSED}
