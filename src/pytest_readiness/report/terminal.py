"""The report as lines of a terminal: what decides the release, on one screen."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from pytest_readiness.report import matrix
from pytest_readiness.report.selection import is_selection, judged_checks
from pytest_readiness.report.texts import told_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Line = tuple[str, str]
"""A style (``good``, ``bad``, ``warn``, ``dim``, ``paste``, ``bold`` or empty) and a text."""

_STYLE = {"go": "good", "conditional": "warn", "no-go": "bad", "unknown": "warn"}
_SHOWN = {
    "failed": ("✗", "bad"),
    "unknown": ("?", "warn"),
    "noted": ("i", "dim"),
    "passed": ("✓", "good"),
    "not_applicable": ("-", "dim"),
}
_SEVERITIES = ("blocker", "high", "medium", "low", "info")
_FINDINGS = 3
_BAR = 20
_NARROW = 40
"""Columns under which wrapping would only tear lines apart."""


def lines(report: Mapping[str, Any], width: int = 0) -> Iterator[Line]:
    """Yield the report, the decision first.

    Args:
        report: The document.
        width: Columns at which prose is wrapped; 0 where there is no terminal to wrap it for.
    """
    for style, text in _lines(report):
        parts = [text] if style == "paste" else _wrapped(text, width)
        yield from ((style, part) for part in parts)


def closing(report: Mapping[str, Any]) -> Line:
    """Return the last line: the decision and the gate once more, for who sees only the end."""
    value = report["decision"]["value"]
    points = f", {report['score']['value']:g} of 100" if report["areas"] and not is_selection(report) else ""
    gate = "holds" if report["gate"]["holds"] else "does not hold"
    return "good" if report["gate"]["holds"] else "bad", f"{value.upper()}{points}; the gate {gate}"


def _lines(report: Mapping[str, Any]) -> Iterator[Line]:
    decision, score = report["decision"], report["score"]
    yield _STYLE[decision["value"]], decision["sentence"]
    if is_selection(report):
        yield from _checks(report)
        yield from _ending(report)
        return
    yield "", _score(score, assessed=bool(report["areas"]))
    for cap in score["caps"]:
        yield "dim", f"  capped: {cap}"
    yield "", ""
    for area in report["areas"]:
        yield "", _area(area)
    yield from _checks(report)
    yield from matrix.terminal(report.get("isolation_matrix"))
    yield from _plan(report)
    yield from _scope(report)
    yield from _ending(report)


def _wrapped(text: str, width: int) -> list[str]:
    if width < _NARROW or len(text) <= width:
        return [text]
    indent = " " * (len(text) - len(text.lstrip(" ")) + 2)
    wrapped = textwrap.wrap(
        text, width - 1, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return wrapped or [text]


def _score(score: Mapping[str, Any], *, assessed: bool) -> str:
    if not assessed:
        return "score: none, since nothing was judged"
    could = f", could be {score['raw']:g}-{score['upper']:g}" if score["upper"] > score["raw"] else ""
    raw = f" (raw {score['raw']:g}{could})" if score["value"] != score["raw"] or could else ""
    return f"score {score['value']:g} of 100{raw}; {score['assessed']:g} % of the weight was assessed"


def _area(area: Mapping[str, Any]) -> str:
    filled = int(area["score"] * _BAR // 100)
    bar = "█" * filled + "░" * (_BAR - filled)
    return f"  {area['name']:<14} {bar} {area['score']:>5g}   weight {area['weight']:g}"


def _checks(report: Mapping[str, Any]) -> Iterator[Line]:
    close = False
    # Why an area is out of scope is said once, below.
    out = {item["area"] for item in report["decision"]["out_of_scope"]}
    shown = judged_checks(report)
    if not is_selection(report):
        shown = [check for check in shown if check["area"] not in out]
    for found, checks in _alike(sorted(shown, key=_place)):
        if found or not close:
            yield "", ""
        close = not found
        for check in checks:
            yield _head(check)
        yield from found


def _alike(checks: Sequence[Mapping[str, Any]]) -> list[tuple[list[Line], list[Mapping[str, Any]]]]:
    """Put together the unknown checks of one cause, which is then told once."""
    groups: dict[object, tuple[list[Line], list[Mapping[str, Any]]]] = {}
    for check in checks:
        found = list(_findings(check))
        # Of an info no fix is shown, so that it has the same cause without the same lines.
        key = (found[0], "cause") if found and check["outcome"] == "unknown" else check["id"]
        groups.setdefault(key, (found, []))[1].append(check)
    return list(groups.values())


def _head(check: Mapping[str, Any]) -> Line:
    mark, style = _SHOWN[_shown_as(check)]
    count = sum(f["status"] == "passed" for f in check["findings"])
    of = f" {count}/{len(check['findings'])}" if check["findings"] else ""
    absent = f": {check['reason']}" if check["outcome"] == "not_applicable" else ""
    return style, f"{mark} {check['id']} {check['title']} ({check['severity']}){of}{absent}"


def _shown_as(check: Mapping[str, Any]) -> str:
    """An info cannot fail a release, and must not look as if it did."""
    noted = check["severity"] == "info" and check["outcome"] == "failed"
    return "noted" if noted else str(check["outcome"])


def _place(check: Mapping[str, Any]) -> tuple[int, int, str]:
    return tuple(_SHOWN).index(_shown_as(check)), _SEVERITIES.index(check["severity"]), check["id"]


def _findings(check: Mapping[str, Any]) -> Iterator[Line]:
    if not check["findings"] and check["outcome"] == "unknown":
        yield "", "    nothing was judged: it said nothing of anything"
    bad = [f for status in ("failed", "unknown") for f in check["findings"] if f["status"] == status]
    for finding in bad[:_FINDINGS]:
        waived = f" [waived: {finding['waived']}]" if finding["waived"] else ""
        text = finding["detail"] or finding["reason"] or ""
        subject = "" if told_by(text, finding["subject"], check["id"]) else f"{finding['subject']}: "
        first, *rest = text.splitlines() or [""]
        yield "", f"    {subject}{first}{waived}"
        yield from (("", f"      {line}") for line in rest)
        if finding["fix"] and check["severity"] != "info":
            yield from _fix(finding["fix"])
            yield from _commands(finding)
    if len(bad) > _FINDINGS:
        yield "dim", f"    and {len(bad) - _FINDINGS} more in the report"


def _fix(text: str) -> Iterator[Line]:
    first, *rest = text.splitlines()
    yield "dim", f"      → {first}"
    yield from (("paste", f"        {line}") for line in rest)


def _commands(finding: Mapping[str, Any]) -> Iterator[Line]:
    """Yield what shows a failure on a server, and what mends it."""
    if finding["see"]:
        yield "paste", f"      see it:  {finding['see']}"
    if finding["mend"]:
        yield "paste", f"      mend it: {finding['mend']}"


def _plan(report: Mapping[str, Any]) -> Iterator[Line]:
    if not report["plan"]:
        return
    yield "", ""
    yield "bold", "fix first"
    for number, step in enumerate(report["plan"][:5], start=1):
        yield "", f"  {number}. {step['check']:<8} → {step['value_after']:g} of 100, {step['decision_after']}"


def _scope(report: Mapping[str, Any]) -> Iterator[Line]:
    out = report["decision"]["out_of_scope"]
    yield "", ""
    for reason in dict.fromkeys(o["reason"] for o in out):
        names = ", ".join(o["area"] for o in out if o["reason"] == reason)
        first, *rest = reason.splitlines()
        yield "dim", f"not in scope: {names} ({first})"
        yield from (("paste", f"  {line}") for line in rest)


def _ending(report: Mapping[str, Any]) -> Iterator[Line]:
    """Yield what stands beside the checks: what differs, was declared, changed or is wrong, and the gate."""
    if is_selection(report):
        yield "", ""
    for text in report["target"].get("differs_from_production", []):
        yield "warn", f"differs from production: {text}"
    for text in report["target"].get("notes", []):
        first, *rest = text.splitlines()
        yield "dim", first
        yield from (("paste", f"  {line}") for line in rest)
    for item in report["not_applicable"]:
        vain = "" if item["in_force"] else ", in vain"
        yield "", f"declared not applicable{vain}: {item['name']} ({item['reason']})"
    for text in report["errors"]:
        yield "bad", f"error: {text}"
    for delta in (report["baseline"] or {}).get("deltas", []):
        yield "", f"since the baseline: {delta['change']} {delta['check']} {delta['subject']}".rstrip()
    for text in report["gate"]["refusals"]:
        yield "bad", f"gate: {text}"
