"""The document of a run that has not come to its end: it voids the last report before all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.report.texts import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_VERSION = 1


def incomplete(tool: Mapping[str, Any], run: Mapping[str, Any], why: str) -> dict[str, Any]:
    """Return the report of a run that has not come to its end: it says nothing else."""
    found = {
        "schema_version": SCHEMA_VERSION,
        "tool": dict(tool),
        "target": {},
        "run": {**run, "complete": False},
        "decision": {
            "value": "unknown",
            "sentence": f"UNKNOWN. {why}",
            "reasons": [why],
            "in_scope": [],
            "out_of_scope": [],
        },
        "score": {"value": 0.0, "raw": 0.0, "upper": 100.0, "assessed": 0.0, "caps": []},
        "areas": [],
        "categories": [],
        "checks": [],
        "blockers": [],
        "plan": [],
        "errors": [],
        "gate": {"holds": False, "refusals": [why]},
        "baseline": None,
        "not_applicable": [],
        "isolation_matrix": None,
    }
    return {key: shown(value) for key, value in found.items()}
