"""Texts that match a regular expression of a CHECK; of what it holds only the plain parts are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ATOM = re.compile(
    r"\[(?P<not>\^?)(?P<set>\]?(?:\[:\w+:\]|\\.|[^\]\\])*)\]|\\(?P<escape>.)|(?P<any>\.)|(?P<plain>[^()|*+?{}^$\\])"
)
_TIMES = re.compile(r"\{(\d+)(?:,(\d*))?\}|[*+?]")
_CLASSES = {"d": "0123456789", "w": "abcdefghijklmnopqrstuvwxyz0123456789", "s": " "}
_POSIX = {
    "[:digit:]": "0-9",
    "[:alpha:]": "a-zA-Z",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:alnum:]": "a-zA-Z0-9",
    "[:space:]": " ",
    "[:xdigit:]": "0-9a-f",
}
_MOST = 64
"""How long a text may be, and how often one part of it may come."""
_DEEPEST = 16
"""How deep groups may stand in one another."""


def samples(pattern: str, digits: str, count: int = 3) -> Iterator[str]:
    """Yield texts that match a pattern, each drawn from other digits.

    Args:
        pattern: As PostgreSQL takes it.
        digits: Hexadecimal, from which choices are made.
        count: How many are tried.
    """
    for index in range(count):
        text = _sample(pattern, [int(digit, 16) for digit in digits[index:] + digits[:index]])
        if text is not None and _matches(pattern, text):
            yield text


def _matches(pattern: str, text: str) -> bool:
    for name, members in _POSIX.items():
        pattern = pattern.replace(name, members)
    try:
        return bool(re.search(pattern, text))
    except re.error:
        return False


def _sample(pattern: str, choices: list[int], depth: int = 0) -> str | None:
    """Return a text for a pattern of atoms in a row; of a group its first branch; None if too long."""
    text, position = "", 0
    while position < len(pattern) and depth <= _DEEPEST:
        if pattern[position] in "^$":
            position += 1
            continue
        if pattern[position] == "(":
            end = _closing(pattern, position)
            inner = re.sub(r"^\?:", "", pattern[position + 1 : end])
            pieces, position = [_sample(_first_branch(inner), choices, depth + 1)], end + 1
        else:
            atom = _ATOM.match(pattern, position)
            if atom is None:
                return None
            pieces, position = list(_members(atom)), atom.end()
        if not pieces or pieces[0] is None:
            return None
        least, position = _least(pattern, position)
        for _ in range(min(least, _MOST + 1)):
            text += str(pieces[choices[len(text) % len(choices)] % len(pieces)])
        if len(text) > _MOST or least > _MOST:
            return None
    return text if depth <= _DEEPEST else None


def _least(pattern: str, position: int) -> tuple[int, int]:
    """Return how often what stands before the position comes at least, and where the pattern goes on."""
    times = _TIMES.match(pattern, position)
    if times is None:
        return 1, position
    counted = {"*": 0, "?": 0, "+": 1}.get(times.group())
    return int(times[1]) if counted is None else counted, times.end()


def _members(atom: re.Match[str]) -> str:
    if atom["escape"]:
        return _CLASSES.get(atom["escape"], atom["escape"])
    if atom["any"]:
        return _CLASSES["w"]
    if atom["plain"]:
        return atom["plain"]
    members = atom["set"]
    for name, others in _POSIX.items():
        members = members.replace(name, others)
    members = re.sub(r"\\([dws])", lambda found: _CLASSES[found[1]], members)
    spread = re.sub(r"(.)-(.)", lambda f: "".join(map(chr, range(ord(f[1]), ord(f[2]) + 1))), members)
    spread = spread.replace("\\", "")
    return "".join(c for c in _CLASSES["w"] + "-_ " if c not in spread) if atom["not"] else spread


def _closing(pattern: str, start: int) -> int:
    depth = 0
    for index in range(start, len(pattern)):
        depth += (pattern[index] == "(") - (pattern[index] == ")")
        if not depth:
            return index
    return len(pattern)


def _first_branch(pattern: str) -> str:
    depth = 0
    for index, character in enumerate(pattern):
        depth += (character == "(") - (character == ")")
        if character == "|" and not depth:
            return pattern[:index]
    return pattern
