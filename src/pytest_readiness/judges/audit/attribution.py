"""Judges whom an entry names."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pytest_readiness.judges.audit.authors import may_write, writes_for_clients
from pytest_readiness.judges.sql.lexis import name_of, names, plain, underscored, word
from pytest_readiness.judges.sql.memberships import above
from pytest_readiness.judges.sql.nouns import USER_WORD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.audit import Attribution, Claim, Unfilled, Unnamed
    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.settings import AuditSession


LATER = "the rest of the transaction"
"""What a claim is about that was made after the write, before the transaction ended."""

RECORDER = "the owner of the function that records"
"""What a claim is about that names her, whoever acted."""

NOBODY = "whoever the row belongs to"
"""What a claim is about that names her, though she did not act."""

APART = "a write before it in the same transaction"
"""What a claim is about whose entry has another correlation than that of this write."""

SHARED = "the request before it on the same connection"
"""What a claim is about whose entry has the correlation of this request, and elsewhere another."""


_ENDS = r"(_(user|uid|id|uuid|name|e?mail))*$"
_WHO_ACTED = re.compile(rf"(^|_)(by|actor|who|author|editor|creator|modifier|updater){_ENDS}", re.IGNORECASE)
"""Names of columns that tell who did something to a row."""
_SOMEBODY = re.compile(rf"(er|or|by|who){_ENDS}", re.IGNORECASE)
"""The same and more: whoever signs is a signer. A colour is one too, and nobody is found by it."""
_SET = re.compile(r"\bset\b(.*?)(?:\bwhere\b|\breturning\b|;|$)", re.IGNORECASE | re.DOTALL)
_SHORTEST = 8
"""What is shorter may stand in a text by chance."""


def misnamed(claim: Claim) -> str:
    """Say what is wrong with whom an entry names; empty when nothing is."""
    what = f"A {claim.deed} of {claim.table} by {claim.who}"
    if (claim.truth or claim.lie) and refused(claim):
        return ""  # no entry, which another check tells: the server's message may quote a lie
    if claim.lie:
        return f"{what} {_believed(claim)}." if claim.said and claim.lie in claim.said else ""
    if claim.said == "":
        return f"{what} names nobody: {claim.field} in {claim.log} is the empty string."
    if claim.truth and not any(text and text in (claim.said or "") for text in claim.truth):
        said = f"{claim.said!r}" if claim.said is not None else "nothing"
        return f"{what} has {said} for {claim.field} in {claim.log}."
    return ""


def unheard(attribution: Attribution) -> dict[str, list[Unnamed]]:
    """Return the logs of which no entry was seen that a user left, and their functions that left none.

    Functions refuse whom they do not know enough of: it is told where no other way to the log was judged.
    """
    judged = {c.log for c in attribution.claims if c.truth and not refused(c)}
    found: dict[str, list[Unnamed]] = {}
    for one in attribution.unnamed:
        if one.log not in judged:
            found.setdefault(one.log, []).append(one)
    return found


def refused(claim: Claim) -> bool:
    """Whether there was no entry that could name anybody."""
    return claim.said is not None and claim.said.startswith("(")


def says(setting: str, part: str) -> bool:
    """Whether a setting is called after a part of a request: its session, address, agent or correlation."""
    words = {
        "session": r"session",
        "correlation": r"correlation|request_?id|trace",
        "address": r"(^|[._])(ip|addr)",
        "agent": r"agent",
    }
    return bool(re.search(words[part], setting))


def carried(session: AuditSession) -> dict[str, str]:
    """Return the settings that are declared to carry a part of a request, each with it."""
    told = {
        "actor": session.actor,
        "session": session.session,
        "correlation": session.correlation,
        "address": session.ip,
        "agent": session.agent,
    }
    return {part: name for part, name in told.items() if name}


def never_filled(empty: Collection[tuple[str, Collection[Unfilled]]]) -> tuple[Unfilled, ...]:
    """Return the columns that entries about none of a log's tables had anything in.

    Args:
        empty: Of each table the name of its log, and the columns of it that were empty.
    """
    tables = Counter(log for log, _ in empty)
    times = Counter(one for _, columns in empty for one in columns)
    return tuple(one for one, count in times.items() if count == tables[one.log])


def names_of(person: Person) -> tuple[str, ...]:
    """Return all by which an entry may name somebody."""
    return person.uuid, person.email, str(person.number)


def is_told(text: str, said: str) -> bool:
    """Whether what an entry says holds a text that is there by no chance."""
    return len(text) >= _SHORTEST and text in said


def bylines(relation: Relation, said: Collection[str], actor: str, kind: str) -> Iterator[Column]:
    """Yield the columns of a row by which whoever writes it may say who did.

    Args:
        relation: The table of the row.
        said: What the writer may put in.
        actor: The column of the log that tells who wrote.
        kind: Its type.
    """
    for column in relation.columns:
        # A copy of the same name says whose the row is, unless it is called after who acted.
        copied = column.name == actor and not says_who_acted(actor)
        somebody = column.type in {kind, "uuid"} or tells_who(column)
        written = column.writable and column.name in said and column.name not in relation.primary_key
        if written and somebody and not copied:
            yield column


def said_by(catalog: CatalogEvidence, relation: Relation, role: str, *, opened: bool) -> frozenset[str]:
    """Return the columns that a caller may write, in his own rows or through functions.

    Args:
        catalog: Of the target.
        relation: The table.
        role: The caller's.
        opened: Whether no row that he may change was found: which he may is up to policies, and to them
            the columns that they ask for.
    """
    held = relation.privileges.get(role)
    if not opened:
        if held is None and role not in catalog.clients:
            return frozenset(column.name for column in relation.columns)
        return frozenset((*held.update, *held.insert)) if held else frozenset()
    if held and may_write(relation, role, above(role, catalog.roles)):
        asked = names("".join(policy.using + policy.check for policy in relation.policies))
        return frozenset(held.update) - asked
    return _given_to_functions(catalog, relation)


def says_who_acted(name: str) -> bool:
    """Whether a column is called after who did something, and not after whose something is."""
    return bool(_WHO_ACTED.search(underscored(name)))


def tells_who(column: Column) -> bool:
    """Whether a column is called after somebody, who may be found by what it holds."""
    name = underscored(column.name)
    return bool(_SOMEBODY.search(name) or USER_WORD.search(name))


def _given_to_functions(catalog: CatalogEvidence, relation: Relation) -> frozenset[str]:
    """Return the columns that such functions set to what their caller gives them."""
    found: set[str] = set()
    for function in writes_for_clients(catalog, relation):
        given = "|".join(word(argument.name) for argument in function.arguments if argument.name)
        taken = re.compile(
            rf"(\w+)\s*=\s*\(*(?:coalesce\s*\(\s*)?(?:\w+\s*\.\s*)?(?:{given})\b", re.IGNORECASE
        )
        for assigned in _SET.findall(plain(function.body)) if given else ():
            found |= {name_of(spelt) for spelt in taken.findall(assigned)}
    return frozenset(found)


def remedy(claim: Claim) -> str:
    """Return what mends a wrong claim."""
    place = f"{claim.field} of an entry in {claim.log}"
    if claim.about == RECORDER:
        return (
            f"Take {place} from session_user, or current_setting('role'): in a function that is SECURITY "
            "DEFINER, current_user is its owner."
        )
    if claim.about == NOBODY:
        return f"Leave {place} empty where nobody is known to act, and keep beside it whose row it was."
    if claim.about in {APART, SHARED}:
        return f"Take {place} from a setting that the request makes, or from pg_current_xact_id()."
    return f"Take {place} from what the caller cannot choose, and only for its own transaction."


def _believed(claim: Claim) -> str:
    if claim.about == RECORDER:
        return f"has for {claim.field} in {claim.log} {claim.about} ({claim.lie}), whoever acts"
    if claim.about == NOBODY:
        return f"has for {claim.field} in {claim.log} {claim.about} ({claim.said}), who did not act"
    if claim.about == SHARED:
        return (
            f"has the {claim.field} in {claim.log} of {claim.about}, and on another connection another: "
            f"{claim.said} tells the connection"
        )
    if claim.about == APART:
        return f"has another {claim.field} in {claim.log} than {claim.about}: {claim.said}"
    if claim.about == LATER:
        return f"has for {claim.field} in {claim.log} whoever came after it in the transaction"
    return f"after a false word in {claim.about} has it for {claim.field} in {claim.log}"
