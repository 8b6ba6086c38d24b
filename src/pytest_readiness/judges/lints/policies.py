"""Lints of what policies ask."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.lints.points import Point
from pytest_readiness.judges.sql.conditions import bare, split
from pytest_readiness.judges.sql.lexis import STRING, last_name, name_of, names, plain, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Policy, Relation
    from pytest_readiness.evidence.schema import SchemaEvidence

_CONSTANT = re.compile(r"^('(?:[^']|'')*'|-?\d+(?:\.\d+)?|true|false)(?:::[\w ]+)?$")
_CALLER = re.compile(r"\bselect\b|\bauth\s*\.|current_setting|current_user|session_user", re.IGNORECASE)
_COLUMN = re.compile(
    r"(?<![\w.:])(?<!\bas )(?:(?P<of>\w+)\s*\.\s*)?(?P<name>[A-Za-z_]\w*)\b(?!\s*[.(])", re.IGNORECASE
)
_METADATA = re.compile(r"user_metadata|raw_user_meta_data")


def by_user_metadata(catalog: CatalogEvidence) -> Iterator[Point]:
    """Yield the policies that believe what users write about themselves."""
    for relation in catalog.relations:
        for policy in relation.policies:
            if _METADATA.search(f"{policy.using} {policy.check}"):
                yield Point(
                    f"{relation.name}: {policy.name}",
                    f"the policy {policy.name} of {relation.name} asks user_metadata, which users edit",
                    f"select * from pg_policies where policyname = '{policy.name}';",
                    f"let {policy.name} ask app_metadata, or a table that users cannot write",
                )


def open_writes(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the policies that let everybody change or remove every row, or that check nothing they should."""
    for relation, policy in _for_clients(catalog, schema):
        what = _left_open(catalog, relation, policy)
        if what:
            yield Point(
                f"{relation.name}: {policy.name}",
                f"the policy {policy.name} of {relation.name} lets {', '.join(policy.roles)} {what}",
                f"select * from pg_policies where policyname = '{policy.name}';",
                f'alter policy "{policy.name}" on {relation.name}: compare the owner with the caller.',
            )


def _left_open(catalog: CatalogEvidence, relation: Relation, policy: Policy) -> str:
    """Say what a policy for writes lets through; empty where it asks for what it should."""
    if policy.command in {"INSERT", "SELECT"}:
        return ""
    using, check = always_true(policy.using), always_true(policy.check)
    if using and (not policy.check or check):
        return f"{policy.command} whatever the row is"
    if using or not check or not policy.using:
        return ""
    if policy.command == "ALL":
        return "INSERT, judged by WITH CHECK alone, whatever the row is"
    free = sorted(_free(catalog, relation, policy))
    return f"set {', '.join(free)} of a row that USING gives them to anything" if free else ""


def _free(catalog: CatalogEvidence, relation: Relation, policy: Policy) -> set[str]:
    """Return the columns by which USING tells whose a row is, and that nothing keeps as they are."""
    roles = [role for role in catalog.clients if role in policy.roles or "public" in policy.roles]
    held = [relation.privileges[role].update for role in roles if role in relation.privileges]
    written = {column for columns in held for column in columns}
    told = _of_the_caller(catalog, relation, policy.using)
    return {name for name in told if (not written or name in written) and not _kept(relation, name)}


def _of_the_caller(catalog: CatalogEvidence, relation: Relation, using: str) -> set[str]:
    """Return the columns of a table that its policy compares with the caller, or looks him up by."""
    own = {last_name(function.name) for function in catalog.functions}
    columns = {column.name for column in relation.columns}
    found = set[str]()
    for part in split(bare(plain(using)), " AND "):
        text = STRING.sub("''", part)
        if _CALLER.search(text) or own & names(text):
            named = ((name_of(m["of"] or ""), name_of(m["name"])) for m in _COLUMN.finditer(text))
            found |= {name for of, name in named if of in {"", relation.table}}
    return found & columns


def _kept(relation: Relation, column: str) -> bool:
    """Whether a trigger compares the new value of a column with the old one, or puts that back."""
    return any(
        trigger.enabled != "D"
        and "UPDATE" in trigger.events
        and all(
            re.search(rf"\b{row}\s*\.\s*{re.escape(word(column))}\b", plain(trigger.body), re.IGNORECASE)
            for row in ("new", "old")
        )
        for trigger in relation.triggers
    )


def open_inserts(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the policies by which everybody may add rows of any kind."""
    for relation, policy in _for_clients(catalog, schema):
        if policy.command == "INSERT" and always_true(policy.check):
            yield Point(
                f"{relation.name}: {policy.name}",
                f"the policy {policy.name} of {relation.name} lets {', '.join(policy.roles)} add any row, "
                "which may be meant for a form",
                f"select * from pg_policies where policyname = '{policy.name}';",
                f'alter policy "{policy.name}" on {relation.name} with check (…);',
            )


def _for_clients(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[tuple[Relation, Policy]]:
    """Yield permissive policies that apply to a role of the API, where no restrictive one stands beside."""
    clients = {"public", *schema.roles}
    for relation in catalog.relations:
        strict = {p.command for p in relation.policies if not p.permissive}
        for policy in relation.policies:
            if policy.permissive and clients & {*policy.roles} and not strict & {policy.command, "ALL"}:
                yield relation, policy


def always_true(expression: str) -> bool:
    """Whether an expression is true whatever the row is: written so, or a comparison of constants."""
    text = bare(expression.lower())
    if text.startswith("select ") and " from " not in text:
        return always_true(re.sub(r' as "?\w+"?$', "", text.removeprefix("select ")))
    for between, enough in ((" or ", any), (" and ", all)):
        parts = split(text, between)
        if len(parts) > 1:
            return enough(always_true(part) for part in parts)
    if text.startswith("not "):
        return bare(text.removeprefix("not ")) == "false"
    return text == "true" or _equal_constants(text)


def _equal_constants(text: str) -> bool:
    compared = re.fullmatch(r"(.+?)\s*(=|<>|<=|>=|is not distinct from)\s*(.+)", text)
    if not compared:
        return False
    left, how, right = (part.strip() for part in compared.groups())
    if not (_CONSTANT.match(left) and _CONSTANT.match(right)):
        return False
    left, right = left.split("::")[0], right.split("::")[0]
    return left != right if how == "<>" else left == right
