"""The failures as SARIF 2.1.0, for code scanning.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html. Readers ignore the ``kind``
of a result, so that what is not known or passed is left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pytest_readiness.report.selection import judged_checks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL = {"blocker": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
_SECURITY = {"blocker": "9.5", "high": "8.0", "medium": "5.0", "low": "2.0", "info": "0.0"}
"""By which code scanning sorts: critical from 9, high from 7, medium from 4."""

_FILE = re.compile(r"(?P<path>[\w.@-]+(?:/[\w.@ -]+)*\.(?:sql|toml|py|ya?ml))(?:(?:, line |:)(?P<line>\d+))?")
_MIGRATIONS = "MIG001"
_LONGEST = 1000
_ELSEWHERE = "readiness.toml"


def sarif(report: Mapping[str, Any]) -> str:
    """Render the failed findings of a report."""
    checks = [check for check in judged_checks(report) if any(_failed(check))]
    run = {
        "tool": {
            "driver": {
                "name": report["tool"]["name"],
                "version": report["tool"]["version"],
                "rules": [_rule(check) for check in checks],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not report["errors"]}],
        "results": [
            _result(check, index, finding, _newest(report))
            for index, check in enumerate(checks)
            for finding in _failed(check)
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _failed(check: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (finding for finding in check["findings"] if finding["status"] == "failed")


def _rule(check: Mapping[str, Any]) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": check["id"],
        "shortDescription": {"text": check["title"]},
        "help": {"text": check["remediation"] or check["title"]},
        "defaultConfiguration": {"level": _LEVEL[check["severity"]]},
        "properties": {"security-severity": _SECURITY[check["severity"]], "tags": [check["area"]]},
    }
    links = [link for link in check["references"] if link.startswith("https://")]
    return rule | ({"helpUri": links[0]} if links else {})


def _result(check: Mapping[str, Any], index: int, finding: Mapping[str, Any], newest: str) -> dict[str, Any]:
    name = f"{check['id']}\0{finding['subject']}"
    text = finding["detail"] or check["title"]
    result: dict[str, Any] = {
        "ruleId": check["id"],
        "ruleIndex": index,
        "level": _LEVEL[check["severity"]],
        "message": {"text": text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"},
        "locations": [_location(finding, newest)],
        "partialFingerprints": {"readiness/v1": hashlib.sha256(name.encode()).hexdigest()},
    }
    if finding["waived"]:
        result["suppressions"] = [{"kind": "external", "justification": finding["waived"]}]
    return result


def _location(finding: Mapping[str, Any], newest: str) -> dict[str, Any]:
    """Return the file that a finding names, or the newest migration: the next one mends it."""
    named = _FILE.search(finding["subject"]) or _FILE.search(finding["detail"])
    line = int(named["line"] or 1) if named else 1
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(named["path"] if named else newest)},
            "region": {"startLine": max(line, 1)},
        },
        "logicalLocations": [{"fullyQualifiedName": finding["subject"]}],
    }


def _newest(report: Mapping[str, Any]) -> str:
    built = [check for check in report["checks"] if check["id"] == _MIGRATIONS]
    names = [finding["subject"] for check in built for finding in check["findings"]]
    files = [name for name in names if _FILE.fullmatch(name)]  # and no command that migrates
    return max(files, default=_ELSEWHERE)
