"""What a load on a wallet led to: what was called, what was answered, and what was read of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from pytest_readiness.evidence.wallet import Charge, Entry


@dataclass(frozen=True, slots=True)
class Move:
    """A transfer that somebody asked for under load.

    Attributes:
        client: Who asked.
        source: Letter of the wallet.
        destination: The same.
        accepted: Whether it was answered as done; None where the answer was lost.
        given_up: Whether it was refused as busy however often it was repeated.
        seconds: Until the last answer, repetitions included.
    """

    client: int
    source: str
    destination: str
    amount: Decimal
    accepted: bool | None
    given_up: bool = False
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class LoadEvidence:
    """What several clients did at once, and what was read meanwhile and in the end.

    Attributes:
        wallets: Letter, id and funds of each.
        reads: Whole reads, each the balances of all wallets in one snapshot.
        looks: Balances that were read one by one, as callers do, each by its letter.
        refusals: How often each SQLSTATE or status was met.
        final: Balances afterwards.
        entries: Of the ledger, for these wallets; None where it is not declared.
        reconciled: What each reconciliation reported meanwhile.
        known: What one reported before; None where that is not known.
        settled: What one reported afterwards; None where it is not declared, or raised.
        span: When the first call began and the last ended, in seconds of one clock of all processes.
        sizes: What settings say of it, by their names.
        asked: How many transfers are declared.
        bound_s: Seconds after which no more are made.
        charge: What each transfer costs; None where it costs nothing.
        error: Why the load could not be made; empty when it could.
        groups: Where several ran beside one another, each with its own wallets and its own whole reads: all
            else is of them together, read once the last had ended.
    """

    wallets: tuple[tuple[str, str, Decimal], ...] = ()
    moves: tuple[Move, ...] = ()
    reads: tuple[tuple[Decimal | None, ...], ...] = ()
    looks: tuple[tuple[str, Decimal | None], ...] = ()
    refusals: tuple[tuple[str, int], ...] = ()
    final: tuple[Decimal | None, ...] = ()
    entries: tuple[Entry, ...] | None = None
    reconciled: tuple[tuple[str, ...], ...] = ()
    known: tuple[str, ...] | None = None
    settled: tuple[str, ...] | None = None
    span: tuple[float, float] = (0, 0)
    sizes: tuple[tuple[str, int], ...] = ()
    asked: int = 0
    bound_s: float = 0
    charge: Charge | None = None
    error: str = ""
    absent: str = ""
    groups: tuple[LoadEvidence, ...] = ()

    @property
    def seconds(self) -> float:
        """Seconds that all calls took together."""
        return self.span[1] - self.span[0]


@dataclass(frozen=True, slots=True)
class LoadPlace:
    """Where groups of clients meet: one database for all, however many processes they run in.

    Attributes:
        database: Its name; empty where there is one group, which has a copy of its own.
        wallets: Of each group, letter and id.
        known: What reconciliation reports before any call; None where that is not known.
        error: Why there is none; empty when there is.
    """

    database: str = ""
    wallets: tuple[tuple[tuple[str, str], ...], ...] = ()
    known: tuple[str, ...] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class LoadGroups:
    """What each group of clients did."""

    groups: tuple[LoadEvidence, ...] = ()

    @classmethod
    def merge(cls, parts: Sequence[LoadGroups]) -> LoadGroups:
        """Put the groups of several shards together."""
        return cls(tuple(group for part in parts for group in part.groups))
