"""The report as Markdown, for a pull request or a job summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.report import matrix
from pytest_readiness.report.texts import code, escaped, longest_ticks, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MARK = {"passed": "✅", "failed": "❌", "unknown": "❔", "not_applicable": "▫️"}
_FINDINGS = 20


def markdown(report: Mapping[str, Any]) -> str:
    """Render a report; whatever came from the target is escaped."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    decision, score, target = report["decision"], report["score"], report["target"]
    yield f"# Readiness: {decision['value'].upper()}"
    yield ""
    yield escaped(decision["sentence"])
    yield ""
    name = f"{escaped(target['name'])}, " if target.get("name") else ""
    commit = f"commit `{target['commit'][:12]}`, " if target.get("commit") else ""
    yield (
        f"{name}{commit}score **{score['value']:g}** of 100 (raw {score['raw']:g}, at most "
        f"{score['upper']:g} if every unknown passed), {score['assessed']:g} % assessed."
    )
    for cap in score["caps"]:
        yield f"- capped: {escaped(cap)}"
    yield ""
    if report["areas"]:
        yield from table(("Area", "Score", "Weight", "Assessed"), _areas(report))
    if report["checks"]:
        yield from table(("", "Check", "Guarantee", "Severity", "Evidence"), _checks(report))
    yield from _findings(report)
    yield from matrix.markdown(report.get("isolation_matrix"))
    yield from _rest(report)


def _areas(report: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for area in report["areas"]:
        yield area["name"], f"{area['score']:g}", f"{area['weight']:g}", f"{area['assessed']:g} %"


def _checks(report: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for check in report["checks"]:
        strength = check["strength"] or "none"
        yield (
            _mark(check, check["outcome"]),
            check["id"],
            escaped(check["title"]),
            check["severity"],
            strength,
        )


def _findings(report: Mapping[str, Any]) -> Iterator[str]:
    for check in report["checks"]:
        bad = [f for status in ("failed", "unknown") for f in check["findings"] if f["status"] == status]
        if not bad:
            continue
        yield f"## {check['id']}: {escaped(check['title'])}"
        yield ""
        for finding in bad[:_FINDINGS]:
            yield from _finding(finding, _mark(check, finding["status"]))
        if len(bad) > _FINDINGS:
            yield f"- and {len(bad) - _FINDINGS} more in `readiness.json`"
        yield ""


def _mark(check: Mapping[str, Any], status: str) -> str:
    return "ℹ️" if check["severity"] == "info" and status == "failed" else _MARK[status]  # noqa: RUF001  it is the sign that is meant


def _finding(finding: Mapping[str, Any], mark: str) -> Iterator[str]:
    waived = f" (waived: {escaped(finding['waived'])})" if finding["waived"] else ""
    text = finding["detail"] or finding["reason"] or ""
    yield f"- {mark} {code(finding['subject'])}: {escaped(text)}{waived}"
    if finding["fix"]:
        yield f"  - fix: {escaped(finding['fix'])}"
    for word, command in (("see it", finding["see"]), ("mend it", finding["mend"])):
        if command:
            yield f"  - {word}: {code(command)}"
    if finding["reproduce"]:
        fence = "`" * max(3, longest_ticks(finding["reproduce"]) + 1)
        yield "  <details><summary>reproduce</summary>"
        yield ""
        yield f"  {fence}sql"
        yield from (f"  {line}" for line in finding["reproduce"].splitlines())
        yield f"  {fence}"
        yield "  </details>"


def _rest(report: Mapping[str, Any]) -> Iterator[str]:
    if report["plan"]:
        yield "## Fix first"
        yield ""
        for number, step in enumerate(report["plan"], start=1):
            yield (
                f"{number}. {step['check']}: then {step['value_after']:g} of 100, {step['decision_after']}"
            )
        yield ""
    for item in report["decision"]["out_of_scope"]:
        yield f"- not in scope: {item['area']}: {escaped(item['reason'])}"
    for text in report["target"].get("differs_from_production", []):
        yield f"- differs from production: {escaped(text)}"
    for text in [*report["errors"], *report["gate"]["refusals"]]:
        yield f"- ❗ {escaped(text)}"
