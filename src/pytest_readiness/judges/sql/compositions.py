"""Columns out of which code makes longer texts, as of a name a topic: who has the one is given both."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Relation

_WITHIN = r"\b(?:concat|concat_ws|format)\s*\([^;]{0,200}?"
_COMPOSES = re.compile(r"\|\||\b(?:concat|concat_ws|format)\b", re.IGNORECASE)
_TYPE = r"\)*(?:::[\w ]+)?\)*"


def composing(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that make longer texts of anything, each once: few of all that a schema says."""
    return tuple(dict.fromkeys(text for text in texts if _COMPOSES.search(text)))


def composed(relation: Relation, texts: Iterable[str]) -> frozenset[str]:
    """Return the columns of text that stand in a composition, and that two rows may have alike."""
    alone = relation.single_keys
    free = [c for c in relation.columns if c.is_text and c.writable and c.name not in alone]
    said = [plain(text) for text in texts if relation.table in text] if free else []
    return frozenset(c.name for c in free if any(_is_composed(c.name, text) for text in said))


def _is_composed(name: str, text: str) -> bool:
    of = rf"(?:\b\w+\.)?(?<!\w){word(name)}(?!\w)"
    told = (rf"\|\|\s*\(*(?:lower\()?{of}", rf"{of}{_TYPE}\s*\|\|", rf"{_WITHIN}{of}")
    return any(re.search(one, text, re.IGNORECASE) for one in told)
