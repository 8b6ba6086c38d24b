"""Words by which a row waits for somebody's approval, and by which it has it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import names, strings, underscored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pytest_readiness.evidence.catalog import Column, Relation

_WAITS = re.compile(
    r"^(pending(_\w+)?|waiting(_\w+)?|awaiting(_\w+)?|requested|submitted|proposed|applied|(un|not_)(verified|approved|"
    r"confirmed)|(in|under|to)_review|"
    r"ausstehend|beantragt|eingereicht|angefragt|pendientes?|solicitad[oa]|en_attente|demand[ée]e?|soumise?|"
    r"pendente|in_attesa|richiest[oa]|aangevraagd|in_afwachting)$",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"^(approved|accepted|verified|confirmed|granted|authori[sz]ed|certified|validated|published|"
    r"genehmigt|freigegeben|angenommen|best(ä|ae)tigt|aprobad[oa]|aceptad[oa]|verificad[oa]|confirmad[oa]|"
    r"approuv[ée]e?|accept[ée]e?|valid[ée]e?|aprovad[oa]|aceit[oa]|approvat[oa]|accettat[oa]|goedgekeurd|"
    r"geaccepteerd)$",
    re.IGNORECASE,
)
_SWITCH = re.compile(
    r"^((is|was|has_been)_)?(approved|verified|authori[sz]ed|certified|validated|genehmigt|freigegeben|"
    r"aprobad[oa]|verificad[oa]|aprovad[oa]|approuv[ée]e?|approvat[oa]|goedgekeurd)$",
    re.IGNORECASE,
)
"""How switches are called that nobody turns on for himself: who accepted or confirmed something does."""


def verdict(column: Column, words: Iterable[str]) -> tuple[str, str] | None:
    """Return what a column holds of a row that waits, as new ones do, and of one that was approved.

    Args:
        column: Of a table whose rows people make.
        words: That it may hold.
    """
    if column.type == "boolean":
        return (
            ("false", "true")
            if column.default == "false" and _SWITCH.match(underscored(column.name))
            else None
        )
    usual = next(iter(strings(column.default)), "")
    given = next((word for word in words if _GIVEN.match(_spelt(word))), "")
    return (usual, given) if given and _WAITS.match(_spelt(usual)) else None


def is_made_by_its_owner(relation: Relation, users: Collection[str]) -> bool:
    """Whether policies ask of a new row whose it is."""
    checks = (one.check or one.using for one in relation.policies if one.command in {"INSERT", "ALL"})
    return any({*users} & {*names(check)} for check in checks)


def _spelt(word: str) -> str:
    return re.sub(r"[\s:.-]+", "_", underscored(word).strip())
