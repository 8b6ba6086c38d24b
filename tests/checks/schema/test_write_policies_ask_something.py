"""SCH006 on evidence made by hand."""

from dataclasses import replace

import pytest

from pointed import CLOSED, function, guarded
from pytest_readiness import Status
from pytest_readiness.evidence.catalog import Privileges, Trigger
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


OWN = "(id = ( SELECT auth.uid() AS uid))"
GUARD = "begin if new.id <> old.id then raise exception 'no'; end if; return new; end"


def judge(using, **facts):
    (finding,) = write_policies_ask_something(guarded(using, "true", "UPDATE", **facts), CLOSED)
    return finding


@pytest.mark.parametrize(
    ("using", "free"),
    [
        (OWN, "id"),
        ("((body = 'draft'::text) AND (id = auth.uid()))", "id"),
        ("(EXISTS ( SELECT 1 FROM members m WHERE (m.team = notes.id)))", "id"),
        ("(id = (current_setting('app.user'::text))::uuid)", "id"),
    ],
)
def test_a_row_that_becomes_anybodys_fails(using, free):
    finding = judge(using)
    assert finding.status is Status.FAILED
    assert f"set {free} of a row" in finding.detail


def test_a_function_of_ones_own_tells_whose_a_row_is():
    member = function(name="public.is_member").functions
    one = guarded("is_member(id)", "true", "UPDATE")
    (finding,) = write_policies_ask_something(replace(one, functions=member), CLOSED)
    assert finding.status is Status.FAILED
    assert write_policies_ask_something(one, CLOSED).__next__().status is Status.PASSED


@pytest.mark.parametrize(
    "using",
    [
        "(( SELECT auth.role() AS role) = 'admin'::text)",
        "(EXISTS ( SELECT 1 FROM admins a WHERE (a.id = auth.uid())))",
        "((body = 'draft'::text) AND (auth.role() = 'admin'::text))",
    ],
    ids=["a role", "another table's column", "a state"],
)
def test_who_may_do_all_may_do_so_without_a_check(using):
    assert judge(using).status is Status.PASSED


@pytest.mark.parametrize(
    ("update", "status"), [(("body",), Status.PASSED), (("id",), Status.FAILED), ((), Status.FAILED)]
)
def test_a_column_that_is_not_granted_stays(update, status):
    held = {"authenticated": Privileges(("id",), (), update)}
    one = replace(guarded(OWN, "true", "UPDATE", privileges=held), clients=("authenticated",))
    (finding,) = write_policies_ask_something(one, CLOSED)
    assert finding.status is status


@pytest.mark.parametrize(
    ("trigger", "status"),
    [
        (Trigger("t", "public.keep", GUARD, "O", ("UPDATE",)), Status.PASSED),
        (Trigger("t", "public.keep", GUARD, "D", ("UPDATE",)), Status.FAILED),
        (Trigger("t", "public.keep", GUARD, "O", ("INSERT",)), Status.FAILED),
        (Trigger("t", "public.log", "insert into log values (new.id)", "O", ("UPDATE",)), Status.FAILED),
    ],
    ids=["compares", "is off", "of another verb", "only records"],
)
def test_a_column_that_a_trigger_compares_stays(trigger, status):
    assert judge(OWN, triggers=(trigger,)).status is status
