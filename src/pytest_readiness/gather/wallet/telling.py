"""Tells how runs ended without ids, so that runs can be compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.teller import number
from pytest_readiness.judges.wallet.anomalies import HANGS
from pytest_readiness.judges.wallet.ledger import differing, misnumbered, unbalanced, unchained
from pytest_readiness.judges.wallet.outcomes import renumbered
from pytest_readiness.judges.wallet.serial import CONFLICTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from pytest_readiness.evidence.wallet import Answer, Entry
    from pytest_readiness.gather.wallet.scenarios import Operation, Scenario

_ID = re.compile(r"(?<=\bwallet )\S+|(?<=\btransfer )\S+")
"""What differs from run to run in a fault of the ledger."""

_NUMBER = re.compile(r"(?<=\bentry )\d+")


def troubles(
    wallets: Mapping[str, str],
    balances: Mapping[str, Decimal | None],
    found: Sequence[Entry],
    *,
    double_entry: bool,
    as_one: bool = False,
) -> Iterator[str]:
    """Say what is wrong with the ledger of these wallets, by letter instead of id.

    Numbers that count through the whole ledger are of no run, and are left out.
    """
    letters = {wallet: letter for letter, wallet in wallets.items()}
    touching = {entry.transfer for entry in found if entry.wallet in letters}
    mine = [entry for entry in found if entry.transfer in touching]
    faults: Iterable[Iterable[str]] = (
        unbalanced(mine, double_entry=double_entry),
        differing(mine, {wallet: balances[wallet] for wallet in letters}),
        misnumbered(mine, letters, as_one=as_one),
        unchained(mine, letters),
    )
    for fault in (text for faulty in faults for text in faulty):
        told = _ID.sub(lambda match: letters.get(match[0], "…"), fault)
        yield _NUMBER.sub("…", told) if as_one else told


def _shown(balance: Decimal | None) -> str:
    return "unreadable" if balance is None else f"{balance.normalize():f}"


def listed(balances: Mapping[str, Decimal | None]) -> tuple[tuple[str, str], ...]:
    """Return balances as a person writes them."""
    return tuple((letter, _shown(balance)) for letter, balance in balances.items())


def answered(scenario: Scenario, answers: Iterable[Sequence[Answer]]) -> tuple[str, ...]:
    """Return what each session was answered so far, in the order of sessions."""
    return renumbered(
        _told(operation, answer)
        for operations, given in zip(scenario.sessions, answers, strict=True)
        for operation, answer in zip(operations, given, strict=False)
    )


def _told(operation: Operation, answer: Answer) -> str:
    if answer.message == HANGS:
        return f"{operation} {HANGS}"
    if answer.sqlstate in CONFLICTS:
        return f"{operation} was aborted ({answer.sqlstate})"
    if not answer.accepted:
        return f"{operation} was refused"
    if operation.name == "balance":
        read = number(answer.result)
        return f"{operation} was {answer.result if read is None else _shown(read)}"
    return f"{operation} was done" + (f" #{answer.result}" if answer.result else "")
