"""What a wallet did when it was asked to move money, one call after the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

HOLD = "hold"
"""The technique that holds each call before its COMMIT."""

BETWEEN = "between"
"""The technique that holds a call between the statements of the functions that it comes to."""

OWN_LEVEL = "its own level"
"""The isolation level of a service, which nobody else chooses."""


class Rule(Enum):
    """What a trial puts to the test."""

    AMOUNT = "amount"
    MOVEMENT = "movement"
    FROZEN = "frozen"
    FUNDS = "funds"
    KEY = "key"
    CRASH = "crash"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from one call.

    Attributes:
        operation: Name of the template.
        accepted: Whether the wallet says that it did what it was asked for.
        result: The first value of the first row, as text; None where there is none.
        sqlstate: Of an error; empty when there was none.
        message: Of the server, with that SQLSTATE.
        doubtful: Whether nothing tells if it is a refusal, so that it is taken for none.
    """

    operation: str
    accepted: bool
    result: str | None = None
    sqlstate: str = ""
    message: str = ""
    doubtful: bool = False

    def __str__(self) -> str:
        if self.sqlstate:
            return f"{self.operation} was refused ({self.sqlstate}: {self.message})"
        return f"{self.operation} answered {self.result}" + ("" if self.accepted else ", which is a refusal")


@dataclass(frozen=True, slots=True)
class Charge:
    """What each transfer costs.

    Attributes:
        payer: Who pays it: 0 for the source, 1 for the destination.
        seen: Amounts that were asked for, the least first, and what each cost.
    """

    payer: int
    seen: tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Legal:
    """One way in which a trial may end.

    Attributes:
        accepted: What the last call must have answered; None where either will do.
        gains: How much each wallet must have gained, as the least and the most; others nothing.
        line: Of settings, without which nothing tells whether it may; empty where it may.
    """

    accepted: bool | None
    gains: tuple[tuple[str, Decimal, Decimal], ...] = ()
    line: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """Calls on wallets of their own, and the balances before and after.

    Attributes:
        rule: What is put to the test.
        subject: Whose guarantee it is: an operation.
        what: What was tried, for a person.
        control: Whether it is what a legitimate caller does, without which no refusal proves anything.
        answers: Of the calls, in order.
        before: Balance of each wallet by its letter; None where it could not be read.
        after: The same, afterwards.
        legal: How it may end.
        script: What a person pastes into psql to see it again.
        setup: Why it could not be tried; empty when it could.
        line: Of settings, by which it may end otherwise; empty where nobody may choose.
        repeats: Whether the last call is the first again, with its key.
        asked: What the calls were made with.
    """

    rule: Rule
    subject: str
    what: str
    control: bool
    answers: tuple[Answer, ...]
    before: tuple[tuple[str, Decimal | None], ...]
    after: tuple[tuple[str, Decimal | None], ...]
    legal: tuple[Legal, ...]
    script: str
    setup: str = ""
    line: str = ""
    repeats: bool = False
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Unassessed:
    """A capability that settings do not give, and the line that would."""

    rule: Rule
    subject: str
    line: str


@dataclass(frozen=True, slots=True)
class WalletEvidence:
    """All trials of one kind.

    Attributes:
        trials: In the order they were made in.
        unassessed: What could not be tried for want of a template.
        absent: Why there is no wallet to try; empty when there is one.
    """

    trials: tuple[Trial, ...] = ()
    unassessed: tuple[Unassessed, ...] = ()
    absent: str = ""


@dataclass(frozen=True, slots=True)
class CrashEvidence:
    """Calls whose connection was lost, and that were made again with the same key.

    Attributes:
        trials: One for each operation and point at which the connection was lost.
        unassessed: Operations that take no key.
        absent: Why there is no wallet to try; empty when there is one.
    """

    trials: tuple[Trial, ...] = ()
    unassessed: tuple[Unassessed, ...] = ()
    absent: str = ""


@dataclass(frozen=True, slots=True)
class TimeoutEvidence:
    """Calls that ran into a time limit, each with a call after it from another session.

    Attributes:
        trials: One for each operation, limit and wallet that was held.
        absent: Why there is no wallet to try; empty when there is one.
    """

    trials: tuple[Trial, ...] = ()
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger; what the ledger does not keep is None.

    Attributes:
        transfer: Which movement it belongs to.
        wallet: Whose; None on the platform's own side.
    """

    transfer: str
    wallet: str | None
    amount: Decimal
    currency: str | None = None
    number: int | None = None
    balance_after: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tampering:
    """A change behind the ledger's back, and what reconciliation said of it.

    Attributes:
        what: What was changed.
        done: Whether the change could be made.
        problems: Rows that reconciliation returned.
        script: What a person pastes into psql to see it again.
    """

    what: str
    done: bool
    problems: int
    script: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class LedgerWrite:
    """An attempt to rewrite the ledger, undone afterwards.

    Attributes:
        verb: UPDATE, DELETE or TRUNCATE.
        table: That was written to: the ledger, or a part of it.
        role: Who tried.
        changed: Whether the ledger was another afterwards.
        message: Of the refusal.
        setup: Why the attempt proves nothing; empty when it does.
    """

    verb: str
    table: str
    role: str
    changed: bool
    message: str
    script: str
    setup: str = ""


@dataclass(frozen=True, slots=True)
class LedgerEvidence:
    """The ledger after sequential calls, and attempts to rewrite it.

    Attributes:
        table: As declared; empty when it is not.
        entries: Of the wallets that the run made, and of their transfers.
        balances: Of these wallets, by id.
        columns: Names that the declared query returned.
        double_entry: As declared: whether deposits sum to zero too.
        sound: Rows that reconciliation returned for the untouched ledger; None when it is not declared.
        error: Why it could not be read; empty when it could.
        script: What a person runs to see the entries.
        scripts: By the id of each wallet, what was done with it and others before.
        currencies: By the id of each wallet, what it was opened with, where that is said.
        numbered_as_one: Whether other calls, before these, were numbered through the whole ledger.
    """

    table: str = ""
    entries: tuple[Entry, ...] = ()
    balances: tuple[tuple[str, Decimal | None], ...] = ()
    columns: tuple[str, ...] = ()
    writes: tuple[LedgerWrite, ...] = ()
    tampering: tuple[Tampering, ...] = ()
    double_entry: bool = True
    sound: tuple[str, ...] | None = None
    error: str = ""
    script: str = ""
    scripts: tuple[tuple[str, str], ...] = ()
    currencies: tuple[tuple[str, str], ...] = ()
    numbered_as_one: bool = False
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of several sessions ended, told without ids, so that runs can be compared.

    Attributes:
        answers: Of each operation, in the order of sessions.
        balances: Of each wallet by its letter.
        troubles: What the ledger or reconciliation says is wrong.
    """

    answers: tuple[str, ...]
    balances: tuple[tuple[str, str], ...]
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observed:
    """An outcome, and the first schedule that led to it.

    Attributes:
        schedule: One digit a step: the number of the session that goes on.
        aborted: Positions of operations that the server rolled back and a caller may retry.
        allowed: What the serial orders of the other operations led to on the same wallet.
        lanes: The steps in the order that they were taken in: number of the session, and what it did.
        script: The same for psql: what comes before, and what to run in which session.
        replays: How often the same schedule led again to what no order explains, or to a deadlock.
    """

    schedule: str
    outcome: Outcome
    aborted: tuple[int, ...]
    allowed: tuple[Outcome, ...]
    lanes: tuple[tuple[int, str], ...]
    script: tuple[str, ...] = ()
    replays: int = 0


@dataclass(frozen=True, slots=True)
class Exploration:
    """All runs of one scenario at one isolation level.

    Attributes:
        scenario: In words.
        level: Isolation level.
        declared: Whether what is seen at this level counts: callers use it, or it is not theirs to choose.
        opposite: Whether a deadlock is a fault by itself.
        runs: How many schedules were run.
        observed: Distinct outcomes.
        setup: Why it could not be run; empty when it could.
        before: Balance of each wallet by its letter.
        technique: Where sessions are held.
    """

    scenario: str
    level: str
    declared: bool
    opposite: bool
    runs: int
    observed: tuple[Observed, ...]
    setup: str = ""
    before: tuple[tuple[str, str], ...] = ()
    technique: str = HOLD


@dataclass(frozen=True, slots=True)
class InterleavingEvidence:
    """What several sessions at once did to the wallet.

    Attributes:
        explorations: By scenario and level.
        seconds_a_run: The bound on each run, which none exceeded without saying so.
    """

    explorations: tuple[Exploration, ...] = ()
    seconds_a_run: float = 0
    absent: str = ""

    @classmethod
    def merge(cls, parts: Sequence[InterleavingEvidence]) -> InterleavingEvidence:
        """Put the parts of several shards together."""
        explorations = tuple(exploration for part in parts for exploration in part.explorations)
        return cls(explorations, max(part.seconds_a_run for part in parts), parts[0].absent)


@dataclass(frozen=True, slots=True)
class Place:
    """A statement of a function.

    Attributes:
        number: By which the run tells it.
        function: With its arguments.
        line: Of the body, from 1.
        text: In one line.
        stops: Whether sessions are held before it: it comes to the database.
        offset: Where it begins in the body.
    """

    number: int
    function: str
    line: int
    text: str
    stops: bool
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.function.partition('(')[0]}:{self.line} {self.text}"


@dataclass(frozen=True, slots=True)
class BetweenEvidence:
    """What sessions did to the wallet when one of them was held between two statements of a function.

    Attributes:
        explorations: By scenario and level.
        seconds_a_run: The bound on each run.
        seconds: The bound on all runs of a shard.
        places: Statements of the functions that the wallet's operations come to.
        reached: Numbers of those that the trials and the runs came to.
        unread: Functions that sessions could not be held in, and why.
        statements: How many of a service were held on their way to the server.
        instances: Of the service; 0 where sessions are held in functions.
        absent: Why there is nothing to hold sessions in; empty when there is.
    """

    explorations: tuple[Exploration, ...] = ()
    seconds_a_run: float = 0
    seconds: float = 0
    places: tuple[Place, ...] = ()
    reached: frozenset[int] = frozenset()
    unread: tuple[tuple[str, str], ...] = ()
    statements: int = 0
    instances: int = 0
    absent: str = ""

    @classmethod
    def merge(cls, parts: Sequence[BetweenEvidence]) -> BetweenEvidence:
        """Put the parts of several shards together: all have read the same functions."""
        first = parts[0]
        return cls(
            explorations=tuple(exploration for part in parts for exploration in part.explorations),
            seconds_a_run=first.seconds_a_run,
            seconds=first.seconds,
            places=first.places,
            reached=frozenset().union(*(part.reached for part in parts)),
            unread=tuple(dict.fromkeys(one for part in parts for one in part.unread)),
            statements=sum(part.statements for part in parts),
            instances=first.instances,
            absent=first.absent,
        )
