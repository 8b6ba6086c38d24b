"""Who may use a view or a function that was made anew under its name, beside who might use the old one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EVERYBODY = "public"
_ON = {"on", "true", "yes", "1"}
_KEPT = ("security_invoker", "security_barrier")


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done with a view or a function.

    Attributes:
        made: The number that the server gave it when it was made.
        held: Who holds which privilege, its owner left out.
        options: Of a view.
    """

    made: int
    held: frozenset[tuple[str, str]]
    options: tuple[str, ...] = ()


def remade(known: Mapping[str, Rights], new: Mapping[str, Rights]) -> dict[str, Rights]:
    """Return, by name of what was made anew, the rights in the old one.

    A function with other arguments takes the place of the only one of its name, if that is gone.

    Args:
        known: The last rights in everything that was ever there.
        new: Those now.
    """
    found = {}
    for name, now in new.items():
        old = known.get(name) or _by_plain_name(name, known, new)
        if old and old.made != now.made:
            found[name] = old
    return found


def lost_rights(old: Rights, new: Rights, name: str, sql: str) -> tuple[str, ...]:
    """Say who may not use the new one any more, who may though the old one was closed, and what it guarded.

    Args:
        old: Those of the old one.
        new: Those of the new one.
        name: What it is called, with its schema.
        sql: Of the file; what this grants is meant.
    """
    return tuple(_lost(old, new, name, sql))


def _lost(old: Rights, new: Rights, name: str, sql: str) -> Iterator[str]:
    options = _switched_on(new)
    yield from (option for option in _KEPT if option in _switched_on(old) - options)
    everybody = {privilege for grantee, privilege in new.held if grantee == EVERYBODY}
    for grantee, privilege in sorted(old.held - new.held):
        if privilege not in everybody:
            yield f"{privilege} by {grantee}"
    for grantee in sorted({grantee for grantee, _ in new.held - old.held}):
        if not _grants(sql, name, grantee):
            yield f"what closed it to {grantee}"


def _switched_on(rights: Rights) -> set[str]:
    said = (option.partition("=") for option in rights.options)
    return {name for name, _, value in said if value.lower() in _ON}


def _grants(sql: str, name: str, grantee: str) -> bool:
    plain = re.escape(_plain(name).rpartition(".")[2].strip('"'))
    role = re.escape(grantee)
    return bool(
        re.search(
            rf"\bgrant\b[^;]*(?:\b{plain}\b|\ball\s+\w+\s+in\s+schema\b)[^;]*\bto\b[^;]*(?<!\w){role}(?!\w)",
            sql,
            re.IGNORECASE,
        )
    )


def _plain(name: str) -> str:
    return name.partition(" ")[2].partition("(")[0]


def _by_plain_name(name: str, known: Mapping[str, Rights], new: Mapping[str, Rights]) -> Rights | None:
    if not name.startswith("function "):
        return None
    alike = [other for other in known if other.startswith("function ") and _plain(other) == _plain(name)]
    return known[alike[0]] if len(alike) == 1 and alike[0] not in new else None
