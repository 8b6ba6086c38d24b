"""Functions that say for a while that somebody else acts, told from those that are called to say so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import last_name, plain, snake_case, unsaid

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Function

_SETS = re.compile(r"\bset_config\s*\(", re.IGNORECASE)
_WRITES = re.compile(
    r"\b(?:insert\s+into|delete\s+from|merge\s+into|update)\s+(?:only\s+)?(?P<name>[\w.]+)", re.IGNORECASE
)
_SWITCHES = re.compile(
    r"(^|_)((switch|enter|become|act|acting|assume|impersonate|login|sign_?in|use|select|choose|set|activate)(?=_|$)|"
    r"wechs(el|le|eln)|wähl|waehl|setz|cambiar|elegir|entrar|usar|basculer|choisir|passer|changer|scegli|"
    r"cambia|byt|välj|skift|vælg|wissel|kies|zmien|wybierz)",
    re.IGNORECASE,
)
"""How functions are called that let their caller go over to another tenant."""


def acts_for_another(function: Function) -> bool:
    """Whether a function makes a setting and then writes by it, and is not called after the change.

    Whoever switches wants to be there afterwards; what only writes there has no reason to stay.
    """
    body = unsaid(plain(function.body))
    first = _SETS.search(body)
    called = snake_case(last_name(function.name))
    return bool(first and _WRITES.search(body, first.end())) and not _SWITCHES.search(called)


def tables_written(function: Function) -> frozenset[str]:
    """Return the names of the tables that statements of a body write to, without their schemas."""
    found = _WRITES.finditer(unsaid(plain(function.body)))
    return frozenset(last_name(one["name"]) for one in found)
