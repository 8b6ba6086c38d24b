"""What stands in the target's SQL for whoever calls: claims, settings, and functions that return them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.ownership import Who
from pytest_readiness.judges.owners.tenants_by_reference import led_to
from pytest_readiness.judges.sql.comparisons import CAST
from pytest_readiness.judges.sql.lexis import last_name, name_of, plain, word
from pytest_readiness.judges.sql.nouns import RANK, TENANT_WORD, USER_WORD
from pytest_readiness.judges.sql.requests import HEADER, claims_in

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function

ASKING = re.compile(r"auth\.(uid|jwt|email)\(\)|current_setting\(|current_user|session_user", re.IGNORECASE)
READ = re.compile(r"current_setting\s*\(\s*'([\w.]+)'", re.IGNORECASE)
PRESENTED = re.compile(r"request\.(headers?|cookies?|path|method)", re.IGNORECASE)
"""What a caller brings along, such as a token: who he is it does not say."""

SESSION = re.compile(r"current_user|session_user", re.IGNORECASE)
LOOKED_UP = re.compile(
    r"\bselect\s+(?:distinct\s+)?(?:(?:lower|trim|btrim)\s*\(\s*)?(?:\w+\.)?(?P<column>\w+)\)?\s+(?:into\s+\w+\s+)?from\s+(?:\w+\.)?(?P<table>\w+)",
    re.IGNORECASE,
)
_MAIL = re.compile(r"(^|_)e?_?mail(_?address)?$", re.IGNORECASE)
_KEY_NAME = re.compile(r"(_|(?<=[a-z]))(id|uuid|key|slug|code)$", re.IGNORECASE)
_PART = re.compile(r"split|substr|regexp|position|'@", re.IGNORECASE)
"""What takes an address apart: its domain is no address."""

SIGNED_IN = frozenset({"sub", "email", "phone", "aal", "session_id", "is_anonymous"})
"""Claims that say who somebody is, or how he signed in."""

_SPACE = re.compile(r"\s+")
_SCALARS = frozenset({"uuid", "text", "character varying", "bigint", "integer", "name"})


@dataclass(frozen=True)
class Caller:
    """What stands in the target's SQL for whoever calls.

    Attributes:
        functions: Without arguments that say who he is, by their plain name, and whom each names.
        settings: What each setting holds that policies or functions read.
        looking: Those of the functions that look it up: of a user they may tell the key of a row of his.
    """

    functions: dict[str, Who] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    looking: frozenset[str] = frozenset()

    @cached_property
    def pattern(self) -> str:
        """A pattern of expressions that stand for him."""
        return caller_pattern(self.functions)

    def whom(self, expression: str) -> Who:
        """Return whom such an expression names."""
        return _whom(expression, self.functions, self.settings)

    def is_looked_up(self, expression: str) -> bool:
        """Whether such an expression reads a table for him."""
        return any(re.search(rf"(?<!\w){word(name)}\(\)", expression) for name in self.looking)


def caller_pattern(identity: Collection[str]) -> str:
    """Return a pattern of expressions that stand for whoever calls."""
    own = "|".join(word(name) for name in sorted(identity, key=len, reverse=True))
    functions = rf"|(?:\w+\.)?(?:{own})\(\)" if own else ""
    named = r"(?:\s+as\s+\w+)?"  # a subquery of its own has its column named
    key = rf"{named}\)*\s*->>?\s*'[\w-]+'(?:::text)?"
    value = (
        rf"(?:auth\.(?:uid|email)\(\)|auth\.jwt\(\)(?:{key})+|current_user|session_user"
        rf"|(?:pg_catalog\.)?current_setting\([^)]*\)(?:{named}\)*(?:::jsonb?)?(?:{key}))*{functions})"
    )
    made = r"(?:nullif|lower|upper|trim|btrim|coalesce|string_to_array|regexp_split_to_array|unnest)\s*\(\s*"
    opened = rf"(?:{made})*\(*\s*(?:select\s+)?\(*(?:{made})*\(*"
    return rf"{opened}{value}{CAST}(?:\s*,\s*''(?:::text)?\))?(?:\s+as\s+\w+)?{CAST}"


def _whom(expression: str, identity: dict[str, Who], stands: dict[str, str]) -> Who:
    for name, who in identity.items():
        if re.search(rf"(?<!\w){word(name)}\(\)", expression):
            return who
    names = re.findall(r"'([\w.-]+)'", expression)
    if names and stands.get(names[0]):
        return Who(stands[names[0]])
    last = names[-1].rpartition(".")[2] if names else ""
    if "auth.email()" in expression or last == "email":
        return Who.EMAIL
    own = "auth.uid()" in expression or SESSION.search(expression) or USER_WORD.search(last)
    return Who.USER if own else Who.TENANT


def says_rank(caller: str) -> bool:
    """Whether a text reads of a token what somebody may, in a document of the application's own."""
    return any(claim.within and RANK.search(claim.name) for claim in claims_in([caller]))


def chooses_tenant(presented: str, column: str = "") -> bool:
    """Whether a caller says by a header in whose name he asks: what is called otherwise may be a token.

    Args:
        presented: What a text reads of the request, and what follows.
        column: What it compares with that.
    """
    header = HEADER.match(presented[presented.find("'") :])
    called = [header[1].replace("-", "_"), column] if header else []
    return any(TENANT_WORD.search(name) for name in called)


def identity_functions(catalog: CatalogEvidence, stands: dict[str, str]) -> dict[str, Who]:
    """Return functions without arguments that say who the caller is, by their plain name."""
    found = {}
    for function in catalog.functions:
        if function.arguments or function.returns not in _SCALARS or not asks(function):
            continue
        name = last_name(function.name)
        who = _returned(function, catalog) or _made(function, stands) or _named_like(name, function)
        if who:
            found[name] = who
    return found


def _made(function: Function, stands: dict[str, str]) -> Who | None:
    """Tell from the setting or claim that a function returns: what it is called is its author's affair."""
    found = READ.search(plain(function.body))
    whom = stands.get(found[1], "") if found else ""
    presented = found and PRESENTED.search(found[1])
    read = {claim.name for claim in claims_in([function.body])} if not presented else set()
    if not whom and read == {"email"} and not _PART.search(plain(function.body)):
        return Who.EMAIL
    if not whom and len(read) == 1 and not (RANK.search(name := read.pop()) or name in SIGNED_IN):
        return None if USER_WORD.search(name) else Who.TENANT
    return Who(whom) if whom else None


def _named_like(name: str, function: Function) -> Who | None:
    """Tell from its name, or from that of the setting that it returns, which alone says nothing of users."""
    if RANK.search(name):
        return None
    if TENANT_WORD.search(name) and not USER_WORD.search(name):
        return Who.TENANT
    found = READ.search(plain(function.body))
    if found and PRESENTED.search(found[1]):
        return Who.TENANT if chooses_tenant(plain(function.body)[found.start() :]) else None
    said = USER_WORD.search(name) or (found and USER_WORD.search(found[1].rpartition(".")[2]))
    return Who.USER if said or not found else Who.TENANT


def _returned(function: Function, catalog: CatalogEvidence) -> Who | None:
    """Tell from the column that a function looks up for the caller; None where that says nothing."""
    found = LOOKED_UP.search(_SPACE.sub(" ", plain(function.body)))
    if not found:
        return None
    column, table = name_of(found["column"]), name_of(found["table"])
    if _MAIL.search(column):
        return Who.EMAIL
    if USER_WORD.search(column):
        return Who.USER
    if _KEY_NAME.search(column) and not RANK.search(column):
        return Who.TENANT
    if column == "id":
        return Who.TENANT if TENANT_WORD.search(table) else None
    refers = _refers(catalog, table, column) and not RANK.search(column)
    return Who.TENANT if refers or led_to(function, catalog) else None


def _refers(catalog: CatalogEvidence, table: str, column: str) -> bool:
    """Whether a column refers to rows that are told apart by something else than a user's key."""
    return any(
        key.columns == (column,) and not key.target.startswith("auth.")
        for relation in catalog.relations
        if relation.table == table
        for key in relation.foreign_keys
    )


def looks_up(function: Function) -> bool:
    """Whether a function reads a column of a table."""
    return bool(LOOKED_UP.search(_SPACE.sub(" ", plain(function.body))))


def asks(function: Function) -> bool:
    """Whether a function reads who calls."""
    return bool(ASKING.search(plain(function.body)))
