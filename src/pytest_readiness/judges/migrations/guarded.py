"""What blocks make only where it is not there, and what statements drop only where it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ONE = r"(?:\"[^\"]+\"|[\w$]+)"
_NAME = rf"(?P<name>{_ONE})"
_LONG = rf"{_ONE}(?:\s*\.\s*{_ONE})?"
_OF = rf"(?P<of>{_LONG})"
_MAKES = (
    ("policy", rf"create\s+policy\s+{_NAME}\s+on\s+{_OF}"),
    ("trigger", rf"create\s+(?:constraint\s+)?trigger\s+{_NAME}\s[^;]*?\bon\s+{_OF}"),
    ("constraint", rf"alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{_OF}\s+add\s+constraint\s+{_NAME}"),
    ("index", rf"create\s+(?:unique\s+)?index\s+{_NAME}\s+on\s+(?:only\s+)?{_OF}"),
    ("type", rf"create\s+type\s+(?:{_ONE}\s*\.\s*)?{_NAME}\s+as\s+enum"),
)
_DROPS = (
    ("policy", rf"drop\s+policy\s+if\s+exists\s+{_NAME}\s+on\s+{_OF}"),
    ("trigger", rf"drop\s+trigger\s+if\s+exists\s+{_NAME}\s+on\s+{_OF}"),
    (
        "constraint",
        rf"alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{_OF}\s+drop\s+constraint\s+if\s+exists\s+{_NAME}",
    ),
    ("index", rf"drop\s+index\s+(?:concurrently\s+)?if\s+exists\s+(?:{_ONE}\s*\.\s*)?{_NAME}"),
)
_BODY = re.compile(r"\bdo\b.*?\$(?P<tag>\w*)\$(?P<body>.*)\$(?P=tag)\$", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_PIECE = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|;|\b(?:begin|then|else|loop|exception)\b", re.IGNORECASE)
_ABSENT = re.compile(
    r"\bif\s+not\s+exists\s*\((?P<asked>.*?)\)\s*then\b(?P<does>.*?)\bend\s+if\b", re.IGNORECASE | re.DOTALL
)
_WORDS = re.compile(r"[a-z0-9]+")
_OF_ALL = frozenset(
    (
        "idx",
        "index",
        "ix",
        "key",
        "uq",
        "uk",
        "unique",
        "pkey",
        "pk",
        "fkey",
        "fk",
        "check",
        "chk",
        "ck",
        "constraint",
        "policy",
        "trigger",
        "trg",
        "tr",
        "on",
        "of",
        "for",
        "the",
        "to",
        "a",
        "an",
    )
)
"""Words of names that tell the kind, or nothing."""


@dataclass(frozen=True, slots=True)
class Creation:
    """A statement that makes something.

    Attributes:
        kind: ``policy``, ``trigger``, ``constraint``, ``index`` or ``type``, of labels.
        name: As the catalog has it.
        of: The table that it is part of, as it is spelt; empty of a type.
        text: The statement.
        asked: Whether it is made only where nothing of its name is there.
    """

    kind: str
    name: str
    of: str
    text: str
    asked: bool = False

    @property
    def drop(self) -> str:
        """What takes it away."""
        name = '"' + self.name.replace('"', '""') + '"'
        if self.kind == "constraint":
            return f"alter table {self.of} drop constraint {name} cascade"
        if self.kind in {"policy", "trigger"}:
            return f"drop {self.kind} {name} on {self.of}"
        schema = self.of.rpartition(".")[0]
        return f"drop {self.kind} {schema + '.' if schema else ''}{name} cascade"


def creations(block: str) -> Iterator[Creation]:
    """Yield what the statements of a DO block make that stand in it as they are."""
    found = _BODY.search(block)
    if not found:
        return
    body = _COMMENT.sub(lambda m: m[0] if m[0].startswith("'") else " ", found["body"])
    asked = [(match["asked"], match.span("does")) for match in _ABSENT.finditer(body)]
    begun = 0
    for match in _PIECE.finditer(body):
        if match[0].startswith(("'", '"')):
            continue
        made = _made(body[begun : match.start()].strip()) if match[0] == ";" else None
        if made:
            inside = (cond for cond, (start, end) in asked if start <= begun and match.end() <= end)
            guards = any(f"'{made.name}'" in condition for condition in inside)
            yield Creation(made.kind, made.name, made.of, made.text, asked=guards)
        begun = match.end()


def dropped(text: str) -> tuple[str, str, str]:
    """Return kind, name and table of what a statement drops if it is there; empty where it is no such."""
    for kind, pattern in _DROPS:
        if found := re.match(pattern, text, re.IGNORECASE):
            return kind, _folded(found["name"]), found.groupdict().get("of") or ""
    return "", "", ""


def meant(name: str, others: Iterable[str], table: str) -> str:
    """Return which of other names says the same of a table in other words; empty where none does."""
    return next(
        (other for other in sorted(others) if other != name and _says(other, table) == _says(name, table)), ""
    )


def _says(name: str, table: str) -> frozenset[str]:
    words = {word.removesuffix("s") for word in _WORDS.findall(name.lower().replace("_", " "))}
    words -= {word.removesuffix("s") for word in _OF_ALL}
    own = {
        word.removesuffix("s") for word in _WORDS.findall(table.rpartition(".")[2].lower().replace("_", " "))
    }
    return frozenset(words - own or words)


def _made(text: str) -> Creation | None:
    for kind, pattern in _MAKES:
        if found := re.match(pattern, text, re.IGNORECASE | re.DOTALL):
            return Creation(kind, _folded(found["name"]), found.groupdict().get("of") or "", text)
    return None


def _folded(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
