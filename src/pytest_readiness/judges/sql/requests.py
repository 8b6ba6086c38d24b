"""What SQL reads of a request: claims of its token, its headers, and settings that an application makes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

METADATA = ("app_metadata", "user_metadata")
"""Documents in a token that hold claims of the application's own."""

_SETTING = re.compile(r"\b(?:current_setting|set_config)\s*\(\s*'([\w]+(?:\.[\w]+)+)'", re.IGNORECASE)
_CLAIM = re.compile(
    r"(?:->\s*'(app_metadata|user_metadata)'(?:::\w+)?\)*\s*)?(->>?)\s*'([\w-]+)'(?:::\w+)?(\)*\s*->)?",
)
HEADER = re.compile(r"'request\.headers'[^;]{0,80}?->>\s*'([\w-]+)'", re.IGNORECASE)
_PATH = re.compile(r"(#>>?)\s*'\{(?:(app_metadata|user_metadata),)?([\w-]+)\}'(?:::text\[\])?")
_ELEMENTS = re.compile(r"(?:_array_\w+|_to_recordset)\s*\((?=([^;,]{0,120})$)", re.IGNORECASE)
"""What stands before a document that is taken for a list, and what stands between."""

_SCALAR = re.compile(
    r"[\s)]*(?:#>>\s*'\{\}'|::\s*(?!jsonb?\b|record\b)[a-z]\w*(?: varying)?(?:\(\d+\))?(?!\[\]|\w))",
    re.IGNORECASE,
)
_LIST = re.compile(r"[\s)]*(?:::\s*(?:jsonb?\b|\w+\[\])|\?|@>|<@)", re.IGNORECASE)
"""What follows a value that is taken for one alone, or for a list."""

_JWT = re.compile(r"jwt|request\.", re.IGNORECASE)
_REGISTERED, _SAID = "raw_app_meta_data", "raw_user_meta_data"
"""What the server writes down of an account, and what its user says of himself."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that code reads: where it stands in the token, and whether it is a list."""

    name: str
    within: str
    listed: bool


def settings_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names of custom settings that texts read or set, the API's own apart."""
    found = {name for text in texts for name in _SETTING.findall(plain(text))}
    return tuple(sorted(name for name in found if not name.startswith(("request.", "role", "pgrst."))))


def headers_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names of headers that texts read: whoever calls chooses them."""
    return tuple(sorted({name for text in texts for name in HEADER.findall(plain(text))}))


def claims_in(texts: Iterable[str]) -> tuple[Claim, ...]:
    """Return the claims that texts read from the caller's token."""
    return _sorted(claim for text in texts if _JWT.search(text) for claim in _claims(plain(text)))


def registered_in(texts: Iterable[str]) -> tuple[Claim, ...]:
    """Return what texts may read of accounts in the metadata that the server writes, and no user."""
    return _sorted(_of_accounts(texts, _REGISTERED, _SAID))


def said_in(texts: Iterable[str]) -> tuple[Claim, ...]:
    """Return what texts may read of accounts in the metadata that users write themselves, in their order."""
    return tuple(dict.fromkeys(_of_accounts(texts, _SAID, _REGISTERED)))


def _of_accounts(texts: Iterable[str], column: str, other: str) -> Iterator[Claim]:
    """Yield what may be read of one column, through a variable too, and not what the other is asked."""
    elsewhere = re.compile(rf"{other}\)*(?:::\w+)?\)*\s*->>?\s*'[\w-]+'", re.IGNORECASE)
    for said in map(plain, texts):
        if column in said.lower():
            yield from _claims(elsewhere.sub(" ", said))


def _sorted(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    return tuple(sorted({*claims}, key=lambda claim: (claim.name, claim.within, claim.listed)))


def _claims(said: str) -> Iterator[Claim]:
    for one in _CLAIM.finditer(said):
        within, arrow, name, deeper = one.groups(default="")
        if name not in METADATA and not (deeper and not within):
            yield Claim(name, within, listed=not deeper and _listed(said, one, arrow))
    for one in _PATH.finditer(said):
        arrow, within, name = one.groups(default="")
        yield Claim(name, within, listed=_listed(said, one, arrow))


def _listed(text: str, claim: re.Match[str], arrow: str) -> bool:
    """Whether code takes a claim for a list: it asks for elements, or leaves a document as it is."""
    before = text[max(claim.start() - 160, 0) : claim.start()]
    if any(_is_open(between) for between in _ELEMENTS.findall(before)) or _LIST.match(text, claim.end()):
        return True
    return not arrow.endswith(">>") and not _SCALAR.match(text, claim.end())


def _is_open(text: str) -> bool:
    """Whether a text closes no parenthesis but its own."""
    depths = accumulate((one == "(") - (one == ")") for one in text)
    return min(depths, default=0) >= 0
