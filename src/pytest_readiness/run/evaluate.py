"""Runs one check on the evidence of a run, and records what it found in plain data."""

from __future__ import annotations

import importlib
import sys
import time
import traceback
import typing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.catalogue import Kind
from pytest_readiness.gather.gatherers import gatherers_in
from pytest_readiness.gather.store import EvidenceError, annotated
from pytest_readiness.judges.migrations.dependents import lacking_to, lacks
from pytest_readiness.scoring.record import Record
from pytest_readiness.vocabulary import (
    CHECK_ATTRIBUTE,
    Finding,
    Status,
    Strength,
    failed,
    passed,
    unknown,
    visible,
    visible_in_line,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

    from pytest_readiness.catalogue import Declared
    from pytest_readiness.evidence.migrations import MigrationEvidence
    from pytest_readiness.fixes.system import System
    from pytest_readiness.gather.store import Gatherer, Store
    from pytest_readiness.target.target import Target


def evaluate(declared: Declared, target: Target, store: Store) -> Record:
    """Run a check; whatever goes wrong becomes an unknown finding, never silence."""
    started = time.perf_counter()
    record = _query(declared, target) if declared.kind is Kind.QUERY else _function(declared, store)
    if declared.area == "isolation":
        record = replace(record, findings=_whole(record.findings, target.built.migrations))
    findings = tuple(_shown(f) for f in _with_remedies(record, declared, target, store))
    took = time.perf_counter() - started
    return replace(record, findings=findings, absent=visible(record.absent), duration_s=took)


def _shown(finding: Finding) -> Finding:
    """Write out what is no text in names of the target; what is pasted stays as the server takes it."""
    return replace(
        finding,
        subject=visible_in_line(str(finding.subject)),
        detail=visible(str(finding.detail)),
        fix=visible(str(finding.fix)),
    )


def _whole(findings: tuple[Finding, ...], migrations: MigrationEvidence) -> tuple[Finding, ...]:
    """A pass of a table that lacks what a failed migration would have made of it is unknown."""
    things = lacks(migrations.migrations) if not migrations.whole else ()
    if not things:
        return findings
    said = {f.subject: lacking_to(f.subject, things) for f in findings if f.status is Status.PASSED}
    return tuple(
        unknown(
            f.subject,
            f"{lack} could not be applied to it: what was judged is not what the repository says (MIG001)",
            reason="not built",
        )
        if f.status is Status.PASSED and (lack := said[f.subject])
        else f
        for f in findings
    )


def _with_remedies(record: Record, declared: Declared, target: Target, store: Store) -> tuple[Finding, ...]:
    """Mark the failures for which a change can be computed."""
    failures = [finding for finding in record.findings if finding.status is Status.FAILED]
    if not failures or declared.area != "isolation":
        return record.findings
    from pytest_readiness.fixes.candidates import mendable

    try:
        system = system_of(target, store)
    except EvidenceError:
        return record.findings
    mended = {f.subject for f in failures if mendable(record.check, f.subject, system)}
    return tuple(replace(f, mechanical=f.subject in mended) for f in record.findings)


def system_of(target: Target, store: Store) -> System:
    """Return what changes to the target are computed from.

    Raises:
        EvidenceError: The catalog or the owners could not be read.
    """
    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.fixes.system import System

    return System(
        catalog=store.get(CatalogEvidence).as_read,
        owners=store.get(Owners),
        users=target.profile.users,
        owner=target.built.owner,
        service=target.profile.service,
        session=target.settings.isolation.session,
    )


def _function(declared: Declared, store: Store) -> Record:
    name = declared.spec.id
    try:
        function = load(declared)
        hints = typing.get_type_hints(function)
        hints.pop("return", None)
        evidence = {argument: store.get(kind) for argument, kind in annotated(function, hints).items()}
    except EvidenceError as error:
        return Record(name, (unknown(name, str(error), reason=error.reason),))
    except Exception as error:  # noqa: BLE001  a project's own file may do anything
        return Record(name, (unknown(name, _said(error, declared), reason="error"),))
    # What nobody could attack for want of an identity does not say that there is something.
    told = [value for value in evidence.values() if not getattr(value, "undeclared", "")]
    reasons = [value.absent for value in told if hasattr(value, "absent")]
    absent = reasons[0] if reasons and all(reasons) else ""
    strength = min((store.strength(type(v)) for v in evidence.values()), key=lambda s: s.rank, default=None)
    findings = _enough(tuple(_findings(declared, function, evidence)), declared, strength)
    return Record(name, () if absent else findings, strength, str(absent))


def _findings(
    declared: Declared, function: Callable[..., Any], evidence: dict[str, Any]
) -> Iterator[Finding]:
    """Keep what was found before an exception, and add that there was one."""
    subjects: set[str] = set()
    try:
        for finding in function(**evidence) or ():
            if not isinstance(finding, Finding):
                raise TypeError(f"a check yields findings, and this one yielded {type(finding).__name__}")  # noqa: TRY301  recorded like any other error of the check
            if finding.subject in subjects:
                raise ValueError(f"two findings for one subject: {finding.subject}")  # noqa: TRY301  the same
            subjects.add(finding.subject)
            yield finding
    except Exception as error:  # noqa: BLE001  recorded
        yield unknown(declared.spec.id, _said(error, declared), reason="error")


def _said(error: BaseException, declared: Declared) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(declared.path)]
    line = lines[-1] if lines else declared.line
    return f"{type(error).__name__}: {error} ({declared.path}:{line})"


def _enough(
    findings: tuple[Finding, ...], declared: Declared, strength: Strength | None
) -> tuple[Finding, ...]:
    """A pass on weaker evidence than the check needs is unknown; a failure stands."""
    needs = declared.spec.needs
    if strength is None or strength.rank >= needs.rank:
        return findings
    weak = f"the evidence is {strength.value}, and the check needs {needs.value}"
    return tuple(
        unknown(f.subject, weak, reason="weak evidence") if f.status is Status.PASSED else f for f in findings
    )


def _query(declared: Declared, target: Target) -> Record:
    """Run a project's own query: one row for each subject, with `subject, passed, detail`."""
    name = declared.spec.id
    sql = (declared.path.read_text(encoding="utf-8") if declared.path else "").strip()
    try:
        connection = target.database()
        connection.execute("set default_transaction_read_only = on; set statement_timeout = '30s'")
        cursor = connection.execute(sql.encode())
        columns = [column.name for column in cursor.description or ()]
        missing = [column for column in ("subject", "passed") if column not in columns]
        if missing:
            raise ValueError(f"the query has no column {missing[0]!r}; found: {', '.join(columns) or 'none'}")  # noqa: TRY301  recorded
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    except Exception as error:  # noqa: BLE001  recorded
        return Record(name, (unknown(name, _said(error, declared), reason="error"),))
    findings = tuple(_row_finding(row, sql) for row in rows)
    return Record(name, _enough(findings, declared, Strength.CATALOG), Strength.CATALOG)


def _row_finding(row: dict[str, Any], sql: str) -> Finding:
    subject, detail = str(row["subject"]), str(row.get("detail") or "")
    if row["passed"] is None:
        return unknown(subject, detail or "the query says neither true nor false")
    return passed(subject, detail) if row["passed"] else failed(subject, detail or subject, reproduce=sql)


def load(declared: Declared) -> Callable[..., Any]:
    """Import the file of a check and return its function."""
    function: Callable[..., Any] = getattr(_module(declared.path, declared.root), declared.function)
    if getattr(function, CHECK_ATTRIBUTE, None) != declared.spec:
        raise ValueError(f"{declared.function} is not declared when it is imported as its file says")
    return function


def project_gatherers(root: Path, folders: tuple[str, ...]) -> Iterator[Gatherer]:
    """Yield the gatherers of a project's own folders; a file that cannot be imported has none.

    The checks of such a file say so themselves, when they are evaluated.
    """
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if "gatherer(" not in path.read_text(encoding="utf-8", errors="replace"):
                continue
            try:
                found = list(gatherers_in(_module(path, root)))
            except Exception:  # noqa: BLE001, S112  see above
                continue
            yield from found


def _module(path: Path | None, root: Path) -> ModuleType:
    if path is None:
        raise FileNotFoundError("the check has no file")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts))
