"""A worker that dies while it gathers loses that evidence, and no other."""

EVIDENCE = """
    import os, signal
    from dataclasses import dataclass

    from pytest_readiness import Severity, Shard, Strength, Target, check, gatherer, passed

    @dataclass(frozen=True)
    class Whole:
        pass

    @dataclass(frozen=True)
    class Part:
        @classmethod
        def merge(cls, parts):
            return parts[0]

    @gatherer(strength=Strength.ATTACKED)
    def whole(target: Target) -> Whole:
        os.kill(os.getpid(), signal.SIGKILL)

    @gatherer(strength=Strength.ATTACKED, shards=3)
    def part(target: Target, shard: Shard) -> Part:
        if shard.index == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return Part()

    @check(id="AFIRST", title="t", severity=Severity.LOW)
    def first(whole: Whole):
        yield passed("it")

    @check(id="ASECOND", title="t", severity=Severity.LOW)
    def second(whole: Whole):
        yield passed("it")

    @check(id="APART", title="t", severity=Severity.LOW)
    def in_parts(part: Part):
        yield passed("it")
"""
STILL = """
    import pytest

    @pytest.mark.readiness(id="MARKED", title="t", severity="low")
    @pytest.mark.parametrize("number", range(5))
    def test_goes_on(number):
        pass
"""


def test_evidence_whose_worker_was_killed_is_lost_and_the_rest_is_judged(make_project):
    project = make_project({"readiness/evidence.py": EVIDENCE, "readiness/test_still.py": STILL})
    run = project.run("-n2")
    assert run.report["run"]["complete"], run.output
    for check in ("AFIRST", "ASECOND", "APART"):
        assert run.findings(check) == {check: "lost"}, check
    assert set(run.findings("MARKED").values()) == {"passed"}
    assert len(run.findings("MARKED")) == 5
    assert run.outcomes()["ISO001"] == run.outcomes()["MIG001"] == "passed", run.output


def test_a_run_whose_workers_are_not_replaced_is_not_complete_and_not_good(make_project):
    project = make_project({"readiness/evidence.py": EVIDENCE})
    run = project.run("-n1", "--max-worker-restart=0")
    assert run.code != 0, run.output
    assert run.report["decision"]["value"] in {"unknown", "no-go"}
    assert not run.report["gate"]["holds"]
