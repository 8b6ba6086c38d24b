"""What became of each migration when it was tried on copies: twice, broken, backwards, with rows about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.evidence.migrations import Failure


@dataclass(frozen=True, slots=True)
class Held:
    """What a statement did to a table that was there before the file.

    Attributes:
        relation: The table.
        statement: Shortened.
        line: Of the file, from 1.
        lock: The strongest lock on it that the transaction held.
        what: What took long under it: ``rewrites``, ``builds an index``, ``validates``, ``scans`` or
            ``writes most rows``.
        limited: Whether `lock_timeout` was set when it ran.
        rows: How many rows it held.
        beside: The other table on which the work was done meanwhile; empty where it was this one.
    """

    relation: str
    statement: str
    line: int
    lock: str
    what: str
    limited: bool
    rows: int
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A conditional statement that did nothing, and what is missing for it.

    Attributes:
        statement: Shortened.
        line: Of the file, from 1.
        lacking: What is not there, or not as the file says it.
        sqlstate: What the server says without the condition; empty where it was only passed over.
    """

    statement: str
    line: int
    lacking: str
    sqlstate: str = ""


@dataclass(frozen=True, slots=True)
class Behind:
    """A column whose new sequence gives numbers that rows have already.

    Attributes:
        table: Where it is.
        column: It is unique.
        sequence: What numbers it, from 1.
        next: The next number that it gives.
        last: The highest number that is there.
    """

    table: str
    column: str
    sequence: str
    next: int
    last: int


@dataclass(frozen=True, slots=True)
class Trial:
    """All that was tried with one migration.

    Attributes:
        name: Of the file.
        untried: Why nothing was; empty when it was.
        command: Whether it is a command, of which nobody knows whether something takes it back.
        unwatched: Why nobody looked at each of its statements; empty where somebody did, or none can block.
        unseen: Why nobody saw all locks that it held, where its statements were watched.
        open: Line of the BEGIN whose transaction the file left open, 0 if none.
        again: What the server said to the second application; None when it succeeded.
        again_untried: Why the second application tells nothing.
        changed: What a second application that succeeded changed.
        left: What was left behind by the file when it failed halfway.
        left_singly: What a file that fails leaves behind where whatever applies it sends one statement after
            another; empty where its own BEGIN holds them, or its tool makes one transaction of it.
        broken: Where it failed, or was made to.
        reversible: Whether the project has something that takes it back.
        down: Why that failed; None when it did not.
        unrestored: What differed after it from before.
        refused: Why rows of the trial were taken out again, which may be their own fault; empty if none were.
        unfilled: Why it fails on a table with rows; None when it does not.
        behind: Columns of tables with rows that it lets a sequence number, which begins among the rows.
        held: Long work on tables that were there before.
        skipped: Conditional statements without effect.
        forgetful: Line and text of blocks with a handler that takes every error and forgets it.
        bared: By table that it made anew, what guarded the old one and is missing at the end.
        replaced: By table that it made anew, triggers of the old one of which nobody knows whether what runs
            for their events now does their work.
        shut: Tables with rows whose row security was switched on, with nobody let in at the end.
    """

    name: str
    untried: str = ""
    unwatched: str = ""
    unseen: str = ""
    open: int = 0
    again: Failure | None = None
    again_untried: str = ""
    changed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    left_singly: tuple[str, ...] = ()
    broken: Failure | None = None
    reversible: bool = False
    down: Failure | None = None
    unrestored: tuple[str, ...] = ()
    refused: str = ""
    unfilled: Failure | None = None
    behind: tuple[Behind, ...] = ()
    held: tuple[Held, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    forgetful: tuple[tuple[int, str], ...] = ()
    shut: tuple[str, ...] = ()
    bared: tuple[tuple[str, tuple[str, ...]], ...] = ()
    replaced: tuple[tuple[str, tuple[str, ...]], ...] = ()
    command: bool = False


@dataclass(frozen=True, slots=True)
class TrialEvidence:
    """The trials of all files, in their order.

    Attributes:
        role: The role that applied them.
        absent: Why there are none; empty when there are.
    """

    trials: tuple[Trial, ...]
    role: str
    absent: str = ""


@dataclass(frozen=True, slots=True)
class ReversalEvidence:
    """The trials of the files that something takes back.

    Attributes:
        absent: Why there are none; empty when there are.
    """

    trials: tuple[Trial, ...]
    role: str
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A function, trigger, view or policy that fails whenever it is used.

    Attributes:
        subject: What was used.
        kind: ``function``, ``trigger``, ``view`` or ``policy``.
        statement: The statement within it that the server refuses.
        sqlstate: Five characters.
        message: What the server said.
        file: The migration that made it, as its text tells; empty if none does.
        line: Where it stands there, from 1; 0 if it is not known.
        reproduce: What to paste.
    """

    subject: str
    kind: str
    statement: str
    sqlstate: str
    message: str
    file: str
    line: int
    reproduce: str


@dataclass(frozen=True, slots=True)
class CodeEvidence:
    """What the target's code said when each of its statements was planned.

    Attributes:
        working: What was used without such a refusal.
        broken: What fails.
        untold: What could not be used, with the reason.
        absent: Why there is nothing; empty when there is.
    """

    working: tuple[str, ...]
    broken: tuple[Broken, ...]
    untold: dict[str, str]
    absent: str = ""
