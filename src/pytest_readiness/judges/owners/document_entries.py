"""Lists of people in a JSON document by their keys, and what stands there of whoever is let in no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.visibility import is_confided, is_over, is_revoked
from pytest_readiness.judges.sql.lexis import plain, strings, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation

_CALLER = r"\(*\s*(?:select\s+)?\(*(?:auth\.uid\(\)|current_setting\s*\(|auth\.jwt\(\)|current_user)"
_STEP = r"\s*->\s*'([\w-]+)'(?:::text)?\)*"
_QUOTED = re.compile(r"[\"'“”„«»]\s*(\w[\w -]{1,30}?)\s*[\"'“”«»]")
_DENIES = re.compile(
    r"^(none|no(_access|body)?|never|den(y|ied)|refused?|forbidden|kein(er|e)?|verweigert|aucune?|refus[ée]e?|"
    r"ningun[oa]?|negad[oa]|nessun[oa]?|negat[oa]|nenhuma?|geen|geweigerd)$",
    re.IGNORECASE,
)
"""Words of somebody who is on a list and has no right by that."""


def listing(texts: Iterable[str], column: Column) -> frozenset[tuple[str, ...]]:
    """Return the paths into a document at which texts look for the key of the caller."""
    name = rf"(?<!\w){word(column.name)}\)*((?:{_STEP})*)\s*(?:\?|->>?)\s*{_CALLER}"
    called = rf"\bjsonb_exists\s*\(\s*\(*(?:\w+\.)?{word(column.name)}\)*((?:{_STEP})*)\s*,\s*{_CALLER}"
    said = [plain(text) for text in texts]
    found = (m for text in said for one in (name, called) for m in re.finditer(one, text, re.IGNORECASE))
    return frozenset(tuple(re.findall(_STEP, one[1])) for one in found)


def known_entries(relation: Relation, column: Column, held: Iterable[object]) -> Iterator[object]:
    """Yield what is known to stand beside a key: what a comment or a CHECK quotes, and what stands there.

    Args:
        relation: Whose CHECKs.
        column: The document.
        held: Documents that were there before anybody's, where paths lead to.
    """
    listed = _QUOTED.findall(column.comment)
    # What is quoted alone is no list of what may stand there.
    yield from listed if any(not takes_back(one) for one in listed) else ()
    for check in relation.checks:
        yield from strings(check.definition) if column.name in check.columns else ()
    for document in held:
        yield from document.values() if isinstance(document, dict) else ()


def takes_back(entry: object) -> bool:
    """Whether an entry says that its holder is let in no more, or not at all; privacy is of the whole row."""
    if isinstance(entry, bool) or not isinstance(entry, str):
        return entry is False
    over = is_revoked(entry) or (is_over(entry) and not is_confided(entry))
    return over or bool(_DENIES.match(entry.strip().replace(" ", "_")))
