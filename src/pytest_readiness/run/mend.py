"""Tries changes on copies of the target, and keeps the first that mends a finding and does no harm."""

from __future__ import annotations

import datetime as dt
import itertools
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pytest_readiness.catalogue import Kind, read_catalogue
from pytest_readiness.evidence.uses import UseEvidence
from pytest_readiness.fixes import migration, regression
from pytest_readiness.fixes.candidates import candidates
from pytest_readiness.fixes.verdict import Judgement, objections
from pytest_readiness.gather.store import EvidenceError
from pytest_readiness.run.evaluate import evaluate, project_gatherers, system_of
from pytest_readiness.run.prepare import Preparation, open_store
from pytest_readiness.run.sources import meant_for_clients
from pytest_readiness.target.build import amended, discard, project_files
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from pytest_readiness.fixes.system import Change, System
    from pytest_readiness.fixes.verdict import Place
    from pytest_readiness.gather.store import Store
    from pytest_readiness.settings import Settings
    from pytest_readiness.target.build import Built
    from pytest_readiness.vocabulary import Finding


_GIVEN = "it changes a role, and the roles of a given server belong to all of its databases"


@dataclass(frozen=True, slots=True)
class Tried:
    """A change, and what spoke against it."""

    change: Change
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """What came of an attempt to mend a finding.

    Attributes:
        finding: As it was before.
        change: What mends it; None where nothing that was tried does.
        kept: Number of accesses that work before and after.
        tried: The changes that do not, with the reasons.
        check: Text of a check that replays it; empty where it cannot be replayed.
        check_id: Its id.
    """

    finding: Finding
    change: Change | None
    kept: int
    tried: tuple[Tried, ...]
    check: str = ""
    check_id: str = ""


class NothingToMendError(Exception):
    """The finding that is to be mended does not fail; the message says what is the case."""


class Workshop:
    """A target with what is known of it, and copies of it to try changes on.

    Args:
        settings: Of the project.
        preparation: A run of its own, whose target is built.
        say: Is told what goes on.

    Raises:
        EvidenceError: Nobody can act on the target.
    """

    def __init__(self, settings: Settings, preparation: Preparation, say: Callable[[str], None]) -> None:
        self.settings = settings
        self.preparation = preparation
        self.say = say
        self.checks = [c for c in read_catalogue(settings).checks if c.kind is not Kind.MARKED]
        self._serial = 0
        self._stack = ExitStack()
        with ExitStack() as opening:
            self._target, store = opening.enter_context(self._open(self._built))
            self.before = self._judged(self._target, store)
            self.system = self._known(self._target, store)
            self._stack = opening.pop_all()

    def __enter__(self) -> Self:
        """Use it as a context manager, so that its connections are closed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _known(self, target: Target, store: Store) -> System:
        system = system_of(target, store)
        files = project_files(self.settings)
        sql = (*files.schema, *files.migrations)
        return replace(system, called=meant_for_clients(system.catalog.functions, sql, self.settings.root))

    @property
    def _built(self) -> Built:
        if self.preparation.built is None:
            raise RuntimeError("the target is not built")
        return self.preparation.built

    def mend(self, place: Place) -> Mended:
        """Try changes until one mends a finding.

        Raises:
            NothingToMendError: It does not fail.
        """
        finding = self.before.findings.get(place)
        if finding is None or finding.status is not Status.FAILED:
            raise NothingToMendError(_why_not(place, finding or self.before.findings.get((place[0],) * 2)))
        tried: list[Tried] = []
        for change in candidates(*place, self.system):
            self.say(f"tries: it {change.what}")
            found, after, check = self._try(place, change, finding)
            if not found:
                kept = len(self.before.uses & after.uses)
                return Mended(finding, change, kept, tuple(tried), *check)
            self.say(f"  no: {found[0]}")
            tried.append(Tried(change, found))
        return Mended(finding, None, 0, tuple(tried))

    def _try(
        self, place: Place, change: Change, finding: Finding
    ) -> tuple[tuple[str, ...], Judgement, tuple[str, str]]:
        """Return what speaks against a change, the state with it, and a check that tells both apart."""
        server = self.preparation.server
        if change.cluster and server and not server.ours:
            return (_GIVEN,), self.before, ("", "")
        with self._amended(change) as built:
            if failure := built.migrations.migrations[-1].failure:
                after = Judgement({}, {}, frozenset(), f"{failure.sqlstate} {failure.message}")
                return objections(place, change, self.before, after), after, ("", "")
            with self._open(built) as (target, store):
                after = self._glimpse(place, target, store)
                found = objections(place, change, self.before, after)
                if not found:
                    after = self._judged(target, store)
                    found = objections(place, change, self.before, after)
                return found, after, ("", "") if found else self._check(place, finding, target)

    def _glimpse(self, place: Place, target: Target, store: Store) -> Judgement:
        """Judge by the check that found it and by what people can do: most changes fail there already."""
        declared = next(one for one in self.checks if one.spec.id == place[0])
        record = evaluate(declared, target, store)
        found = {(record.check, f.subject): f for f in record.findings}
        still = found.get(place)
        if still is not None and still.status is not Status.PASSED:
            return Judgement(found, {}, self.before.uses)
        try:
            return Judgement(found, {}, store.get(UseEvidence).uses)
        except EvidenceError as error:
            return Judgement({}, {}, frozenset(), str(error))

    @contextmanager
    def _amended(self, change: Change) -> Iterator[Built]:
        """Yield the target with a change; what touches roles gets a server of its own."""
        self._serial += 1
        with ExitStack() as stack:
            preparation = stack.enter_context(prepared(self.settings)) if change.cluster else self.preparation
            server, built = preparation.server, preparation.built
            if server is None or built is None:
                raise RuntimeError("the target is not built")
            copy = amended(built, server, change.sql, f"f{self._serial}")
            stack.callback(discard, copy, server)
            yield copy

    @contextmanager
    def _open(self, built: Built) -> Iterator[tuple[Target, Store]]:
        with tempfile.TemporaryDirectory(dir=self.preparation.directory) as name:
            folder = Path(name)
            with Target(self.settings, built, folder, self.preparation.seed) as target:
                own = project_gatherers(self.settings.root, self.settings.checks)
                yield target, open_store(target, folder, own)

    def _judged(self, target: Target, store: Store) -> Judgement:
        records = [evaluate(declared, target, store) for declared in self.checks]
        return Judgement(
            {(record.check, f.subject): f for record in records for f in record.findings},
            {declared.spec.id: declared.spec.severity for declared in self.checks},
            store.get(UseEvidence).uses,
            costs=frozenset(declared.spec.id for declared in self.checks if declared.spec.costs),
        )

    def _check(self, place: Place, finding: Finding, mended: Target) -> tuple[str, str]:
        """Return a check that fails on the target as it was and passes on the mended one, and its id."""
        name = regression.next_id(declared.spec.id for declared in read_catalogue(self.settings).checks)
        for marks in (regression.marks(finding.detail), ()):
            text = regression.check_file(name, *place, finding.reproduce, marks)
            fails = _outcome(text, name, self._target) is Status.FAILED
            if fails and _outcome(text, name, mended) is Status.PASSED:
                return text, name
        return "", ""


def _outcome(text: str, name: str, target: Target) -> Status | None:
    """Return what a check that is not written yet says of a target."""
    with tempfile.TemporaryDirectory(dir=target.run_directory) as folder:
        root = Path(folder)
        module = f"{root.name}_{name.lower()}"
        (root / module).mkdir()
        (root / module / "tried.py").write_text(text, encoding="utf-8")
        settings = replace(target.settings, root=root, checks=(module,), marked=())
        declared = next(c for c in read_catalogue(settings).checks if c.spec.id == name)
        try:
            store = open_store(target, root, project_gatherers(root, (module,)))
            findings = evaluate(declared, target, store).findings
        finally:
            sys.path.remove(str(root))
    return findings[0].status if findings else None


def _why_not(place: Place, finding: Finding | None) -> str:
    name = ":".join(place)
    if finding is None:
        return f"nothing is found for {name}; see `pytest-readiness fix` for what can be mended"
    name = f"{place[0]}:{finding.subject}"
    return f"{name} is {finding.status.value}: {finding.detail or finding.reason}"


@contextmanager
def prepared(settings: Settings) -> Iterator[Preparation]:
    """Build the target on a server of its own, which ends with the block."""
    preparation = Preparation.begin(settings)
    try:
        preparation.finish()
        yield preparation
    finally:
        preparation.end()


def written(
    mended: Mended, place: Place, settings: Settings, files: list[Path]
) -> tuple[Path | None, Path | None]:
    """Write the migration and its check; return their paths, None for what has no place.

    Args:
        mended: What was tried, with a change.
        place: The finding.
        settings: Of the project.
        files: The migrations, in order.
    """
    if mended.change is None:
        return None, None
    slug = migration.words(*place)
    path = None
    if files and not settings.migrate:
        folder = files[-1].parent
        names = [file.name for file in files if file.parent == folder]
        path = folder / migration.next_name(names, f"fix_{slug}", dt.datetime.now(dt.UTC))
        _new(path, migration.text(*place, mended.finding.detail, mended.change, mended.kept))
    check = None
    if mended.check and settings.checks:
        folder = settings.root / settings.checks[0]
        tries = (f"{slug}{'' if number == 1 else f'_{number}'}.py" for number in itertools.count(1))
        check = next(folder / name for name in tries if not (folder / name).exists())
        _new(check, mended.check)
    return path, check


def _new(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
