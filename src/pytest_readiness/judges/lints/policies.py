"""Lints of what policies ask."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.lints.points import Point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Policy, Relation
    from pytest_readiness.evidence.schema import SchemaEvidence

_CONSTANT = re.compile(r"^('(?:[^']|'')*'|-?\d+(?:\.\d+)?|true|false)(?:::[\w ]+)?$")
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
        if policy.command in {"INSERT", "SELECT"}:
            continue
        using, check = always_true(policy.using), always_true(policy.check)
        lax = policy.command == "ALL" and check and policy.using and not using
        if (using and (not policy.check or check)) or lax:
            what = "INSERT, judged by WITH CHECK alone," if lax else policy.command
            yield Point(
                f"{relation.name}: {policy.name}",
                f"the policy {policy.name} of {relation.name} lets {', '.join(policy.roles)} {what} "
                "whatever the row is",
                f"select * from pg_policies where policyname = '{policy.name}';",
                f'alter policy "{policy.name}" on {relation.name}: compare the owner with the caller.',
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
    text = _bare(expression.lower())
    if text.startswith("select ") and " from " not in text:
        return always_true(re.sub(r' as "?\w+"?$', "", text.removeprefix("select ")))
    for word, enough in ((" or ", any), (" and ", all)):
        parts = _split(text, word)
        if len(parts) > 1:
            return enough(always_true(part) for part in parts)
    if text.startswith("not "):
        return _bare(text.removeprefix("not ")) == "false"
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


def _bare(text: str) -> str:
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _closes(text):
        text = text[1:-1].strip()
    return text


def _closes(text: str) -> bool:
    """Whether the first parenthesis is closed by the last one."""
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return position == len(text) - 1
    return False


def _split(text: str, word: str) -> list[str]:
    """Split at a word that stands in no parentheses and no string."""
    parts, depth, start, quoted = [], 0, 0, False
    for position, letter in enumerate(text):
        quoted ^= letter == "'"
        depth += (letter == "(") - (letter == ")")
        if not depth and not quoted and text.startswith(word, position):
            parts.append(text[start:position])
            start = position + len(word)
    return [*parts, text[start:]]
