"""The report as lines of a terminal: what decides the release, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.report import matrix

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Line = tuple[str, str]
"""A style (``good``, ``bad``, ``warn``, ``dim``, ``bold`` or empty) and a text."""

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


def lines(report: Mapping[str, Any]) -> Iterator[Line]:
    """Yield the report, the decision first."""
    decision, score = report["decision"], report["score"]
    yield _STYLE[decision["value"]], decision["sentence"]
    yield "", _score(score, assessed=bool(report["areas"]))
    for cap in score["caps"]:
        yield "dim", f"  capped: {cap}"
    yield "", ""
    for area in report["areas"]:
        yield "", _area(area)
    yield from _checks(report)
    yield from matrix.terminal(report.get("isolation_matrix"))
    yield from _plan(report)
    yield from _notes(report)


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
    for check in sorted((c for c in report["checks"] if c["area"] not in out), key=_place):
        mark, style = _SHOWN[_shown_as(check)]
        count = sum(f["status"] == "passed" for f in check["findings"])
        of = f" {count}/{len(check['findings'])}" if check["findings"] else ""
        found = list(_findings(check))
        if found or not close:
            yield "", ""
        close = not found
        absent = f": {check['reason']}" if check["outcome"] == "not_applicable" else ""
        yield style, f"{mark} {check['id']} {check['title']} ({check['severity']}){of}{absent}"
        yield from found


def _shown_as(check: Mapping[str, Any]) -> str:
    """An info cannot fail a release, and must not look as if it did."""
    noted = check["severity"] == "info" and check["outcome"] == "failed"
    return "noted" if noted else str(check["outcome"])


def _place(check: Mapping[str, Any]) -> tuple[int, int, str]:
    return tuple(_SHOWN).index(_shown_as(check)), _SEVERITIES.index(check["severity"]), check["id"]


def _findings(check: Mapping[str, Any]) -> Iterator[Line]:
    bad = [f for status in ("failed", "unknown") for f in check["findings"] if f["status"] == status]
    for finding in bad[:_FINDINGS]:
        waived = f" [waived: {finding['waived']}]" if finding["waived"] else ""
        text = finding["detail"] or finding["reason"] or ""
        subject = "" if finding["subject"] in text else f"{finding['subject']}: "
        first, *rest = text.splitlines() or [""]
        yield "", f"    {subject}{first}{waived}"
        yield from (("", f"      {line}") for line in rest)
        if finding["fix"] and check["severity"] != "info":
            yield "dim", f"      → {finding['fix'].splitlines()[0]}"
            yield from _commands(finding)
    if len(bad) > _FINDINGS:
        yield "dim", f"    and {len(bad) - _FINDINGS} more in the report"


def _commands(finding: Mapping[str, Any]) -> Iterator[Line]:
    """Yield what shows a failure on a server, and what mends it."""
    if finding["see"]:
        yield "dim", f"      see it:  {finding['see']}"
    if finding["mend"]:
        yield "dim", f"      mend it: {finding['mend']}"


def _plan(report: Mapping[str, Any]) -> Iterator[Line]:
    if not report["plan"]:
        return
    yield "", ""
    yield "bold", "fix first"
    for number, step in enumerate(report["plan"][:5], start=1):
        yield "", f"  {number}. {step['check']:<8} → {step['value_after']:g} of 100, {step['decision_after']}"


def _notes(report: Mapping[str, Any]) -> Iterator[Line]:
    out = report["decision"]["out_of_scope"]
    yield "", ""
    for reason in dict.fromkeys(o["reason"] for o in out):
        names = ", ".join(o["area"] for o in out if o["reason"] == reason)
        first, *rest = reason.splitlines()
        yield "dim", f"not in scope: {names} ({first})"
        yield from (("dim", f"  {line}") for line in rest)
    for text in report["target"].get("differs_from_production", []):
        yield "warn", f"differs from production: {text}"
    for text in report["target"].get("notes", []):
        yield "dim", text
    for text in report["errors"]:
        yield "bad", f"error: {text}"
    for delta in (report["baseline"] or {}).get("deltas", []):
        yield "", f"since the baseline: {delta['change']} {delta['check']} {delta['subject']}".rstrip()
    for text in report["gate"]["refusals"]:
        yield "bad", f"gate: {text}"
