"""ISO011 on evidence made by hand: who of a tenant reads what names one of its members."""

import pytest

from pytest_readiness import Severity, Status
from pytest_readiness.evidence.access import AccessEvidence, RelationAccess
from readiness_checks.isolation.personal_rows_in_a_tenant import personal_rows_in_a_tenant


def judge(**facts):
    relation = RelationAccess(
        relation="public.notes",
        kind="table",
        owned_by="owner_id references auth.users",
        nobodys=False,
        keys_only=False,
        rows=1,
        unfilled="",
        published_by="",
        policies=(),
        reads=(),
        **facts,
    )
    (finding,) = personal_rows_in_a_tenant(AccessEvidence((relation,)))
    return finding


def test_what_a_colleague_reads_is_named_with_the_setting_that_forbids_it():
    finding = judge(shared=True, two_owners=True, shared_sql="select 'again'")
    assert finding.status is Status.FAILED
    assert finding.detail.startswith("As carol I read a row of public.notes that names alice")
    assert finding.reproduce == "select 'again'"
    assert finding.fix == 'If it is hers alone: [isolation] personal = ["public.notes"]'


@pytest.mark.parametrize(
    ("two", "said"), [(True, "another member of her tenant does not"), (False, "name no owner within a")]
)
def test_what_nobody_else_reads_passes_for_its_reason(two, said):
    finding = judge(two_owners=two)
    assert finding.status is Status.PASSED
    assert said in finding.detail


def test_it_decides_no_release():
    assert personal_rows_in_a_tenant.__readiness_check__.severity is Severity.INFO
