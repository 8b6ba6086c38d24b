"""Trials and ledgers made by hand."""

from decimal import Decimal

import pytest

from pytest_readiness.evidence.wallet import Answer, Legal, Trial, Unassessed, WalletEvidence


@pytest.fixture
def trial():
    """Make a trial in which wallet a had 100 and gained what is said."""

    def make(rule, gain, *, accepted=True, legal=((True, -10),), control=False, subject="transfer"):
        ways = tuple(
            Legal(said, (("a", Decimal(want), Decimal(want)),) if want else ()) for said, want in legal
        )
        answer = Answer("transfer", accepted=accepted, result="id" if accepted else None)
        before, after = Decimal(100), None if gain is None else 100 + Decimal(gain)
        return Trial(
            rule,
            subject,
            "a transfer",
            control,
            (answer,),
            (("a", before),),
            (("a", after),),
            ways,
            "select 1;",
        )

    return make


@pytest.fixture
def behaves(trial):
    """Say how a check judges sound, broken, unproven and missing operations of its rule."""

    def check(function, rule):
        def judge(*trials, missing=()):
            return {f.subject: f for f in function(WalletEvidence(tuple(trials), tuple(missing)))}

        control = trial(rule, -10, control=True)
        refusal = trial(rule, 0, accepted=False, legal=((False, 0),))
        leak = trial(rule, -10, accepted=True, legal=((False, 0),))
        other = trial(next(r for r in type(rule) if r is not rule), -10, legal=((False, 0),))
        assert judge(control, refusal)["transfer"].status.value == "passed"
        broken = judge(control, leak)["transfer"]
        assert broken.status.value == "failed"
        assert broken.reproduce == "select 1;"
        assert "a -10" in broken.detail
        assert judge(control, refusal, other)["transfer"].status.value == "passed", "another rule's trial"
        assert judge(refusal)["transfer"].status.value == "unknown", "no control"
        dead = trial(rule, 0, accepted=False, control=True)
        assert judge(dead, refusal)["transfer"].status.value == "unknown", "the control was refused"
        line = judge(missing=[Unassessed(rule, "freeze", 'freeze = "select f()"')])["freeze"]
        assert line.status.value == "unknown"
        assert 'freeze = "select f()"' in line.detail

    return check
