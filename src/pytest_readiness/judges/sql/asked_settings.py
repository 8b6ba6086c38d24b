"""Which settings of a session code asks for, by names that it has or puts together."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import STRING, last_name, plain, strings, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence

_ASKED = re.compile(r"\b(?:current_setting|set_config)\s*\(", re.IGNORECASE)
_NAME = re.compile(r"\w+(?:\.\w+)+")
_PLACE = re.compile(r"%(?:\d\$)?[sIL]")
_CALLED = re.compile(r"\w+\s*\(|::\s*[\w ]+")
"""What is around a part of a name, and no part: functions and casts."""
_SLOT = "\0"
_OTHER = re.compile(r"\b(?:and|or|then|current_setting)\b|;", re.IGNORECASE)
_TRUTH = re.compile(r"::\s*bool|\bas\s+bool", re.IGNORECASE)
_FAR, _LONG, _WORDS = 160, 40, 6
_MOST = 24
"""How many names are put together at most."""


def settings_asked(catalog: CatalogEvidence, texts: Iterable[str]) -> frozenset[str]:
    """Return the names of settings that texts ask for or make, those too of which a part is an argument.

    Args:
        catalog: Of the target.
        texts: Code, and the functions that it calls.
    """
    bodies = [plain(text) for text in texts]
    found: set[str] = set()
    called = {plain(function.body): last_name(function.name) for function in catalog.functions}
    for body in dict.fromkeys(bodies):
        asked = [*_templates(body)]
        found.update(filter(_NAME.fullmatch, asked))
        if templates := [name for name in asked if _SLOT in name]:
            given = [*_given(called[body], bodies)] if body in called else []
            parts = dict.fromkeys(given or strings(body))
            together = (name.replace(_SLOT, part) for name in templates for part in parts)
            found.update(islice((name for name in together if _NAME.fullmatch(name)), _MOST))
    return frozenset(found)


def words_asked(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the words that code compares settings with, or takes for true: those near them first."""
    bodies = [body for body in map(plain, texts) if _ASKED.search(body)]
    near = (said for body in bodies for _, said in _compared(body))
    beside = (said for body in bodies for said in strings(body))
    return tuple(islice(dict.fromkeys(filter(_is_word, (*near, *beside))), _WORDS))


def compared_settings(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the settings that code compares with a word, beside the word."""
    found = dict.fromkeys(pair for text in texts for pair in _compared(plain(text)))
    return tuple((name, said) for name, said in found if _NAME.fullmatch(name) and _is_word(said))


def _compared(body: str) -> Iterator[tuple[str, str]]:
    """Yield what is asked as a setting, with each string of the condition that it stands in."""
    for asked in _ASKED.finditer(body):
        arguments = _until(body[asked.end() :], ")")
        condition = _OTHER.split(body[asked.end() + len(arguments) :], maxsplit=1)[0][:_FAR]
        true = ("true",) if _TRUTH.search(condition) else ()
        for said in (*strings(condition), *true):
            yield next(iter(strings(arguments)), ""), said


def _is_word(said: str) -> bool:
    return 0 < len(said) <= _LONG and not _NAME.fullmatch(said)


def _templates(body: str) -> Iterator[str]:
    """Yield the names that code asks for, with a slot for what is no string."""
    for asked in _ASKED.finditer(body):
        expression = _first_argument(body[asked.end() :])
        texts = strings(expression)
        if "format" in expression.lower() and texts and _PLACE.search(texts[0]):
            yield _PLACE.sub(_SLOT, texts[0])
            continue
        parts = []
        for place, piece in enumerate(STRING.split(expression)):
            is_string = place % 2
            if is_string:
                parts.append(piece)
            elif re.search(r"\w", _CALLED.sub("", piece)):
                parts.append(_SLOT)
        yield "".join(parts)


def _given(function: str, bodies: Iterable[str]) -> Iterator[str]:
    """Yield the strings that calls of a function give it."""
    call = re.compile(rf"\b{re.escape(word(function))}\s*\(", re.IGNORECASE)
    for body in bodies:
        for found in call.finditer(body):
            yield from strings(_until(body[found.end() :], ")"))


def _first_argument(text: str) -> str:
    return _until(text, ",)")


def _until(text: str, ends: str) -> str:
    """Return a text up to one of these characters that is in no string and in no parentheses of its own."""
    depth, quoted = 0, False
    for place, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif not depth and character in ends:
            return text[:place]
        else:
            depth += (character == "(") - (character == ")")
    return text
