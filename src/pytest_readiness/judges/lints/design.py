"""Lints of how tables are built: keys, indexes, policies that cost, extensions."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.judges.lexis import names
from pytest_readiness.judges.lints.access import tables
from pytest_readiness.judges.lints.points import Point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.evidence.schema import SchemaEvidence

_CALLER = re.compile(r"(?:\bauth\s*\.\s*(?:uid|jwt|role|email)\s*\[|\bcurrent_setting\s*\[)", re.IGNORECASE)
_INNERMOST = re.compile(r"\(([^()]*)\)")
_STRING = re.compile(r"'[^']*'")
_SUBSELECT = re.compile(r"\s*select\b", re.IGNORECASE)
_EACH = ("SELECT", "INSERT", "UPDATE", "DELETE")


def unindexed_references(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the foreign keys whose columns lead no index."""
    for relation in tables(catalog):
        led = [i.columns for i in schema.indexes if i.relation == relation.name and i.valid and not i.partial]
        for key in relation.foreign_keys:
            if not any({*columns[: len(key.columns)]} == {*key.columns} for columns in led):
                columns = ", ".join(key.columns)
                yield Point(
                    f"{relation.name} ({columns})",
                    f"no index begins with {columns} of {relation.name}: deletes in {key.target} read it all",
                    f"select * from pg_indexes where tablename = '{relation.table}';",
                    f"create index concurrently on {relation.name} ({columns});",
                )


def keyless(catalog: CatalogEvidence) -> Iterator[Point]:
    """Yield the tables without a primary key."""
    for relation in tables(catalog):
        if not relation.primary_key and not relation.parent:
            yield Point(
                relation.name,
                f"{relation.name} has no primary key: nothing tells its rows apart",
                f"select * from pg_constraint where conrelid = '{relation.name}'::regclass;",
                f"alter table {relation.name} add primary key (…);",
            )


def twins(schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the indexes that say the same as another one of their table."""
    alike: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    serving = {index.name for index in schema.indexes if index.serves}
    for index in schema.indexes:
        alike[index.relation, index.sameness.removeprefix("UNIQUE ")].append(index.name)
    for (relation, _), found in alike.items():
        spare = [name for name in found if name not in serving]
        if len(found) > 1 and spare:
            drop = spare[-1]
            yield Point(
                f"{relation}: {', '.join(found)}",
                f"the indexes {', '.join(found)} of {relation} are the same: each write keeps all of them",
                f"select indexdef from pg_indexes where indexname in ('{found[0]}', '{drop}');",
                f"drop index concurrently {drop};",
            )


def unasked_indexes(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the indexes that were not scanned, and whose first column nothing in the schema asks for."""
    asked = {name for f in catalog.functions for name in names(f.body)}
    for relation in catalog.relations:
        texts = [relation.view, *(p.using for p in relation.policies), *(p.check for p in relation.policies)]
        asked |= {name for text in texts if text for name in names(text)}
        asked |= {name for key in relation.foreign_keys for name in key.columns}
    for index in schema.indexes:
        first = index.columns[0] if index.columns else ""
        if not index.serves and not index.scans and first and first not in asked:
            yield Point(
                f"{index.relation}: {index.name}",
                f"the schema never asks for {first}, with which {index.name} of {index.relation} begins, "
                "and no scan of it was counted; the application may ask",
                f"select idx_scan from pg_stat_all_indexes where indexrelname = '{index.name}';",
                f"drop index concurrently {index.name};",
            )


def callers_by_row(catalog: CatalogEvidence) -> Iterator[Point]:
    """Yield the policies that look the caller up once for each row."""
    for relation in catalog.relations:
        for policy in relation.policies:
            text = f"{policy.using} {policy.check}"
            if _CALLER.search(_outside_subselects(text)):
                yield Point(
                    f"{relation.name}: {policy.name}",
                    f"the policy {policy.name} of {relation.name} looks the caller up for each row, not once",
                    f"select * from pg_policies where policyname = '{policy.name}';",
                    f"put the call into a sub-select: (select auth.uid()), in {policy.name}",
                )


def _outside_subselects(text: str) -> str:
    """Return what stands outside of sub-selects, with brackets for parentheses."""
    text, more = _STRING.sub("''", text), 1
    while more:
        text, more = _INNERMOST.subn(lambda m: " " if _SUBSELECT.match(m[1]) else f"[{m[1]}]", text)
    return text


def overlapping_policies(catalog: CatalogEvidence) -> Iterator[Point]:
    """Yield the roles and commands for which several permissive policies are asked."""
    for relation in catalog.relations:
        by: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for policy in relation.policies:
            for command in _EACH if policy.command == "ALL" else (policy.command,):
                for role in policy.roles if policy.permissive else ():
                    by[role, command].append(policy.name)
        for (role, command), found in by.items():
            if len(found) > 1:
                yield Point(
                    f"{relation.name}: {command} by {role}",
                    f"{command} by {role} asks {len(found)} policies of {relation.name} for each row: "
                    f"{', '.join(found)}",
                    f"select * from pg_policies where tablename = '{relation.table}';",
                    "join them with OR in one policy",
                )


def odd_types(schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the columns of types that a major upgrade refuses."""
    for relation, column, kind in schema.odd_types:
        yield Point(
            f"{relation}.{column}",
            f"{relation}.{column} is of type {kind}: pg_upgrade refuses the database",
            f"select {column} from {relation} limit 1;",
            f"alter table {relation} alter column {column} type text;",
        )


def loose_references(schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the foreign keys to something of the platform's that is unique and no primary key."""
    for relation, name in schema.loose_references:
        yield Point(
            f"{relation}: {name}",
            f"{name} of {relation} refers to a column of the platform that is no key, and may go",
            f"select pg_get_constraintdef(oid) from pg_constraint where conname = '{name}';",
            f"alter table {relation} drop constraint {name}; refer to auth.users (id)",
        )
