"""Evidence is gathered once, whoever asks; what a dead or failing gatherer leaves is never a pass."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_readiness.gather.store import EvidenceError, Gatherer, Shard, Store
from pytest_readiness.gather.wallet.rendezvous import Rendezvous
from pytest_readiness.vocabulary import Strength, gatherer


class NoTarget:
    """Gatherers of these tests attack nothing, and nothing has to end with what they gather."""

    def gathering(self):
        return nullcontext()


@dataclass(frozen=True)
class Parts:
    pids: tuple[int, ...]

    @classmethod
    def merge(cls, parts: Sequence["Parts"]) -> "Parts":
        return cls(tuple(pid for part in parts for pid in part.pids))


@dataclass(frozen=True)
class Derived:
    count: int


@dataclass(frozen=True)
class Broken:
    pass


@dataclass(frozen=True)
class Held:
    value: object


@gatherer(strength=Strength.ATTACKED, shards=6)
def parts(shard: Shard) -> Parts:
    time.sleep(0.05)
    return Parts((os.getpid() + 0 * shard.index,))


@gatherer(strength=Strength.CATALOG)
def derived(parts: Parts) -> Derived:
    return Derived(len(parts.pids))


@gatherer(strength=Strength.ATTACKED)
def broken() -> Broken:
    raise RuntimeError("the server said no")


@gatherer(strength=Strength.ATTACKED)
def held() -> Held:
    return Held(lambda: None)


@gatherer(strength=Strength.ATTACKED, shards=2)
def suicidal(shard: Shard) -> Parts:
    if shard.index == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return Parts((shard.index,))


def store(folder, *functions):
    return Store(folder, NoTarget(), [Gatherer.of(function) for function in functions])


def test_each_shard_is_gathered_once_and_merged_in_order(tmp_path):
    assert len(store(tmp_path, parts).get(Parts).pids) == 6
    again = store(tmp_path, parts)
    started = time.perf_counter()
    assert len(again.get(Parts).pids) == 6
    assert time.perf_counter() - started < 0.05, "it was read, not gathered"


def test_workers_share_the_shards(tmp_path):
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        found = pool.starmap(gathered, [(tmp_path,), (tmp_path,)])
    assert found[0] == found[1]
    assert len(set(found[0])) == 2, "both took part"


def gathered(folder):
    return store(folder, parts).get(Parts).pids


def test_a_process_of_its_own_gathers_shards_side_by_side(tmp_path):
    meeting = threading.Barrier(2, timeout=10)

    @gatherer(strength=Strength.ATTACKED, shards=2)
    def meet(shard: Shard) -> Parts:
        meeting.wait()
        return Parts((shard.index,))

    assert Store(tmp_path, NoTarget(), [Gatherer.of(meet)], abreast=2).get(Parts).pids == (0, 1)


def test_shards_that_wait_for_one_another_are_gathered_at_once_on_one_cpu(tmp_path):
    meeting = threading.Barrier(4, timeout=10)

    @gatherer(strength=Strength.ATTACKED, shards=4, together=True)
    def together(shard: Shard) -> Parts:
        meeting.wait()
        return Parts((shard.index,))

    one = Store(tmp_path, NoTarget(), [Gatherer.of(together)], abreast=1)
    assert one.get(Parts).pids == (0, 1, 2, 3)


@dataclass(frozen=True)
class Folder:
    path: Path


@gatherer(strength=Strength.CATALOG)
def place() -> Folder:
    return Folder(Path(os.environ["READINESS_MEETING"]))


@gatherer(strength=Strength.ATTACKED, shards=4, together=True)
def met(folder: Folder, shard: Shard) -> Parts:
    Rendezvous(folder.path, "parts", shard.index, 4).wait("ready", 30)
    return Parts((os.getpid(),))


@gatherer(strength=Strength.CATALOG)
def whole(parts: Parts) -> Held:
    return Held(parts.pids)


def meeting_of(folder):
    return store(folder, place, met, whole).get(Held).value


def test_whoever_waits_for_what_is_made_of_them_takes_some_of_the_shards_that_meet(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", "2")
    monkeypatch.setenv("READINESS_MEETING", str(tmp_path))
    with multiprocessing.get_context("fork").Pool(2) as pool:
        found = pool.map(meeting_of, [tmp_path, tmp_path])
    assert found[0] == found[1]
    assert len(set(found[0])) == 2, "both took part"


def test_evidence_may_need_other_evidence(tmp_path):
    found = store(tmp_path, parts, derived)
    assert found.get(Derived) == Derived(6)
    assert found.strength(Derived) is Strength.CATALOG


def test_a_shard_whose_worker_died_is_lost_and_never_tried_again(tmp_path):
    context = multiprocessing.get_context("fork")
    worker = context.Process(target=lambda: store(tmp_path, suicidal).get(Parts))
    worker.start()
    worker.join(10)
    assert worker.exitcode == -signal.SIGKILL
    with pytest.raises(EvidenceError, match="died") as raised:
        store(tmp_path, suicidal).get(Parts)
    assert raised.value.reason == "lost"


@pytest.mark.parametrize(
    ("function", "kind", "said"),
    [(broken, Broken, "RuntimeError: the server said no"), (held, Held, "cannot be stored")],
)
def test_what_cannot_be_had_is_an_error_with_its_cause(tmp_path, function, kind, said):
    for _ in range(2):
        with pytest.raises(EvidenceError, match=said) as raised:
            store(tmp_path, function).get(kind)
        assert raised.value.reason == "error"


def test_evidence_that_nobody_gathers_is_an_error(tmp_path):
    with pytest.raises(EvidenceError, match=r"nothing gathers .*Derived"):
        store(tmp_path).get(Derived)


def test_a_gatherer_says_what_it_takes_and_returns():
    with pytest.raises(TypeError, match="must be annotated"):
        Gatherer.of(gatherer(strength=Strength.CATALOG)(lambda: None))

    def bare(target) -> Derived:
        return Derived(0)

    with pytest.raises(TypeError, match="argument 'target' has no annotation"):
        Gatherer.of(gatherer(strength=Strength.CATALOG)(bare))


def test_what_was_gathered_is_read_again_and_what_was_not_is_not_gathered_now(tmp_path):
    first = store(tmp_path, parts, derived, broken)
    with pytest.raises(EvidenceError, match="Derived was not gathered"):
        first.gathered(Derived)
    known = first.get(Derived)
    with pytest.raises(EvidenceError, match="the server said no"):
        first.get(Broken)
    later = store(tmp_path, parts, derived, broken)
    assert later.gathered(Derived) == known
    with pytest.raises(EvidenceError, match="the server said no"):
        later.gathered(Broken)
