"""Lints of how tables are built: keys, indexes, policies that cost, extensions."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.judges.lexis import names
from pytest_readiness.judges.lints.access import asked, tables
from pytest_readiness.judges.lints.points import Point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.evidence.schema import Index, SchemaEvidence

_CALLER = re.compile(r"(?:\bauth\s*\.\s*(?:uid|jwt|role|email)\s*\[|\bcurrent_setting\s*\[)", re.IGNORECASE)
_INNERMOST = re.compile(r"\(([^()]*)\)")
_STRING = re.compile(r"'[^']*'")
_SUBSELECT = re.compile(r"\s*select\b", re.IGNORECASE)
_UNIQUE = "UNIQUE "
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
    """Yield the indexes that say the same as another one of their table, and could go."""
    alike: defaultdict[tuple[str, str], list[Index]] = defaultdict(list)
    for index in schema.indexes:
        alike[index.relation, index.sameness.removeprefix(_UNIQUE)].append(index)
    for (relation, _), found in alike.items():
        spare = _spare(found)
        if spare:
            said = ", ".join(index.name for index in found)
            other = next(index.name for index in found if index is not spare)
            kept = spare.constraint
            drop = f"alter table {relation} drop constraint" if kept else "drop index concurrently"
            yield Point(
                f"{relation}: {said}",
                f"the indexes {said} of {relation} are the same: each write keeps all of them",
                f"select indexdef from pg_indexes where indexname in ('{other}', '{spare.name}');",
                f"{drop} {spare.name};",
            )


def _spare(found: list[Index]) -> Index | None:
    """Return one that forbids nothing, or nothing that another one of them does not forbid as well."""
    plain = [index for index in found if not index.serves]
    if plain:
        return plain[-1] if len(found) > 1 else None
    unique = [index for index in found if index.sameness.startswith(_UNIQUE)]
    for index in sorted(unique, key=lambda index: index.constraint):
        alike = (other for other in unique if other is not index and other.immediate == index.immediate)
        if not index.bound and any(alike):
            return index
    return None


def unasked_indexes(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the indexes that were not scanned, and for whose beginning nothing in the schema asks."""
    wanted = asked(catalog)
    wanted |= {name for r in catalog.relations for key in r.foreign_keys for name in key.columns}
    for index in schema.indexes:
        first, looked = _beginning(catalog, index)
        if not index.serves and not index.scans and looked and not looked & wanted:
            yield Point(
                f"{index.relation}: {index.name}",
                f"the schema never asks for {first}, with which {index.name} of {index.relation} begins, "
                "and no scan of it was counted; the application may ask",
                f"select idx_scan from pg_stat_all_indexes where indexrelname = '{index.name}';",
                f"drop index concurrently {index.name};",
            )


def _beginning(catalog: CatalogEvidence, index: Index) -> tuple[str, set[str]]:
    """Return what an index begins with, and the columns that this looks at."""
    if index.columns:
        return index.columns[0], {index.columns[0]}
    relation = catalog.relation(index.relation)
    columns = {column.name for column in relation.columns} if relation else set()
    return index.first, columns & names(index.first)


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
