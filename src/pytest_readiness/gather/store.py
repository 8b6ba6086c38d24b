"""Evidence is gathered once a run, however many checks and workers want it.

Each kind of evidence has a fixed number of shards. Whoever needs it takes the lock of a shard that
nobody is gathering; a shard whose worker died is lost, and never tried again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pickle
import time
import typing
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_readiness.vocabulary import GATHERER_ATTRIBUTE, GathererSpec, Strength

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pytest_readiness.target.target import Target

T = TypeVar("T")
_WAIT_S, _OFFER_S = 0.005, 0.05
"""Between two looks for something to gather, and long enough for another process to have looked."""


class EvidenceError(Exception):
    """Evidence could not be had. ``reason`` is the word for the finding."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Shard:
    """One of the independent parts that evidence is gathered in."""

    index: int
    count: int

    def part(self, items: Iterable[T], name: Callable[[T], str] = str) -> list[T]:
        """Return the items that belong to this part, told by their names: whatever else there is."""
        return [item for item in items if zlib.crc32(name(item).encode()) % self.count == self.index]


@dataclass(frozen=True, slots=True)
class Gatherer:
    """A function that obtains one kind of evidence."""

    function: Callable[..., Any]
    spec: GathererSpec
    kind: type
    needs: dict[str, Any]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Gatherer:
        """Read a function that was declared with ``@gatherer``.

        Raises:
            TypeError: It does not say what it returns, or an argument has no annotation.
        """
        hints = typing.get_type_hints(function)
        kind = hints.pop("return", None)
        if not isinstance(kind, type):
            raise TypeError(f"{_place(function)}: a gatherer must be annotated with the evidence it returns")
        return cls(function, getattr(function, GATHERER_ATTRIBUTE), kind, annotated(function, hints))


def _nothing_gathers(kind: type) -> str:
    said = f"nothing gathers {kind.__module__}.{kind.__qualname__}"
    if kind.__name__ == "Target":
        return (
            f"{said}: a check judges evidence and attacks nothing; take Target in a function with @gatherer, "
            "and in the check the type that it returns"
        )
    return f"{said}: no function with @gatherer returns it"


def annotated(function: Callable[..., Any], hints: dict[str, Any]) -> dict[str, Any]:
    """Return the type of each argument.

    Raises:
        TypeError: An argument has no annotation, so that nothing says which evidence it takes.
    """
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    missing = [name for name in names if name not in hints]
    if missing:
        raise TypeError(
            f"{_place(function)}: argument {missing[0]!r} has no annotation; evidence is matched by type, "
            "never by name"
        )
    return {name: hints[name] for name in names}


def _place(function: Callable[..., Any]) -> str:
    return f"{function.__code__.co_filename}:{function.__code__.co_firstlineno} {function.__name__}"


class Store:
    """The evidence of one run, shared by its processes through files in the run directory.

    Args:
        folder: Of the run.
        target: What gatherers are given.
        gatherers: All that there are.
        abreast: How many shards this process gathers side by side; its share of the CPUs if absent.
    """

    def __init__(
        self, folder: Path, target: Target, gatherers: Iterable[Gatherer], abreast: int | None = None
    ) -> None:
        self._folder = folder
        self._target = target
        self._gatherers = {gatherer.kind: gatherer for gatherer in gatherers}
        self._loaded: dict[type, Any] = {}
        self._own: dict[Path, Any] = {}
        self._underway: set[type] = set()
        self._abreast = _share_of_cpus() if abreast is None else abreast
        self._others = _processes() > 1

    def get(self, kind: type[T]) -> T:
        """Return evidence of this type; gather what nobody has gathered yet.

        Raises:
            EvidenceError: Nobody knows how to gather it, gathering failed, or a worker died over it.
        """
        if kind not in self._loaded:
            self._loaded[kind] = self._obtain(kind)
        found = self._loaded[kind]
        if isinstance(found, EvidenceError):
            raise found
        return typing.cast("T", found)

    def gathered(self, kind: type[T]) -> T:
        """Return evidence of this type that some process of the run has gathered; gather nothing.

        Raises:
            EvidenceError: Nobody has, or there is a reason why it cannot be had.
        """
        gatherer = self._gatherers[kind]
        shards = [Shard(index, gatherer.spec.shards) for index in range(gatherer.spec.shards)]
        if not all(self._path(gatherer, shard).exists() for shard in shards):
            raise EvidenceError("not run", f"{kind.__name__} was not gathered")
        found = self._joined(gatherer, shards)
        if isinstance(found, EvidenceError):
            raise found
        return typing.cast("T", found)

    def strength(self, kind: type) -> Strength:
        """Return the strength of evidence of this type; the evidence itself may know it to be less."""
        own = getattr(self._loaded.get(kind), "strength", None)
        return own if isinstance(own, Strength) else self._gatherers[kind].spec.strength

    def _obtain(self, kind: type) -> Any:  # noqa: ANN401  evidence of `kind`, or why there is none
        gatherer = self._gatherers.get(kind)
        if gatherer is None:
            return EvidenceError("error", _nothing_gathers(kind))
        shards = [Shard(index, gatherer.spec.shards) for index in range(gatherer.spec.shards)]
        missing = shards
        while missing:
            busy = self._busy(gatherer, missing)
            if len(busy) == len(missing) and not self._gather_something_else(kind):
                time.sleep(_WAIT_S)
            missing = busy
        return self._joined(gatherer, shards)

    def _joined(self, gatherer: Gatherer, shards: list[Shard]) -> Any:  # noqa: ANN401  the same
        parts = [self._read(gatherer, shard) for shard in shards]
        failed = next((part for part in parts if isinstance(part, EvidenceError)), None)
        if failed is not None:
            return failed
        return gatherer.kind.merge(parts) if len(parts) > 1 else parts[0]  # type: ignore[attr-defined]

    def _busy(self, gatherer: Gatherer, shards: list[Shard]) -> list[Shard]:
        """Gather shards side by side, and return those that another process is at.

        The server does most of the work, and has a process for each connection.
        """
        abreast = len(shards) if gatherer.spec.together else min(self._abreast, len(shards))
        if abreast == 1:
            return [shard for shard in shards if not self._attempt(gatherer, shard)]
        for kind in gatherer.needs.values():
            if kind in self._gatherers:
                with contextlib.suppress(EvidenceError):
                    self.get(kind)
        threads = ThreadPoolExecutor(abreast)
        try:
            done = threads.map(lambda shard: self._attempt(gatherer, shard), self._offered(gatherer, shards))
            return [shard for shard, ended in zip(shards, done, strict=True) if not ended]
        finally:
            threads.shutdown(wait=False, cancel_futures=True)  # an interrupt waits for no attack

    def _offered(self, gatherer: Gatherer, shards: list[Shard]) -> Iterator[Shard]:
        """Yield shards; those that are gathered together are left to other processes for a moment each."""
        for shard in shards:
            if gatherer.spec.together and self._others and shard is not shards[0]:
                time.sleep(_OFFER_S)
            yield shard

    def _gather_something_else(self, wanted: type) -> bool:
        """Use the time of waiting for a shard of another kind whose own needs are already met."""
        for gatherer in self._gatherers.values():
            if gatherer.kind is wanted or gatherer.kind in self._underway:
                continue
            if not all(self._is_there(kind) for kind in gatherer.needs.values() if kind in self._gatherers):
                continue
            for index in range(gatherer.spec.shards):
                shard = Shard(index, gatherer.spec.shards)
                if not self._path(gatherer, shard).exists() and self._attempt(gatherer, shard):
                    return True
        return False

    def _is_there(self, kind: type) -> bool:
        """Tell whether evidence is there, whoever gathered it."""
        gatherer = self._gatherers[kind]
        shards = (Shard(index, gatherer.spec.shards) for index in range(gatherer.spec.shards))
        return kind in self._loaded or all(self._path(gatherer, shard).exists() for shard in shards)

    def _attempt(self, gatherer: Gatherer, shard: Shard) -> bool:
        """Return whether a shard is done; gather it when nobody else is at it."""
        path = self._path(gatherer, shard)
        if path.exists():
            return True
        with _lock(path.with_suffix(".lock")) as mine:
            if not mine:
                return False
            if path.exists():
                return True
            started = path.with_suffix(".started")
            if started.exists():
                lost = f"the worker that gathered {gatherer.kind.__name__} died"
                self._write(path, EvidenceError("lost", lost))
                return True
            started.touch()
            self._write(path, self._gather(gatherer, shard))
            return True

    def _gather(self, gatherer: Gatherer, shard: Shard) -> Any:  # noqa: ANN401  evidence, or why there is none
        given: dict[type, Any] = {type(self._target): self._target, Shard: shard}
        self._underway.add(gatherer.kind)
        try:
            arguments = {
                name: given[kind] if kind in given else self.get(kind)
                for name, kind in gatherer.needs.items()
            }
            with self._target.gathering():
                return gatherer.function(**arguments)
        except EvidenceError as error:
            return error
        except Exception as error:  # noqa: BLE001  whatever goes wrong is the finding
            text = f"gathering {gatherer.kind.__name__} failed: {type(error).__name__}: {error}"
            return EvidenceError("error", text.strip())
        finally:
            self._underway.discard(gatherer.kind)

    def _path(self, gatherer: Gatherer, shard: Shard) -> Path:
        name = f"{gatherer.kind.__module__}.{gatherer.kind.__qualname__}"
        short = hashlib.sha256(name.encode()).hexdigest()[:8]
        return self._folder / f"{gatherer.kind.__qualname__}-{short}-{shard.index}.evidence"

    def _read(self, gatherer: Gatherer, shard: Shard) -> Any:  # noqa: ANN401  what _write wrote
        path = self._path(gatherer, shard)
        if path in self._own:
            return self._own.pop(path)
        kind, value = pickle.loads(path.read_bytes())  # noqa: S301  the run's own private directory
        return EvidenceError(*value) if kind == "error" else value

    def _write(self, path: Path, value: object) -> None:
        record = ("error", (value.reason, str(value))) if isinstance(value, EvidenceError) else ("ok", value)
        try:
            data = pickle.dumps(record)
        except Exception as error:  # noqa: BLE001  a project's own evidence may hold anything
            data = pickle.dumps(("error", ("error", f"{type(value).__name__} cannot be stored: {error}")))
        else:
            self._own[path] = value
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(data)
        partial.rename(path)


def _share_of_cpus() -> int:
    """Return how many CPUs there are for each process of the run."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(cpus // _processes(), 1)


def _processes() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[bool]:
    """Try to take a lock that the kernel releases when its holder dies."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
