"""MIG013 on evidence made by hand."""

from pytest_readiness import Status
from pytest_readiness.evidence.trials import Broken, CodeEvidence
from readiness_checks.migrations.code_left_behind_works import code_left_behind_works

BROKEN = Broken("f()", "function", "select x", "42703", "no column x", "1_a.sql", 9, "begin; …")


def test_what_fails_says_statement_state_and_place():
    findings = {
        f.subject: f for f in code_left_behind_works(CodeEvidence(("g()",), (BROKEN,), {"h()": "why"}))
    }
    assert findings["f()"].status is Status.FAILED
    assert "42703 no column x, in: select x (1_a.sql, line 9)" in findings["f()"].detail
    assert findings["g()"].status is Status.PASSED
    assert findings["h()"].status is Status.UNKNOWN
