"""Logs whose writers nobody calls: functions for triggers that no trigger runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.audit.audit_log import (
    denied,
    fills,
    mirrors,
    named_like_one,
    shaped,
    waits,
    written_pairs,
)
from pytest_readiness.judges.audit.log_columns import named_columns
from pytest_readiness.judges.sql.lexis import last_name, names, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation
    from pytest_readiness.settings import Audit


_VERB = re.compile(r"\btg_op\b", re.IGNORECASE)
_IMAGE = re.compile(r"\b(?:to_jsonb?|row_to_json|hstore)\s*\(\s*(?:old|new)\b", re.IGNORECASE)


def unheeded(catalog: CatalogEvidence, settings: Audit) -> Iterator[tuple[Relation, tuple[Function, ...]]]:
    """Yield the logs that nothing reaches, each with the functions that are there to write it."""
    idle = [one for one in catalog.functions if one.returns == "trigger" and not one.attached]
    if not idle:
        return
    written = {log.name for _, log in written_pairs(catalog)}
    for relation in catalog.relations:
        if relation.kind not in TABLE_KINDS or relation.parent or relation.name in written:
            continue
        writers = tuple(one for one in idle if _is_writer(catalog, one, relation, settings))
        if writers and not _filled_otherwise(catalog, relation, writers):
            yield relation, writers


def _is_writer(catalog: CatalogEvidence, function: Function, log: Relation, settings: Audit) -> bool:
    """Whether a function fills a table, and that is a log: by its columns, its name, or what is put in."""
    called = names(function.body)
    own = [one for one in catalog.functions if one.returns != "trigger" and last_name(one.name) in called]
    texts = [plain(one.body) for one in (function, *own)]
    if settings.log:
        return f"{log.schema}.{log.table}" == settings.log and fills(texts, log, log)
    if denied(log, settings) or waits(log):
        return False
    if shaped(log, named_columns(log, settings.columns)):
        return fills(texts, log, log)
    if not named_like_one(log):
        return False
    tables = (one for one in catalog.relations if one.kind in TABLE_KINDS and one.name != log.name)
    mirrored = any(mirrors(log, table) and fills(texts, table, log) for table in tables)
    return mirrored or (_records(texts) and fills(texts, log, log))


def _records(texts: Collection[str]) -> bool:
    """Whether code says what was done, and what the row was."""
    return all(any(said.search(text) for text in texts) for said in (_VERB, _IMAGE))


def _filled_otherwise(catalog: CatalogEvidence, log: Relation, writers: tuple[Function, ...]) -> bool:
    """Whether a function writes a log that is not there for these writers alone."""
    helping = {name for one in writers for name in names(one.body)}
    others = (f for f in catalog.functions if f not in writers and last_name(f.name) not in helping)
    return any(fills((plain(function.body),), log, log) for function in others)
