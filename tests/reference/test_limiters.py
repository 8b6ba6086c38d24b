"""The reference's limiter is sound, and a mutant is killed by the check that it names."""

import re
import sys
from dataclasses import replace

import pytest

import readiness_reference
from limiters import STRICT, properties_of, tried
from pytest_readiness.gather.limits.bench import Job
from pytest_readiness.gather.limits.trials import try_limiter
from pytest_readiness.gather.limits.worlds import MOVED
from pytest_readiness.vocabulary import Status

MUTANTS = sorted(readiness_reference.MUTANTS.glob("LIM00*.py")) + sorted(
    readiness_reference.MUTANTS.glob("LIM010*.py")
)
KILLS = re.compile(r"^# kills: (\w+)$", re.MULTILINE)
# One of each check: the others stand in the catalogue.
FEW = sorted({path.name[:6]: path for path in reversed(MUTANTS)}.values())
SOUND = "readiness_reference.services.limits:make_limiter"


def test_the_sound_limiter_passes_every_check():
    findings = tried(SOUND)
    assert len({finding.subject for finding in findings}) == len(findings) > 25
    assert [finding for finding in findings if finding.status is not Status.PASSED] == []
    if sys.platform == "linux":
        assert all(MOVED in finding.detail for finding in findings)


@pytest.mark.parametrize("mutant", FEW, ids=lambda path: path.stem)
def test_the_named_check_kills_the_mutant(mutant):
    killer = KILLS.search(mutant.read_text()).group(1)
    findings = tried(f"readiness_reference.mutants.{mutant.stem}:make_limiter", properties_of(killer))
    failures = [finding for finding in findings if finding.status is Status.FAILED]
    assert failures, findings
    assert all(failure.reproduce for failure in failures)


RECORDS_ALL = """
import types
import uuid

class make_limiter:
    def __init__(self, redis, limit, window):
        self._redis, self._limit, self._window = redis, limit, window

    def hit(self, key):
        row = f"all:{key}"
        seconds, micro = self._redis.time()
        now = seconds * 1_000_000 + micro
        pipeline = self._redis.pipeline()
        pipeline.zremrangebyscore(row, "-inf", now - self._window * 1_000_000)
        pipeline.zadd(row, {uuid.uuid4().hex: now})
        pipeline.zcard(row)
        pipeline.pexpire(row, int(self._window * 1000))
        return types.SimpleNamespace(allowed=pipeline.execute()[2] <= self._limit)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the state is measured where a clock can be moved")
@pytest.mark.parametrize("counts_refused", [True, False])
def test_state_that_refusals_add_to_is_waited_for_where_they_do_not_count(tmp_path, counts_refused):
    (tmp_path / "records_all.py").write_text(RECORDS_ALL)
    promise = replace(STRICT, counts_refused=counts_refused)
    job = Job("it", "records_all:make_limiter", (str(tmp_path), *sys.path), promise, ("exact",))
    *_, last = try_limiter(job).observations
    assert sum(hit.allowed for hit in last.hits) == last.limit
    if counts_refused:
        assert (len(last.hits), last.what) == (600, "600 hits, one after another")
    else:
        assert len(last.hits) > 600
        assert last.what.endswith("refusals still add to the state after 4 s")
