"""ISO009 on evidence made by hand: what it holds against whom, and in which words."""

from pytest_readiness.evidence.attacks import Assault, RoleEvidence
from pytest_readiness.vocabulary import Status
from readiness_checks.isolation.roles_obey_policies import roles_obey_policies


def test_it_judges_its_own_kinds_of_harm(counted):
    assert counted(roles_obey_policies, RoleEvidence, "ROLE") == {"bypassed"}


def test_a_harm_is_told_in_a_sentence(harm, judged):
    finding = judged(roles_obey_policies, RoleEvidence, harm("bypassed"), verb="ROLE", subject="reporting")
    assert finding.detail == "As bob (reporting) I read alice's row in public.payments: `canary-1`."
    assert finding.reproduce == "select 'again'"
    assert "alter role reporting nobypassrls" in finding.fix


def test_a_project_without_roles_of_its_own_passes_and_a_channel_is_no_role():
    (finding,) = roles_obey_policies(RoleEvidence((Assault("public.notes: a lock", "LOOK", 1),)))
    assert (finding.subject, finding.status) == ("client roles", Status.PASSED)
