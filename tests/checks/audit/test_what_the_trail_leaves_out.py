"""AUD010 on evidence made by hand."""

from dataclasses import replace

from pytest_readiness import Status
from pytest_readiness.evidence.audit import AuditEvidence, Ending
from readiness_checks.audit.what_the_trail_leaves_out import what_the_trail_leaves_out
from trails import DELETE, INSERT, LOG, NEW, OLD, UPDATE, attacked, attempt, evidence, write

CALL = "a refused call of public.debit(numeric)"
REPLICA = write("UPDATE", OLD, NEW, replica=True, recorded=False)


def failed(audit, attacks):
    findings = what_the_trail_leaves_out(audit, attacks)
    return {finding.subject for finding in findings if finding.status is Status.FAILED}


def test_a_trail_that_holds_even_so_leaves_nothing_out():
    later = write("DELETE", OLD, None, entry={"at": "2026-01-02"})
    recorded = write("UPDATE", OLD, NEW, replica=True)
    refused = attacked(attempt("DELETE", "postgres", owner=True, done=False), attempt(CALL, done=False))
    assert failed(evidence(INSERT, UPDATE, later, recorded), refused) == set()


def test_each_residue_has_a_subject_of_its_own():
    attacks = attacked(attempt("DELETE", "postgres", owner=True), attempt(CALL, "alice", client=True))
    found = failed(evidence(INSERT, UPDATE, DELETE, REPLICA, verbs=("UPDATE",)), attacks)
    assert found == {
        "the trail in replica mode",
        "public.payments: changes alone",
        "public.audit_log: time",
        "public.audit_log: its owner",
        CALL,
    }


def test_a_log_without_room_for_the_next_month_is_a_residue():
    audit = replace(
        evidence(INSERT), endings=(Ending("a.log", ("2026-12-01",), "2026-11-26T10:00:00+00:00"),)
    )
    assert failed(audit, attacked()) == {"a.log: room"}


def test_a_log_that_tells_of_a_deletion_and_not_of_what_is_gone_is_a_residue():
    log = replace(LOG, columns=replace(LOG.columns, old="", row="row_id"))
    bare = write("DELETE", OLD, None, entry={"new_data": None, "row_id": 1, "at": "2026-01-02"})
    held = write("DELETE", OLD, None, entry={"new_data": OLD, "row_id": 1, "at": "2026-01-02"})
    subject = "public.payments: deleted rows"
    assert subject in failed(evidence(INSERT, bare, log=log), attacked())
    assert subject not in failed(evidence(INSERT, held, log=log), attacked())


def test_what_replica_mode_leaves_out_is_told_of_all_tables_at_once():
    (table,) = evidence(INSERT, UPDATE, REPLICA).tables
    audit = AuditEvidence((LOG,), tuple(replace(table, table=f"public.t{number}") for number in range(7)))
    findings = what_the_trail_leaves_out(audit, attacked())
    (told,) = (finding for finding in findings if finding.subject == "the trail in replica mode")
    assert "UPDATE of public.t0, public.t1, public.t2, public.t3, public.t4 and 2 more left" in told.detail


def test_what_clients_may_borrow_is_told_of_each_function():
    deeds = (attempt("a borrowed public.f", "anon"), attempt("a borrowed public.g", "anon", done=False))
    found = {one.subject: one for one in what_the_trail_leaves_out(evidence(INSERT), attacked(*deeds))}
    lent = found["public.audit_log: public.f on another table"]
    assert lent.status is Status.FAILED
    assert lent.fix == "revoke execute on function public.f() from public, anon;"
    assert found["public.audit_log: public.g on another table"].status is Status.PASSED


def test_of_an_owner_who_did_not_act_nothing_is_said():
    for attacks, told in (
        (attacked(attempt("DELETE", "postgres", owner=True, done=False)), True),
        (attacked(attempt("DELETE", done=False)), False),
        (attacked(entry="no table"), False),
    ):
        found = {finding.subject for finding in what_the_trail_leaves_out(evidence(INSERT), attacks)}
        assert ("public.audit_log: its owner" in found) is told
