"""Lints of how tables are built: keys, indexes, policies that cost, extensions."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.judges.lints.access import asked, tables
from pytest_readiness.judges.lints.points import Point
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.evidence.schema import Index, SchemaEvidence

_CALLER = re.compile(r"(?:\bauth\s*\.\s*(?:uid|jwt|role|email)\s*\[|\bcurrent_setting\s*\[)", re.IGNORECASE)
_INNERMOST = re.compile(r"\(([^()]*)\)")
_STRING = re.compile(r"'[^']*'")
_SUBSELECT = re.compile(r"\s*select\b", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\b", re.IGNORECASE)
_NAME = r"(?:\w+|\"[^\"]+\")"
_TYPE = r"::[\w.\" ]*[\w\"](?:\(\d+(?:,-?\d+)?\))?(?:\[\])*"
_ASKED = r"\(*\s*(?:SELECT\s+)?\(*(?:NULLIF\()?(?:auth\s*\.\s*(?:uid|jwt|email)\s*\(|current_setting\s*\()"
_OF_CONSTANTS = rf"(?:\)|{_TYPE}|'(?:[^']|'')*'|, | ->>? |true|false| AS {_NAME})*"
_PICKED = (
    re.compile(rf"(?<![\w.\":])(?P<column>{_NAME}) = {_ASKED}", re.IGNORECASE),
    re.compile(rf"(?<!\w)\((?P<column>{_NAME})\){_TYPE} = {_ASKED}", re.IGNORECASE),
    re.compile(rf"(?<![\w\"])\({_ASKED}{_OF_CONSTANTS} = (?P<column>{_NAME})\)", re.IGNORECASE),
    re.compile(rf"(?<![\w\"])\({_ASKED}{_OF_CONSTANTS} = \((?P<column>{_NAME})\){_TYPE}\)", re.IGNORECASE),
)
"""A column of the table itself that a policy compares with the caller; others are named with their table."""
_UNIQUE = "UNIQUE "
_EACH = ("SELECT", "INSERT", "UPDATE", "DELETE")


def unindexed_references(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the foreign keys whose columns lead no index."""
    for relation in tables(catalog):
        led = _leading(schema, relation.name)
        for key in relation.foreign_keys:
            if not any({*columns[: len(key.columns)]} == {*key.columns} for columns in led):
                columns = ", ".join(key.columns)
                yield Point(
                    f"{relation.name} ({columns})",
                    f"no index begins with {columns} of {relation.name}: deletes in {key.target} read it all",
                    f"select * from pg_indexes where tablename = '{relation.table}';",
                    f"create index concurrently on {relation.name} ({columns});",
                )


def _leading(schema: SchemaEvidence, relation: str) -> list[tuple[str, ...]]:
    """Return the columns of the indexes by which any row of a table can be found; BRIN tells blocks alone."""
    return [
        index.columns
        for index in schema.indexes
        if index.relation == relation
        and index.valid
        and not index.partial
        and " USING brin " not in index.sameness
    ]


def unindexed_picks(catalog: CatalogEvidence, schema: SchemaEvidence) -> Iterator[Point]:
    """Yield columns that policies compare with the caller, and that lead no index; keys are another lint."""
    for relation in tables(catalog):
        led = {columns[0] for columns in _leading(schema, relation.name) if columns}
        known = {column.name for column in relation.columns}
        known -= {key.columns[0] for key in relation.foreign_keys}
        picked = {
            found["column"].strip('"'): policy.name
            for policy in relation.policies
            for compared in _PICKED
            for found in compared.finditer(policy.using if relation.rls else "")
        }
        for column in sorted(picked.keys() & known - led):
            yield Point(
                f"{relation.name} ({column})",
                f"the policy {picked[column]} picks rows of {relation.name} by {column}, with which no index "
                "begins: each read goes through the whole table",
                f"select * from pg_indexes where tablename = '{relation.table}';",
                f"create index concurrently on {relation.name} ({column});",
            )


def keyless(catalog: CatalogEvidence) -> Iterator[Point]:
    """Yield the tables without a primary key; partitions have their table's, who inherits has none of it."""
    for relation in tables(catalog):
        above = catalog.relation(relation.parent) if relation.parent else None
        part = bool(relation.parent) and (above is None or above.kind == "partitioned table")
        if not relation.primary_key and not part:
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
            if _CALLER.search(_of_each_row(text, relation.table)):
                yield Point(
                    f"{relation.name}: {policy.name}",
                    f"the policy {policy.name} of {relation.name} looks the caller up for each row, not once",
                    f"select * from pg_policies where policyname = '{policy.name}';",
                    f"put the call into a sub-select: (select auth.uid()), in {policy.name}",
                )


def _of_each_row(text: str, table: str) -> str:
    """Return what is computed for each row, with brackets for parentheses.

    A sub-select is computed once, but for one that reads tables and asks for the row of the policy's own.
    """
    outer = re.compile(rf"(?<![\w.])\"?{re.escape(table)}\"?\.", re.IGNORECASE)

    def kept(match: re.Match[str]) -> str:
        inside = match[1]
        once = _SUBSELECT.match(inside) and not (_FROM.search(inside) and outer.search(inside))
        return " " if once else f"[{inside}]"

    text, more = _STRING.sub("''", text), 1
    while more:
        text, more = _INNERMOST.subn(kept, text)
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
