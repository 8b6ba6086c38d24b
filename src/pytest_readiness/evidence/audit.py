"""What was written to audited tables, and what the log says about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.places import place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERBS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")

Row = dict[str, Any]
"""A row as ``to_jsonb`` gives it."""


@dataclass(frozen=True, slots=True)
class LogColumns:
    """Where the log keeps what; an empty name is something that it does not keep."""

    schema: str = ""
    table: str = ""
    operation: str = ""
    row: str = ""
    old: str = ""
    new: str = ""
    changed: str = ""
    actor: str = ""
    at: str = ""
    session: str = ""
    correlation: str = ""
    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """An audit log, or the history table of one table.

    Attributes:
        name: Schema-qualified name.
        columns: Where it keeps what.
        guess: How it was recognised; empty when it was declared.
        mirrored: Whether an entry is the row itself, in the columns of the table that it tells of.
        triggered: Whether triggers of other tables write it; else the application does.
        numbered: Its columns that the server counts up, which put entries in order.
        words: A table, a verb and the word that the log was seen to have for it, where that is its own.
        labels: A table and the word that the log was seen to have for it, its name or another.
        unlogged: What of it a crash of the server empties: itself, or partitions.
    """

    name: str
    columns: LogColumns
    guess: str
    mirrored: bool = False
    triggered: bool = True
    numbered: tuple[str, ...] = ()
    words: tuple[tuple[str, str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    unlogged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """One write to an audited table.

    Attributes:
        verb: INSERT, UPDATE, DELETE or TRUNCATE.
        column: The column that an UPDATE changed; else empty.
        actor: The role that wrote.
        before: The row before, or None.
        after: The row after, or None.
        entries: The log's new rows.
        sqlstate: Of a refusal or an error; empty when the write succeeded.
        message: Of the server, with that SQLSTATE.
        sql: What a person pastes to see it again.
        way: How it was written where the verb alone does not say it: an upsert, MERGE, COPY, a cascade.
        obstructed: Whether the log was made to refuse its entry.
        replica: Whether the session said that it replays what another server recorded.
        mingled: Whether the statement changed more than this once, so that its entries may tell of the rest.
        lost: Rows of the log that are not there any more, or not as they were.
        parts: What its statements left one by one; nothing where it is one statement alone.
        beside: A row that was there and is like it; None where there was none.
    """

    verb: str
    column: str
    actor: str
    before: Row | None
    after: Row | None
    entries: tuple[Row, ...]
    sqlstate: str = ""
    message: str = ""
    sql: str = ""
    way: str = ""
    obstructed: bool = False
    replica: bool = False
    mingled: bool = False
    lost: tuple[Row, ...] = ()
    parts: tuple[Write, ...] = ()
    beside: Row | None = None


@dataclass(frozen=True, slots=True)
class Dating:
    """A write by a user that set a time of the row far from now.

    Attributes:
        verb: INSERT or UPDATE.
        column: The column of the row that was set.
        actor: Who wrote.
        planted: The time that it was set to.
        now: When that was.
        times: The columns of the log that hold times.
        entries: The log's new rows.
        sql: What a person pastes to see it again.
    """

    verb: str
    column: str
    actor: str
    planted: str
    now: str
    times: tuple[str, ...]
    entries: tuple[Row, ...]
    sql: str = ""


@dataclass(frozen=True, slots=True)
class AuditedTable:
    """All writes to one table.

    Attributes:
        table: Schema-qualified name.
        log: Where they should be recorded.
        why: Why it is expected in the log: declared, has an audit trigger, holds money.
        key: Names of its primary key.
        unfilled: Why it could not be written to; empty when it could.
        parts: Its partitions and inheritance children, as which a row may be recorded too.
        unfilled_parts: Partitions that have triggers of their own and got no row, each with the reason.
        recorded: Whether a trigger of it writes to the log, so that a gap is one of the trigger.
        verbs: What has to be recorded of it: all, unless the log is made for less.
        drawn: Columns of a key of several that the server draws: each names a row by itself.
        unparted: The key without the columns that say in which partition a row is, as it has to hold them;
            empty where there is nothing else in it.
        unique: Columns of its other keys: each tells a row from all others, too.
        withheld: Columns that some who may read the log may not select in the table.
        datings: Writes with a false time in the row.
    """

    table: str
    log: Log
    why: str
    key: tuple[str, ...]
    unfilled: str
    writes: tuple[Write, ...]
    parts: tuple[str, ...] = ()
    unfilled_parts: tuple[tuple[str, str], ...] = ()
    recorded: bool = True
    verbs: tuple[str, ...] = VERBS
    drawn: tuple[str, ...] = ()
    unparted: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    withheld: frozenset[str] = frozenset()
    datings: tuple[Dating, ...] = ()

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """All columns that together, or alone, name a row."""
        return (self.key, *((name,) for name in self.drawn), *([self.unparted] if self.unparted else []))


@dataclass(frozen=True, slots=True)
class Ending:
    """The bounds of a log that is partitioned by ranges, and has no partition for all else.

    Attributes:
        log: Schema-qualified name.
        bounds: Up to where each partition goes.
        now: The time of the server.
    """

    log: str
    bounds: tuple[str, ...]
    now: str


@dataclass(frozen=True, slots=True)
class AuditEvidence:
    """The audit logs and all writes that should be in them.

    Attributes:
        logs: All that there are.
        absent: Why there is nothing to audit; empty when there is.
        doubts: Tables of which nobody but the project knows whether they are logs.
        missing: What settings name and is not there, each with the reason to say so.
        endings: Where logs end that nothing of the target makes partitions for.
    """

    logs: tuple[Log, ...]
    tables: tuple[AuditedTable, ...]
    absent: str = ""
    doubts: tuple[Doubt, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    endings: tuple[Ending, ...] = ()

    @classmethod
    def merge(cls, parts: Sequence[AuditEvidence]) -> AuditEvidence:
        """Join the parts of all shards, ordered by table."""
        tables = sorted((table for part in parts for table in part.tables), key=lambda t: t.table)
        first = parts[0]
        return replace(first, tables=tuple(tables))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt on a log.

    Attributes:
        deed: INSERT, UPDATE, DELETE, TRUNCATE, DROP, or what else was tried, in words.
        actor: Who tried.
        done: Whether it succeeded: entries were there, went, changed, or were read.
        detail: What came of it, or the server's refusal.
        sql: What a person pastes to see it again.
        client: Whether the actor is an end user, or a caller without a user.
        owner: Whether the actor owns the log.
        tried: Whether it came to what was to be tried; what ended before that says nothing.
        place: The partition of the log that was named instead; empty where it was the log itself.
    """

    deed: str
    actor: str
    done: bool
    detail: str
    sql: str
    client: bool = False
    owner: bool = False
    tried: bool = True
    place: str = ""


@dataclass(frozen=True, slots=True)
class AttackedLog:
    """Everything that was tried on a log.

    Attributes:
        entry: Why there was no entry to attack; empty when there was one.
        nobody: Why no user could be one to attack it; empty when some could.
    """

    log: Log
    entry: str
    attempts: tuple[Attempt, ...]
    nobody: str = ""


@dataclass(frozen=True, slots=True)
class LogAttacks:
    """All logs under attack.

    Attributes:
        absent: Why there is nothing to attack; empty when there is.
    """

    logs: tuple[AttackedLog, ...]
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom an entry names, of a write that was made by a person.

    Attributes:
        about: What was said falsely before the write: a setting, a header, a key of the metadata; empty
            where nothing was.
        field: Which part of the entry was looked at: the actor, the session, the correlation id.
        truth: Texts of which the entry should hold one; empty when it may hold anything but a lie.
        lie: A text that the entry may not hold; empty when there is none.
        said: What it holds; None when nothing.
        sql: What a person pastes to see it again.
        who: Who wrote.
        deed: What was done with the table: a change; or a call of the function that stands there.
    """

    table: str
    log: str
    who: str
    about: str
    field: str
    truth: tuple[str, ...]
    lie: str
    said: str | None
    sql: str
    deed: str = "change"


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A function of which no call left an entry that tells what it was called for.

    Attributes:
        log: Schema-qualified name.
        function: Signature.
        reason: What an entry said instead, or what became of the last call.
    """

    log: str
    function: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unfilled:
    """A column for a part of a request that no entry had anything in, whatever a request said.

    Attributes:
        log: Schema-qualified name.
        column: Where the log would keep it.
        part: Session, correlation, address or agent.
    """

    log: str
    column: str
    part: str


@dataclass(frozen=True, slots=True)
class Unserved:
    """A table of which it was not seen whether entries tell their request, or its connection.

    Attributes:
        table: Schema-qualified name.
        log: Schema-qualified name.
        column: Where the log keeps the correlation.
        reason: Which request left no entry.
    """

    table: str
    log: str
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whom entries name.

    Attributes:
        absent: Why nothing can be told; empty when something can.
        unnamed: Functions of which nothing was learned.
        kept: Functions that keep what a request says of itself, and why no later one was seen.
        unfilled: What no entry tells of a request.
        unserved: Tables of which requests left too few entries to be compared.
    """

    claims: tuple[Claim, ...]
    absent: str = ""
    unnamed: tuple[Unnamed, ...] = ()
    kept: tuple[Unnamed, ...] = ()
    unfilled: tuple[Unfilled, ...] = ()
    unserved: tuple[Unserved, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """A log whose entries are linked, each to the one before it, after two sessions wrote at once.

    Attributes:
        link: The column that tells the entry before; empty where nobody could look for one.
        forks: What more than one entry links to, and how many do.
        sql: What a person pastes into two sessions, or into one.
        unsure: Why two sessions tell nothing; empty when they do.
        alone: Whether one session was enough, with a statement that wrote several rows.
        strokes: The verbs of statements that wrote several rows and left entries.
        unstruck: Other verbs, each with why no statement did.
    """

    log: str
    link: str
    forks: tuple[tuple[str, int], ...]
    sql: str
    unsure: str = ""
    alone: bool = False
    strokes: tuple[str, ...] = ()
    unstruck: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChainEvidence:
    """All such logs."""

    chains: tuple[Chain, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A table that holds what rows were, but not of every change: a log with a gap, or versions and events.

    Attributes:
        log: What it may be.
        table: Whose rows it holds.
        untold: What of it was changed or taken away and left nothing: columns, or a row.
        unseen: Why nobody could look at what writes leave; empty where somebody did.
    """

    log: str
    table: str
    untold: str = ""
    unseen: str = ""


@dataclass(frozen=True, slots=True)
class DoubtEvidence:
    """The same doubts, which are asked about where there is nothing to audit too.

    Attributes:
        absent: Why there is nothing to ask; empty when there is.
    """

    doubts: tuple[Doubt, ...]
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Unheeded:
    """A log that functions for triggers write, of which no trigger runs any.

    Attributes:
        log: Schema-qualified name.
        functions: What writes it.
        tried: How many tables got a row, none of which left an entry.
        sql: What a person pastes to see one of them.
    """

    log: str
    functions: tuple[str, ...]
    tried: int
    sql: str


@dataclass(frozen=True, slots=True)
class UnheededEvidence:
    """All such logs, which are told of where there is nothing to audit too.

    Attributes:
        absent: Why there is nothing to tell; empty when there is.
    """

    logs: tuple[Unheeded, ...]
    absent: str = ""


def value(entry: Mapping[str, Any], column: str) -> Any:  # noqa: ANN401  whatever the log holds
    """Return what an entry holds in one of the log's columns, or within a document that is one.

    None when there is no such place.
    """
    return place(entry, column) if column else None
