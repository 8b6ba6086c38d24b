"""Settings that say how a session is meant, and not whose it is: code compares them with words alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

_ASKED = r"\bcurrent_setting\s*\(\s*'{name}'"
_WORD = (
    r"(?:(?!\b(?:current_setting|and|or|then)\b)[^;]){0,60}?"
    r"(?:::\s*bool|(?:=|<>|!=)\s*\(*'(?!')|\bin\s*\(\s*'|=\s*(?:any\s*)?\(*(?:array\b|'\{))"
)
"""What follows a setting that is true or false, or one of some words."""

_NOTED = (
    r"\b(\w+)(?:\s+(?:constant\s+)?(?:text|varchar|boolean|bool))?\s*:?=\s*"
    r"(?:(?!current_setting)[^;=]){0,40}"
)
"""The variable that a setting is noted in, up to where it is asked for."""

_BESIDE = r"(?:\w+\.)?[a-z_]\w*\)*(?:::\w+)?\s*(?:=|<>|!=)\s*\(*"
"""A name that something is compared with."""


def is_mode(setting: str, texts: Iterable[str]) -> bool:
    """Whether code compares a setting with words wherever it asks for it, at once or by a variable."""
    asked = re.compile(_ASKED.format(name=re.escape(setting)), re.IGNORECASE)
    found = [_is_word(text, one) for text in map(plain, texts) for one in asked.finditer(text)]
    return bool(found) and all(found)


def _is_word(text: str, asked: re.Match[str]) -> bool:
    if re.match(_WORD, text[asked.end() :], re.IGNORECASE):
        return True
    noted = re.search(rf"{_NOTED}$", text[max(asked.start() - 120, 0) : asked.start()], re.IGNORECASE)
    return noted is not None and _is_compared_with_words(text[asked.end() :], noted[1])


def _is_compared_with_words(text: str, variable: str) -> bool:
    """Whether a variable is compared with a word, and with no name."""
    name = rf"\b{re.escape(variable)}\b"
    with_word = re.search(rf"{name}{_WORD}", text, re.IGNORECASE)
    after = rf"{name}\)*(?:::\w+)?\s*(?:=|<>|!=)\s*\(*[a-z_]"
    with_name = re.search(rf"{_BESIDE}{name}|{after}", text, re.IGNORECASE)
    return bool(with_word) and not with_name
