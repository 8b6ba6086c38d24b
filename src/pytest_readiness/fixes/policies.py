"""Changes to policies: what they ask of a row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.fixes.predicates import conditions, guarded, references, wrapped
from pytest_readiness.fixes.system import Change, unwrapped
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Policy, Relation
    from pytest_readiness.fixes.system import System

READS = frozenset({"SELECT"})
_OPEN = re.compile(
    r"^\(*(true|\(?auth\.role\(\) = 'authenticated'(::text)?\)?|"
    r"\(?\(? ?(select )?auth\.uid\(\)( as uid\))?\)? is not null\)?)\)*$",
    re.IGNORECASE,
)
"""Conditions that name no row: they hold for everybody, or for everybody who is signed in."""

_CALLER = re.compile(r"\buid\(\)|current_setting\(|current_user|\bjwt\(\)|\bemail\(\)", re.IGNORECASE)
_BACKEND = re.compile(r"service|backend|internal|server|cron|worker", re.IGNORECASE)


def rewritten(relation: Relation, verbs: frozenset[str], system: System) -> Iterator[Change]:
    """Yield policies with a condition added or replaced: one alone, then all that apply."""
    applying = [policy for policy in relation.policies if _applies(policy, verbs, system)]
    for policy in applying:
        if _OPEN.match(policy.using or policy.check) and _BACKEND.search(policy.name) and system.service:
            to = f"alter policy {identifier(policy.name)} on {relation.name} to {identifier(system.service)}"
            yield Change((to,), f"leaves the policy {policy.name} to the backend", 1)
        if policy.roles == ("anon",):
            drop = f"drop policy {identifier(policy.name)} on {relation.name}"
            yield Change((drop,), f"drops {policy.name}, a policy for callers without a user", 1)
    yield from _without_an_arm(relation, applying, verbs)
    reading = verbs <= READS
    yield from _beside_references(relation, applying, verbs, system) if reading else ()
    for place, condition in enumerate((conditions if reading else guarded)(relation, system)):
        for keep in (True, False):
            loose = [policy for policy in applying if not _says(policy, condition)] or applying
            whole = tuple(_alter(policy, relation, condition, verbs, keep=keep) for policy in loose)
            weight = 2 + 2 * place + (not keep)
            what = "compares the owner of a row with the caller"
            if len(whole) > 1:
                for policy, one in zip(loose, whole, strict=True):
                    yield Change((one,), f"{what} in the policy {policy.name}", weight)
            if whole:
                yield Change(whole, f"{what} in {_named(loose)}", weight + (len(whole) > 1))


def _without_an_arm(relation: Relation, applying: list[Policy], verbs: frozenset[str]) -> Iterator[Change]:
    """Yield policies of several alternatives with one of them left out: what the others allow stays."""
    for policy in applying:
        checked = not verbs <= READS and bool(policy.check)
        arms = alternatives(policy.check if checked else policy.using)
        for arm in sorted(arms, key=_asks_who) if len(arms) > 1 else ():
            rest = " or ".join(wrapped(other) for other in arms if other != arm)
            clause = f"with check ({rest})" if checked else f"using ({rest})"
            statement = f"alter policy {identifier(policy.name)} on {relation.name} {clause}"
            yield Change((statement,), f"leaves {arm} out of the policy {policy.name}", 1)


def _asks_who(condition: str) -> bool:
    return bool(_CALLER.search(condition))


def _beside_references(
    relation: Relation, applying: list[Policy], verbs: frozenset[str], system: System
) -> Iterator[Change]:
    """Yield policies that compare the owner, or whose the rows are that their own words refer to."""
    plain = conditions(relation, system)
    for policy in applying if plain else ():
        led = [
            next(iter(references(relation, key, system)), "")
            for key in relation.foreign_keys
            if key.target in system.owners.owned
            and any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", policy.using) for name in key.columns)
        ]
        ways = [way for way in dict.fromkeys(led) if way and way not in plain]
        if ways:
            condition = " or ".join([wrapped(plain[0]), *ways])
            statement = _alter(policy, relation, condition, verbs, keep=False)
            what = f"compares the owner, and the owners of what it refers to, in the policy {policy.name}"
            yield Change((statement,), what, 2)


def alternatives(text: str) -> list[str]:
    """Split a condition at the OR between its outermost parts, as the server writes it."""
    whole = unwrapped(text)
    found, depth, start, quoted = [], 0, 0, False
    for place, character in enumerate(whole):
        if character == "'":
            quoted = not quoted
        if not quoted:
            depth += (character == "(") - (character == ")")
            if not depth and whole.startswith(" OR ", place):
                found.append(whole[start:place])
                start = place + 4
    return [unwrapped(part) for part in [*found, whole[start:]]]


def _says(policy: Policy, condition: str) -> bool:
    """Whether a policy asks for nothing but a condition, whatever the server made of its words."""
    own = {_bare(text) for text in (policy.using, policy.check) if text}
    return own == {_bare(condition)}


def _bare(text: str) -> str:
    return re.sub(r"\b(as uid|select)\b|[\s()]", "", text.lower())


def _named(policies: list[Policy]) -> str:
    names = ", ".join(policy.name for policy in policies)
    return f"the polic{'ies' if len(policies) > 1 else 'y'} {names}"


def _applies(policy: Policy, verbs: frozenset[str], system: System) -> bool:
    everybody = {"public", *system.clients}
    return (
        policy.permissive and policy.command in {*verbs, "ALL"} and bool(everybody.intersection(policy.roles))
    )


def _alter(policy: Policy, relation: Relation, condition: str, verbs: frozenset[str], *, keep: bool) -> str:
    """Return the policy with a condition, beside its own where that says something."""

    def narrowed(own: str) -> str:
        kept = f"{wrapped(unwrapped(own))} and {wrapped(condition)}"
        return kept if keep and own and not _OPEN.match(own) else condition

    using = f" using ({narrowed(policy.using)})" if policy.command != "INSERT" else ""
    writes = policy.command in {"INSERT", "UPDATE", "ALL"} and not verbs <= READS
    check = f" with check ({narrowed(policy.check)})" if writes else ""
    if verbs == {"INSERT", "UPDATE"} and policy.command != "INSERT":
        using = ""  # the row that is there was not what went wrong
    return f"alter policy {identifier(policy.name)} on {relation.name}{using}{check}"
