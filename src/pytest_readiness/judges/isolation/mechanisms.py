"""By which policy, grant, function or view of the target an attempt did harm, by their names."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.sql.lexis import last_name, name_of, plain, unsaid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.attacks import Assault, Harm
    from pytest_readiness.evidence.catalog import CatalogEvidence, ForeignKey, Function, Relation

_WRITES = frozenset({"UPDATE", "INSERT", "DELETE", "TRUNCATE"})
_CALL = re.compile(r"(?<![\w.$])([\w$]+)\.([\w$]+)\s*\(")
_SOURCE = re.compile(
    r"\b(?:from|join)\s+\(*(?:only\s+|lateral\s+)?([\w$]+)\.([\w$]+)(?![\w$])(?!\s*\()", re.IGNORECASE
)
_RAISES = re.compile(r"\braise\b(?!\s+(?:notice|warning|info|log|debug)\b)", re.IGNORECASE)
_SERVERS = frozenset({"23", "42", "57"})
"""Classes of what the server refuses with: constraints, privileges and names, limits."""

_OWN = "P0001"
"""What an error is that says of itself nothing else."""

_IDENTITY = {("auth", name) for name in ("uid", "jwt", "role", "email")}
"""Functions of a platform that say who asks, and nothing of anybody else."""


def explained(catalog: CatalogEvidence, assaults: Iterable[Assault]) -> Iterator[Assault]:
    """Yield assaults whose harms say what let them through, and how to mend it where that is plain."""
    functions = {function.signature: function for function in catalog.functions}
    for assault in assaults:
        relation = catalog.relation(assault.subject)
        harms = (
            replace(
                harm,
                by=harm.by or _by(catalog, functions, assault, harm),
                mend=harm.mend or (_mend(catalog, relation, assault, harm) if relation else ""),
            )
            for harm in assault.harms
        )
        part_of = relation.parent if relation else ""
        yield replace(assault, harms=tuple(harms), part_of=part_of) if assault.harms else assault


def _mend(catalog: CatalogEvidence, relation: Relation, assault: Assault, harm: Harm) -> str:
    onwards = "".join(_onwards(catalog, relation, assault.verb, harm)) if assault.verb in _WRITES else ""
    if "ON UPDATE" in onwards:
        return f"Let nobody but the owner of all that refers to a row of {relation.name} change its key."
    if "ON DELETE" in onwards:
        return (
            f"Let that key of {harm.relation} refuse the delete, or let nobody but the owner of all that "
            f"refers to a row of {relation.name} delete it."
        )
    if onwards:
        return (
            f"Let it act on rows of {harm.relation} that are the caller's, and let the key that leads there "
            "carry the owner's column."
        )
    return mended(relation, assault.verb)


def mended(relation: Relation, verb: str) -> str:
    """Return the statement that mends a relation where no policy is to blame; empty where one is."""
    name = relation.name
    if verb == "TRUNCATE":
        return f"revoke truncate on {name} from {', '.join(sorted(relation.privileges)) or 'public'};"
    if relation.kind == "view" and not _invoker(relation) and not relation.triggers and not relation.rules:
        invoker = f"alter view {name} set (security_invoker = true);"
        if verb in _WRITES:
            roles = ", ".join(sorted(relation.privileges)) or "public"
            return f"revoke insert, update, delete on {name} from {roles}; -- if it is written to: {invoker}"
        return f"{invoker} -- and policies on the tables below it"
    if relation.exempt in relation.privileges:
        return f"alter table {name} force row level security; -- or give it to a role that no client is"
    if relation.kind in TABLE_KINDS and not relation.rls:
        missing = " -- with policies that compare the owner with the caller" if not relation.policies else ""
        return f"alter table {name} enable row level security;{missing}"
    return ""


def _by(catalog: CatalogEvidence, functions: dict[str, Function], assault: Assault, harm: Harm) -> str:
    function, relation = functions.get(assault.subject), catalog.relation(assault.subject)
    if function:
        return _of_function(function)
    if relation is None:
        return ""
    if assault.verb in _WRITES:
        by = of_relation(catalog, relation, assault.verb)
        return "; ".join((by, *_met(relation, harm), *_onwards(catalog, relation, assault.verb, harm)))
    if assault.verb.startswith("ESCALATE") and (read := catalog.relation(harm.relation)):
        return of_relation(catalog, read, "SELECT")
    return ""


def of_relation(catalog: CatalogEvidence, relation: Relation, verb: str) -> str:
    """Say what lets clients at a relation with a verb.

    Args:
        catalog: For who the clients are.
        relation: The one that statements name.
        verb: SELECT, INSERT, UPDATE, DELETE or TRUNCATE.
    """
    name = relation.name
    if verb == "TRUNCATE":
        owner = relation.owner in catalog.clients
        return f"{relation.owner} owns {name}" if owner else "TRUNCATE is granted, and asks no policy"
    if relation.kind not in TABLE_KINDS:
        return _of_view(relation)
    if not relation.rls:
        return f"row-level security is off on {name}, and {verb} is granted"
    if relation.owner in catalog.clients and not relation.forced:
        return f"{relation.owner} owns {name}, and policies do not bind owners"
    meant = {"public", *catalog.clients}
    meant |= {name for role in catalog.roles if role.name in catalog.clients for name in role.member_of}
    policies = [
        policy.name
        for policy in relation.policies
        if policy.permissive and policy.command in {verb, "ALL"} and meant & {*policy.roles}
    ]
    if policies:
        return f"polic{'ies' if policies[1:] else 'y'} {', '.join(policies)} on {name}"
    return f"no policy of {name} for {verb} stands in the way"


def raised_by(catalog: CatalogEvidence, relation: Relation, verb: str, state: str) -> str:
    """Say which trigger refuses a write with an error of its own; empty where the server itself refuses.

    Args:
        catalog: Of the target.
        relation: The one that was written to.
        verb: INSERT, UPDATE or DELETE.
        state: SQLSTATE of the refusal.
    """
    if state[:2] in _SERVERS:
        return ""
    raising = [
        trigger
        for trigger in relation.triggers
        if verb in (trigger.events or (verb,)) and trigger.enabled != "D" and _raises(trigger.body, state)
    ]
    if not raising:
        return ""
    names = ", ".join(trigger.name for trigger in raising)
    runs = {trigger.function for trigger in raising}
    owners = {f.owner for f in catalog.functions if f.name in runs and f.definer}
    rights = f", with the rights of {', '.join(sorted(owners))} (SECURITY DEFINER)" if owners else ""
    return f"trigger {names} on {relation.name} raises it, in {', '.join(sorted(runs))}{rights}"


def _raises(body: str, state: str) -> bool:
    """Whether a body may raise an error with an SQLSTATE."""
    said = plain(body)
    return bool(_RAISES.search(unsaid(said))) and (state == _OWN or f"'{state}'" in said)


def _of_view(relation: Relation) -> str:
    if relation.kind == "foreign table":
        return "no policy can stand before a foreign table, and SELECT is granted"
    rights = "its caller" if _invoker(relation) else f"its owner {relation.owner}"
    acting = [trigger.name for trigger in relation.triggers]
    through = f", through trigger {', '.join(acting)}" if acting else ""
    return f"{relation.kind} {relation.name} has the rights of {rights}{through}"


def has_callers_rights(relation: Relation, called: Iterable[Function], catalog: CatalogEvidence) -> bool:
    """Whether a view has no rights but its caller's: he could ask all that it asks by himself.

    Args:
        relation: The view.
        called: The functions that its query calls.
        catalog: Of the target: what a view reads or calls beside it, such as a function in a schema of the
            platform's, is judged by nobody.
    """
    if relation.kind != "view" or not _invoker(relation) or any(function.definer for function in called):
        return False
    text = plain(relation.view)
    tables = {(one.schema, one.table) for one in catalog.relations}
    own = {(one.schema, last_name(one.name)) for one in catalog.functions}
    asked = {pair for pair in _pairs(_CALL, text) if pair[0] != "pg_catalog" and pair not in _IDENTITY}
    return asked <= own and {*_pairs(_SOURCE, text)} <= tables


def _pairs(pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, str]]:
    """Yield what a pattern finds in plain SQL, schema and name, as the server calls them."""
    for schema, name in pattern.findall(text):
        yield name_of(schema), name_of(name)


def _invoker(relation: Relation) -> bool:
    return bool({"security_invoker=true", "security_invoker=on", "security_invoker=1"} & {*relation.options})


def _of_function(function: Function) -> str:
    if not function.definer:
        return "it runs with the rights of its caller, whom the policies let through"
    return f"it runs with the rights of its owner {function.owner} (SECURITY DEFINER)"


def _onwards(catalog: CatalogEvidence, relation: Relation, verb: str, harm: Harm) -> Iterator[str]:
    """Say what went on from the relation that was named to another one."""
    harmed = catalog.relation(harm.relation)
    if harmed is None or harmed.name == relation.name or relation.kind not in TABLE_KINDS:
        return
    keys = [key for key in harmed.foreign_keys if key.target == relation.name and _acts(key, verb)]
    if keys:
        yield f"{', '.join(keys[0].columns)} of {harmed.name} has ON {_acts(keys[0], verb)}"
    elif relation.triggers:
        yield f"trigger {', '.join(trigger.name for trigger in relation.triggers)} goes on to {harmed.name}"
    elif relation.rules:
        yield f"a rule goes on to {harmed.name}"


def _met(relation: Relation, harm: Harm) -> Iterator[str]:
    """Say that an insert met a row which the view does not show: no check option asks for the old row."""
    if relation.kind == "view" and not _invoker(relation) and " on conflict " in harm.sql:
        yield "ON CONFLICT meets rows that its filter hides, with or without a check option"


def _acts(key: ForeignKey, verb: str) -> str:
    """Return what a reference does when the row that it leads to is deleted, or gets another key."""
    act = key.on_update if verb == "UPDATE" else key.on_delete
    return act and f"{'UPDATE' if verb == 'UPDATE' else 'DELETE'} {act}"
