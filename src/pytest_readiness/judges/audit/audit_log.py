"""Recognises audit logs and their columns, from the catalog and from what writes have left in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import Doubt, Log
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.echoes import EchoEvidence
from pytest_readiness.judges.audit.echoes import Learned, learned
from pytest_readiness.judges.audit.log_columns import completed, named_columns, shown_first
from pytest_readiness.judges.audit.table_labels import labels_of
from pytest_readiness.judges.sql.lexis import last_name, name_of, names, plain, snake_case, word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pytest_readiness.evidence.audit import LogColumns
    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation, Trigger
    from pytest_readiness.evidence.echoes import Echo
    from pytest_readiness.settings import Audit

_INSERT = re.compile(r"\binsert\s+into\s+((?:\w+\s*\.\s*)?\w+)", re.IGNORECASE)
_DYNAMIC_INSERT = re.compile(r"\bexecute\b.*\binsert\s+into\b", re.IGNORECASE | re.DOTALL)

NAMED = re.compile(
    r"(^|_)(audits?|audit_?\w*|auditing|history|histories|hist|logs?|logged|journals?|trails?|versions?"
    r"|revisions?|changes|changelog|archives?)(_|$)"
)
_AUDIT = re.compile(r"(^|_)audits?(_|$)|(^|_)auditlogs?(_|$)")
_QUEUE = {"outbox", "inbox", "queue"}
_QUEUED = {"job", "task", "delivery", "webhook", "notification", "message", "email"}
"""What may be queued, or may be what a log is about."""
_HANDLED = {
    *("processed", "processed_at", "published", "published_at", "sent", "sent_at", "delivered", "synced_at"),
    *("delivered_at", "attempts", "retries", "retry_count", "locked_at", "locked_by", "handled_at"),
}
"""Columns of what waits to be handled."""
_REFUSES = re.compile(r"\braise\b", re.IGNORECASE)
_VERBS = ("INSERT", "UPDATE", "DELETE")
_SILENCE = EchoEvidence()
_MIRRORED = 0.6
"""The share of a table's columns that its history table has, at least."""


@dataclass(frozen=True, slots=True)
class Trail:
    """All logs, and which tables are written to which of them by triggers.

    Attributes:
        relations: The tables that the logs are.
        recorded: By audited table, the log that its triggers write to.
        through: By table, the view over it whose triggers write it and the log.
        doubts: Tables that hold what rows were, of some changes and not of others.
        spoken: By table, the log that functions write which change it, where no trigger does.
    """

    logs: tuple[Log, ...]
    relations: Mapping[str, Relation]
    recorded: Mapping[str, Log]
    through: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()
    spoken: Mapping[str, Log] = field(default_factory=dict)


def trail(catalog: CatalogEvidence, settings: Audit, heard: EchoEvidence = _SILENCE) -> Trail:
    """Return the declared log, or the tables that triggers of other tables write their changes to.

    Its columns are told by their names, and what these leave open by what writes have left in them. Where
    the application writes it, a log is told by its name and columns alone.
    """
    found: list[Log] = []
    recorded: dict[str, Log] = {}
    doubts: list[Doubt] = []
    spoken: dict[str, Log] = {}
    names_of_tables = [relation.name for relation in catalog.relations if relation.kind in TABLE_KINDS]
    for relation, writers in _written_to(catalog):
        if denied(relation, settings):
            continue
        shown = learned(relation, [echo for echo in heard.echoes if echo.log == relation.name])
        sealed = relation.name in heard.sealed
        log = (
            _declared(relation, writers, settings, shown)
            if settings.log
            else _log(relation, writers, settings, shown, sealed=sealed)
        )
        if log:
            labels = labels_of(log, _left_in(log, heard.echoes), names_of_tables)
            log = replace(log, labels=labels, unlogged=_unlogged(catalog, log))
            found.append(log)
            for writer in writers:
                if writer.name not in recorded or recorded[writer.name].mirrored:
                    recorded[writer.name] = log
        elif writers and not settings.log:
            doubts += _doubts(relation, writers, shown, heard)
        elif not settings.log and (log := _spoken(relation, heard, settings)):
            labels = labels_of(log, _left_in(log, heard.called), names_of_tables)
            log = replace(log, labels=labels, unlogged=_unlogged(catalog, log))
            found.append(log)
            spoken |= {echo.table: log for echo in heard.called if echo.log == log.name}
    return Trail(
        tuple(sorted(found, key=lambda log: (log.mirrored, not log.triggered))),
        {log.name: table for log in found if (table := catalog.relation(log.name))},
        recorded,
        dict(_through(catalog, recorded)),
        tuple(doubt for doubt in doubts if doubt.table not in recorded),
        {table: log for table, log in spoken.items() if table not in recorded},
    )


def _unlogged(catalog: CatalogEvidence, log: Log) -> tuple[str, ...]:
    every = (catalog.relation(name) for name in (log.name, *parts_of(catalog, log.name)))
    return tuple(relation.name for relation in every if relation and relation.unlogged)


def _left_in(log: Log, echoes: Collection[Echo]) -> list[Echo]:
    return [echo for echo in echoes if echo.log == log.name]


def denied(relation: Relation, settings: Audit) -> bool:
    """Whether settings say that a table is no log."""
    return f"{relation.schema}.{relation.table}" in settings.not_logs


def _doubts(
    relation: Relation, writers: Collection[Relation], shown: Learned, heard: EchoEvidence
) -> Iterator[Doubt]:
    """Yield why a table that is not taken for a log may be one."""
    sealed = relation.name in heard.sealed
    unheard = next((one for one in heard.unheard if one.log == relation.name), None)
    if shown.partial and _keeps_rows(relation, writers, shown, sealed=sealed):
        yield Doubt(relation.name, *shown.untold[0])
    elif unheard and meant_to_last(relation, writers, sealed=sealed):
        yield Doubt(relation.name, unheard.table, unseen=unheard.reason)


def _written_to(catalog: CatalogEvidence) -> Iterator[tuple[Relation, list[Relation]]]:
    """Yield each table with those whose triggers or rules insert into it."""
    writers: dict[str, list[Relation]] = {}
    for writer, log in written_pairs(catalog):
        writers.setdefault(log.name, []).append(writer)
    for relation in catalog.relations:
        if relation.kind in TABLE_KINDS and not relation.parent:
            yield relation, writers.get(relation.name, [])


def _through(catalog: CatalogEvidence, recorded: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the tables that a recorded view is made of and whose rows its triggers write."""
    for name in recorded:
        view = catalog.relation(name)
        if view and view.kind == "view":
            yield from ((table.name, name) for table in made_of(catalog, view))


def made_of(catalog: CatalogEvidence, view: Relation) -> Iterator[Relation]:
    """Yield the tables that a view shows and whose rows its triggers write."""
    shown, texts = names(view.view), tuple(_texts(catalog, view))
    for table in catalog.relations:
        if table.kind in TABLE_KINDS and table.table in shown and any(map(changes(table).search, texts)):
            yield table


def changes(table: Relation) -> re.Pattern[str]:
    """Return what finds, in plain SQL, statements that write to a table."""
    return re.compile(
        rf"\b(?:insert\s+into|update|delete\s+from)\s+(?:only\s+)?(?:\w+\s*\.\s*)?{word(table.table)}\b",
        re.IGNORECASE,
    )


def trigger_texts(catalog: CatalogEvidence, trigger: Trigger) -> Iterator[str]:
    """Yield the text of what a trigger runs, and of the functions that it calls, two calls deep."""
    seen = {trigger.function}
    bodies = [trigger.body]
    for _ in range(2):
        called = frozenset(name for body in bodies for name in names(body))
        bodies = []
        for function in catalog.functions:
            if function.name not in seen and last_name(function.name) in called:
                seen.add(function.name)
                bodies.append(function.body)
        yield from bodies
    yield trigger.body


def texts_of_triggers(catalog: CatalogEvidence, *relations: Relation) -> Iterator[str]:
    """Yield the text of what all triggers of some tables run."""
    for relation in relations:
        for trigger in relation.triggers:
            yield from trigger_texts(catalog, trigger)


def _texts(catalog: CatalogEvidence, relation: Relation) -> Iterator[str]:
    yield from map(plain, texts_of_triggers(catalog, relation))
    yield from map(plain, relation.rules)


def may_be_written_by(catalog: CatalogEvidence) -> list[tuple[Relation, Relation]]:
    """Return the pairs of a table and another that its triggers or rules insert into, partitions left out."""
    return [(writer, log) for writer, log in written_pairs(catalog) if not writer.parent]


def written_pairs(catalog: CatalogEvidence) -> Iterator[tuple[Relation, Relation]]:
    """Yield the pairs of a relation, a partition too, and a table that its triggers or rules insert into."""
    logs = [log for log in catalog.relations if log.kind in TABLE_KINDS and not log.parent]
    for writer in catalog.relations:
        texts = tuple(_texts(catalog, writer))
        for log in logs if texts else ():
            if log.name != writer.name and fills(texts, writer, log):
                yield writer, log


def written_by_functions(catalog: CatalogEvidence) -> Iterator[tuple[Function, Relation, Relation]]:
    """Yield the functions that clients call, with a table that each changes and one that it fills."""
    tables = [one for one in catalog.relations if one.kind in TABLE_KINDS and not one.parent]
    for function in catalog.functions:
        if not function.callers or function.kind != "function" or function.returns == "trigger":
            continue
        text = plain(function.body)
        said = names(text)
        near = [table for table in tables if table.table in said]
        for log in (table for table in near if fills((text,), table, table)):
            for table in near:
                if table.name != log.name and changes(table).search(text):
                    yield function, table, log


def told_by_names(relation: Relation, settings: Audit) -> bool:
    """Whether a table is a log by its name and columns, or by declaration, whatever its entries show."""
    return bool(settings.log) or shaped(relation, named_columns(relation, settings.columns))


def fills(texts: Collection[str], writer: Relation, log: Relation) -> bool:
    """Whether one of the texts inserts into the log, by name or by a name that it puts together."""
    qualified = f"{log.schema}.{log.table}"
    for text in texts:
        for found in _INSERT.findall(text):
            *schema, table = (name_of(part.strip()) for part in found.split("."))
            if table == log.table and schema in ([], [log.schema]):
                return True
        if _DYNAMIC_INSERT.search(text) and (
            qualified in text or f"'{log.table}'" in text or _history_of(writer, log)
        ):
            return True
    return False


def _history_of(writer: Relation, log: Relation) -> bool:
    """Whether a log is named after the table: orders and orders_history, or the same in a schema of logs."""
    if log.table == writer.table:
        return log.schema != writer.schema and bool(NAMED.search(snake_case(log.schema)))
    rest = log.table.replace(writer.table, "_")
    return writer.table in log.table and bool(NAMED.search(snake_case(rest)))


def _declared(relation: Relation, writers: list[Relation], settings: Audit, shown: Learned) -> Log | None:
    if f"{relation.schema}.{relation.table}" != settings.log:
        return None
    return Log(
        relation.name,
        completed(relation, settings.columns, shown),
        "",
        triggered=bool(writers),
        numbered=_numbered(relation),
        words=shown.words,
    )


def _log(
    relation: Relation, writers: list[Relation], settings: Audit, shown: Learned, *, sealed: bool
) -> Log | None:
    if writers and not shown.partial and _keeps_rows(relation, writers, shown, sealed=sealed):
        columns = shown_first(relation, settings.columns, shown)
        guess = f"triggers of {len(writers)} tables write what their rows were to {relation.name}"
        return Log(relation.name, columns, guess, numbered=_numbered(relation), words=shown.words)
    columns = named_columns(relation, settings.columns)
    has_shape = shaped(relation, columns)
    if writers and has_shape:
        guess = f"triggers of {len(writers)} tables write to {relation.name}"
        found = completed(relation, settings.columns, shown)
        return Log(relation.name, found, guess, numbered=_numbered(relation), words=shown.words)
    alike = (writer for writer in writers if writer.name not in shown.unlike)
    mirror = next(
        (writer for writer in alike if named_like_one(relation) and mirrors(relation, writer)), None
    )
    if mirror:
        own = {column.name for column in mirror.columns}
        extra = replace(relation, columns=tuple(c for c in relation.columns if c.name not in own))
        guess = f"triggers of {mirror.name} write its rows to {relation.name}"
        found = named_columns(extra, settings.columns)
        return Log(relation.name, found, guess, mirrored=True, numbered=_numbered(extra))
    if (
        not writers
        and has_shape
        and _AUDIT.search(snake_case(relation.table))
        and (columns.actor or columns.at)
    ):
        guess = f"{relation.name} is named like one, and no trigger writes to it"
        return Log(relation.name, columns, guess, triggered=False, numbered=_numbered(relation))
    return None


def _spoken(relation: Relation, heard: EchoEvidence, settings: Audit) -> Log | None:
    """Return the log that functions write which change other tables; None where it is none."""
    echoes = [echo for echo in heard.called if echo.log == relation.name]
    shown = learned(relation, echoes)
    if shown.partial or not _keeps_rows(relation, (), shown, sealed=relation.name in heard.sealed):
        return None
    tables = ", ".join(sorted({echo.table for echo in echoes}))
    guess = f"functions that change {tables} write what its rows were to {relation.name}"
    columns = shown_first(relation, settings.columns, shown)
    numbered = _numbered(relation)
    return Log(relation.name, columns, guess, triggered=False, numbered=numbered, words=shown.words)


def named_like_one(relation: Relation) -> bool:
    """Whether a table, or its schema, is called what logs are called."""
    return any(NAMED.search(snake_case(name)) for name in (relation.table, relation.schema))


def shaped(relation: Relation, columns: LogColumns) -> bool:
    """Whether a table has the columns of a log."""
    images = columns.old or columns.new
    return bool(
        columns.operation and (images or (named_like_one(relation) and (columns.table or columns.changed)))
    )


def _keeps_rows(log: Relation, writers: Collection[Relation], shown: Learned, *, sealed: bool) -> bool:
    """Whether a table holds what rows were and is meant to last.

    One that holds verb, actor, and rows before and after is a trail, though somebody may alter it; and
    though it is called after what else is queued, where nobody may.
    """
    if not (shown.updated and (shown.columns.old or shown.columns.operation)):
        return False
    if meant_to_last(log, writers, sealed=sealed):
        return True
    whole = _tells_all(shown)
    return whole and (not waits(log, writers) or (_lasts(log, sealed=sealed) and not _is_queue(log)))


def _tells_all(shown: Learned) -> bool:
    """Whether entries hold of each kind of change the verb, who made it, and the row before and after."""
    columns = shown.columns
    images = bool(columns.old and columns.new and columns.operation)
    return images and bool(shown.actors) and len(shown.verbs) == len(_VERBS)


def waits(relation: Relation, writers: Collection[Relation] = ()) -> bool:
    """Whether what a table holds waits to be handled, and is gone then.

    Args:
        relation: The table.
        writers: Whose triggers fill it: what these are called as well it is about, and does not queue.
    """
    about = {word for writer in writers for word in _singular(writer)}
    called = [word for word in _singular(relation) if word not in about]
    return _is_handled(relation) or not {*called}.isdisjoint(_QUEUE | _QUEUED)


def _is_handled(relation: Relation) -> bool:
    """Whether rows of a table are marked when they are handled."""
    return not {snake_case(column.name) for column in relation.columns}.isdisjoint(_HANDLED)


def _is_queue(relation: Relation) -> bool:
    """Whether a table is one beyond doubt: by its columns, by a word for it, or by its last word."""
    called = _singular(relation)
    return _is_handled(relation) or not {*called}.isdisjoint(_QUEUE) or called[-1] in _QUEUED


def _singular(relation: Relation) -> list[str]:
    """Return the words of a table's name without the endings of plurals."""
    words = snake_case(relation.table).split("_")
    return [re.sub(r"ies$", "y", word).removesuffix("s") for word in words]


def meant_to_last(log: Relation, writers: Collection[Relation] = (), *, sealed: bool) -> bool:
    """Whether nobody is meant to alter what a table holds: no role has the right, or triggers refuse.

    What the application may alter can be a list of versions to return to, and what waits to be sent is taken
    out again: neither need be whole.
    """
    return not waits(log, writers) and _lasts(log, sealed=sealed)


def _lasts(log: Relation, *, sealed: bool) -> bool:
    guards = (trigger for trigger in log.triggers if "UPDATE" in trigger.events)
    return sealed or any(_REFUSES.search(plain(trigger.body)) for trigger in guards)


def parts_of(catalog: CatalogEvidence, name: str) -> tuple[str, ...]:
    """Return all partitions and children of a table, of every depth."""
    children = [part.name for part in catalog.parts(name)]
    return (*children, *(part for child in children for part in parts_of(catalog, child)))


def mirrors(log: Relation, table: Relation) -> bool:
    """Whether a log has the columns of a table, or most of them."""
    own = {column.name for column in table.columns}
    kept = own & {column.name for column in log.columns}
    return len(own) > 1 and len(kept) >= _MIRRORED * len(own)


def records_changes_only(catalog: CatalogEvidence, found: Trail, log: Log) -> bool:
    """Whether the triggers that write a log all fire for UPDATE alone: it is meant to tell of changes."""
    texts = [
        (trigger, relation)
        for name, other in found.recorded.items()
        if other == log and (relation := catalog.relation(name))
        for trigger in relation.triggers
        if fills(tuple(map(plain, trigger_texts(catalog, trigger))), relation, found.relations[log.name])
    ]
    return bool(texts) and all(trigger.events == ("UPDATE",) for trigger, _ in texts)


def _numbered(relation: Relation) -> tuple[str, ...]:
    """Return the columns that the server counts up: identities, which refuse or give values, and serials."""
    return tuple(
        column.name
        for column in relation.columns
        if column.type in {"bigint", "integer"}
        and not column.generated
        and (not column.writable or column.identity or column.default.startswith("nextval("))
    )
