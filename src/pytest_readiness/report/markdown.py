"""The report as Markdown, for a pull request or a job summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.report import matrix
from pytest_readiness.report.selection import is_selection, judged_checks
from pytest_readiness.report.texts import code, escaped, longest_ticks, table, told_by
from pytest_readiness.vocabulary import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_MARK = {"failed": "❌", "unknown": "❔", "noted": "ℹ️", "passed": "✅", "not_applicable": "▫️"}  # noqa: RUF001  it is the sign that is meant
"""By what a check is shown as, the worst first."""

_LEGEND = "❌ fails · ❔ not known, which is never a pass · ℹ️ to note, fails no run · ✅ holds"  # noqa: RUF001  the same
_SEVERITIES = ("blocker", "high", "medium", "low", "info")
_FINDINGS = 20


def markdown(report: Mapping[str, Any]) -> str:
    """Render a report; whatever came from the target is escaped."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"# Readiness: {report['decision']['value'].upper()}"
    yield ""
    yield escaped(report["decision"]["sentence"])
    yield ""
    whole = not is_selection(report)
    if whole:
        yield from _figures(report)
    shown = sorted(judged_checks(report), key=_place)
    yield from _bad(shown)
    if whole:
        yield from _changes(report)
        yield from _plan(report)
    yield from _table(shown)
    if whole:
        yield from matrix.markdown(report.get("isolation_matrix"))
        yield from _scope(report)
    yield from _notes(report)


def _figures(report: Mapping[str, Any]) -> Iterator[str]:
    score, target = report["score"], report["target"]
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


def _areas(report: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for area in report["areas"]:
        yield area["name"], f"{area['score']:g}", f"{area['weight']:g}", f"{area['assessed']:g} %"


def _shown_as(check: Mapping[str, Any], status: str) -> str:
    return "noted" if check["severity"] == "info" and status == "failed" else status


def _mark(check: Mapping[str, Any], status: str) -> str:
    return _MARK[_shown_as(check, status)]


def _place(check: Mapping[str, Any]) -> tuple[int, int, str]:
    shown = tuple(_MARK).index(_shown_as(check, check["outcome"]))
    return shown, _SEVERITIES.index(check["severity"]), check["id"]


def _bad(checks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a section for each check that does not hold; unknown ones of one cause have it together."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for check in checks:
        if check["outcome"] in {"failed", "unknown"}:
            said = "\n".join(_details(check))
            groups.setdefault(said if check["outcome"] == "unknown" else check["id"], []).append(check)
    for alike in groups.values():
        for check in alike:
            yield f"## {check['id']}: {escaped(check['title'])}"
            yield ""
        yield from _details(alike[0])
        yield ""


def _details(check: Mapping[str, Any]) -> Iterator[str]:
    bad = [f for status in ("failed", "unknown") for f in check["findings"] if f["status"] == status]
    for finding in bad[:_FINDINGS]:
        yield from _finding(finding, check)
    if len(bad) > _FINDINGS:
        yield f"- and {len(bad) - _FINDINGS} more in `readiness.json`"
    if not bad:
        yield "- ❔ nothing was judged: it said nothing of anything"


def _finding(finding: Mapping[str, Any], check: Mapping[str, Any]) -> Iterator[str]:
    waived = f" (waived: {escaped(finding['waived'])})" if finding["waived"] else ""
    text = finding["detail"] or finding["reason"] or ""
    subject = "" if told_by(text, finding["subject"], check["id"]) else f"{code(finding['subject'])}: "
    yield f"- {_mark(check, finding['status'])} {subject}{escaped(text)}{waived}"
    if finding["fix"]:
        first, *rest = finding["fix"].splitlines()
        yield f"  - fix: {escaped(first)}"
        yield from _fenced(rest, "toml", "    ")
    for word, command in (("see it", finding["see"]), ("mend it", finding["mend"])):
        if command:
            yield f"  - {word}: {code(command)}"
    if finding["reproduce"]:
        yield "  <details><summary>reproduce</summary>"
        yield ""
        yield from _fenced(finding["reproduce"].splitlines(), "sql", "  ")
        yield "  </details>"


def _fenced(lines: Sequence[str], language: str, indent: str = "") -> Iterator[str]:
    if not lines:
        return
    fence = "`" * max(3, longest_ticks("\n".join(lines)) + 1)
    yield f"{indent}{fence}{language}"
    yield from (f"{indent}{visible(line)}" for line in lines)
    yield f"{indent}{fence}"


def _changes(report: Mapping[str, Any]) -> Iterator[str]:
    if report["baseline"] is None:
        return
    yield "## Since the baseline"
    yield ""
    deltas = report["baseline"]["deltas"]
    for delta in deltas:
        subject = f" {code(delta['subject'])}" if delta["subject"] else ""
        yield f"- {delta['change']}: {escaped(delta['check'])}{subject}"
    if not deltas:
        yield "Nothing changed."
    yield ""


def _plan(report: Mapping[str, Any]) -> Iterator[str]:
    if not report["plan"]:
        return
    yield "## Fix first"
    yield ""
    for number, step in enumerate(report["plan"], start=1):
        yield f"{number}. {step['check']}: then {step['value_after']:g} of 100, {step['decision_after']}"
    yield ""


def _table(checks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the checks that apply, the worst first; those that do not are folded, with the reason."""
    applied = [check for check in checks if check["outcome"] != "not_applicable"]
    rest = [check for check in checks if check["outcome"] == "not_applicable"]
    if applied:
        yield "## Checks"
        yield ""
        yield from table(("", "Check", "Guarantee", "Severity", "Evidence"), _rows(applied))
        yield _LEGEND
        yield ""
    if rest:
        yield f"<details><summary>{len(rest)} checks that do not apply</summary>"
        yield ""
        told = ((c["id"], escaped(c["title"]), escaped((c["reason"] or "").split("\n")[0])) for c in rest)
        yield from table(("Check", "Guarantee", "Why not"), told)
        yield "</details>"
        yield ""


def _rows(checks: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for check in checks:
        yield (
            _mark(check, check["outcome"]),
            check["id"],
            escaped(check["title"]),
            check["severity"],
            check["strength"] or "none",
        )


def _scope(report: Mapping[str, Any]) -> Iterator[str]:
    out = report["decision"]["out_of_scope"]
    if not out:
        return
    yield "## Not in scope"
    yield ""
    for reason in dict.fromkeys(item["reason"] for item in out):
        names = ", ".join(item["area"] for item in out if item["reason"] == reason)
        first, *rest = reason.splitlines()
        yield f"- {names}: {escaped(first)}"
        yield from _fenced(rest, "toml", "  ")
    yield ""


def _notes(report: Mapping[str, Any]) -> Iterator[str]:
    for text in report["target"].get("differs_from_production", []):
        yield f"- differs from production: {escaped(text)}"
    for text in report["target"].get("notes", []):
        first, *rest = text.splitlines()
        yield f"- {escaped(first)}"
        yield from _fenced(rest, "toml", "  ")
    for item in report["not_applicable"]:
        vain = "" if item["in_force"] else ", in vain"
        yield f"- declared not applicable{vain}: {escaped(item['name'])} ({escaped(item['reason'])})"
    # What the sentence says already is not said again.
    said = report["decision"]["reasons"]
    for text in [*report["errors"], *(t for t in report["gate"]["refusals"] if t not in said)]:
        yield f"- ❗ {escaped(text)}"
