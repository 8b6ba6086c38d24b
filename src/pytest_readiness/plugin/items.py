"""Checks as pytest items of our own.

They are no test functions: no fixture, parametrisation or option of the project under test
reaches them, and their findings go to the recorder with the report, not through an outcome.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.reports import TestReport

from pytest_readiness.scoring.record import Record
from pytest_readiness.vocabulary import Severity, Status, unknown, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from pluggy import HookCaller

    from pytest_readiness.catalogue import Declared

PREFIX = "readiness"
RECORD = "readiness_record"
"""Attribute of a report that carries a record as one string of JSON."""


def node_id(declared: Declared) -> str:
    """Return the node id of a check; its file part is its own, so that distribution by file spreads them."""
    return f"{PREFIX}/{declared.area}/{declared.spec.id}::{declared.function or declared.spec.id}"


class ReadinessItem(pytest.Item):
    """A check of the catalogue."""

    def __init__(self, *, declared: Declared, **arguments: Any) -> None:  # noqa: ANN401  pytest's own
        super().__init__(**arguments)
        self.declared = declared

    @classmethod
    def make(cls, session: pytest.Session, declared: Declared) -> ReadinessItem:
        """Return the item of a check."""
        return cls.from_parent(session, name=declared.spec.id, nodeid=node_id(declared), declared=declared)

    def runtest(self) -> None:
        """Never called: :func:`run` runs the whole protocol."""
        raise NotImplementedError

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Name the check's file and title."""
        return self.declared.path or self.path, self.declared.line - 1, self.declared.spec.title


def run(item: ReadinessItem, evaluate: Callable[[Declared], Record]) -> None:
    """Run an item: log, evaluate, report. The project's hooks on tests are not involved."""
    hook = item.config.hook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    record = _evaluated(item.declared, evaluate)
    report = TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords={},
        outcome=_outcome(item.declared, record),
        longrepr=_text(item, record),
        when="call",
        duration=record.duration_s,
    )
    setattr(report, RECORD, json.dumps(record.plain()))
    hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _evaluated(declared: Declared, evaluate: Callable[[Declared], Record]) -> Record:
    """Evaluate; a check that calls ``sys.exit`` or ``pytest.skip`` ends itself, and not the run."""
    try:
        return evaluate(declared)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  see above
        said = f"{type(error).__name__}: {error}"
        return Record(declared.spec.id, (unknown(declared.spec.id, visible(said), reason="error"),))


class OwnProtocol:
    """Stands before the hook that runs an item, and runs our items without it.

    A hook of the project is called for every item, even a wrapper that ours would come before, and one
    written for test functions raises on what is none, sets a timer or runs it again.
    """

    def __init__(self, hook: HookCaller, evaluate: Callable[[Declared], Record]) -> None:
        self._hook = hook
        self._evaluate = evaluate

    def __call__(self, *, item: pytest.Item, nextitem: pytest.Item | None) -> Any:  # noqa: ANN401  pytest's own
        """Run an item."""
        if isinstance(item, ReadinessItem):
            run(item, self._evaluate)
            return True
        return self._hook(item=item, nextitem=nextitem)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the hook has
        return getattr(self._hook, name)


def _outcome(declared: Declared, record: Record) -> Any:  # noqa: ANN401  a literal of pytest's
    statuses = {finding.status for finding in record.findings}
    if Status.FAILED in statuses:
        return "passed" if declared.spec.severity is Severity.INFO else "failed"
    if not statuses or Status.UNKNOWN in statuses:
        return "skipped"
    return "passed"


def _text(item: ReadinessItem, record: Record) -> Any:  # noqa: ANN401  what pytest takes for the outcome
    outcome = _outcome(item.declared, record)
    bad = [finding for finding in record.findings if finding.status is not Status.PASSED]
    lines = [f"{finding.subject}: {finding.detail or finding.reason}" for finding in bad[:10]]
    if outcome == "failed":
        return "\n".join(lines)
    if outcome == "skipped":
        return (str(item.declared.path or item.path), item.declared.line, "; ".join(lines) or record.absent)
    return None
