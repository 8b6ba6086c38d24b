"""Whether all the money was there in every read under load, and the ledger is what was answered."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from pytest_readiness.judges.wallet import fees
from pytest_readiness.vocabulary import Finding, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_readiness.evidence.load import LoadEvidence

_SHOWN = 3
_LEAST_DONE = 10
"""Transfers without which a load proves nothing."""

_STARVED = 0.1
"""The part of another client's share of transfers done under which a client starves."""

READ = "read "
"""Before the SQLSTATE with which a read of all wallets was refused."""

_BROKEN = ("XX", "08", "57P", "58", "53")
"""Classes of SQLSTATE that are no answer to a caller: the server's own faults, and lost connections."""

Movement = tuple[str, str, Decimal]
"""From which letter to which, and how much."""


def judged(load: LoadEvidence) -> Iterator[Finding]:
    """Yield what each side of the load showed."""
    done = [move for move in load.moves if move.accepted]
    if load.error or len(done) < min(_LEAST_DONE, len(load.moves) or 1):
        why = load.error or f"{len(done)} of {len(load.moves)} transfers were done; met: {_met(load)}"
        yield unknown("load", why, reason="control")
        return
    yield from _groups(load) if load.groups else _seen(load, "")
    yield _balances(load)
    if load.entries is not None:
        yield _history(load)
    if load.settled is not None and load.known == ():
        yield _reconciled(load, load.settled)
    yield _errors(load)
    yield _fairness(load)
    yield _reached(load)


def _groups(load: LoadEvidence) -> Iterator[Finding]:
    """Yield what each group saw of its own wallets, and whether they took from one another."""
    for number, group in enumerate(load.groups, 1):
        if group.error:
            yield unknown(f"group {number}", group.error, reason="control")
        else:
            yield from _seen(group, f" of group {number}")
    yield _all_money(load, [group for group in load.groups if not group.error])


def _seen(load: LoadEvidence, of_which: str) -> Iterator[Finding]:
    """Yield what was seen of wallets that one group of clients has for itself."""
    if sum(move.accepted is True for move in load.moves) < min(_LEAST_DONE, len(load.moves) or 1):
        yield unknown(f"reads{of_which}", f"too few transfers were done; met: {_met(load)}", reason="control")
        return
    yield from _reads(load, f"whole reads{of_which}")
    yield _looks(load, f"single reads{of_which}")


def _all_money(load: LoadEvidence, groups: Sequence[LoadEvidence]) -> Finding:
    """Compare what all wallets have together with what they were given: groups may take from one another."""
    which = f"the wallets of {len(groups)} groups"
    if None in load.final:
        return unknown("all groups", "a balance could not be read", reason="control")
    given = sum((funds for _, _, funds in load.wallets), Decimal(0))
    left, cost = _sum(load.final), sum(_fees(load).values(), Decimal(0))
    fees_too = f", {cost:f} in fees left out" if cost else ""
    if left != given - cost:
        said = f"{which} were given {given:f} and have {left:f} once all have ended{fees_too}"
        return failed("all groups", said, reproduce=_how(load))
    met_s = min(group.span[1] for group in groups) - max(group.span[0] for group in groups)
    if met_s <= 0 or len(groups) < len(load.groups):
        why = "not all of them called at once, so that nothing is proven of their meeting"
        return unknown("all groups", f"{which} have what they were given, but {why}", reason="control")
    said = f"{which}, whose clients called at once for {met_s:.1f} s, have the {given:f} that they were given"
    return passed("all groups", f"{said}{fees_too}")


def _reads(load: LoadEvidence, subject: str) -> Iterator[Finding]:
    """Tell the first, the worst and the last read that did not see all the money."""
    if not load.reads:
        if any(code.startswith(READ) for code, _ in load.refusals):
            why = f"all wallets could never be read together while transfers ran; met: {_met(load)}"
            yield unknown(subject, why, reason="control")
        return
    total = sum((funds for _, _, funds in load.wallets), Decimal(0))
    cost = sum(_fees(load).values(), Decimal(0))
    wrong = [read for read in load.reads if not _whole(read, total, cost)]
    if all(None in read for read in load.reads):
        yield unknown(subject, "no balance could be read", reason="control")
        return
    least = min(move.amount for move in load.moves if move.accepted is not False)
    if not wrong and cost >= least:
        said = f"all fees come to {cost:f}, and the smallest transfer to {least:f}"
        why = f"what a read does not see may be fees, or one side of a transfer: {said}"
        yield unknown(subject, why, reason="control")
        return
    if not wrong:
        yield passed(subject, f"{len(load.reads)} reads of all wallets saw {total:f}; {_size(load)}")
        return
    worst = max(wrong, key=lambda read: abs(_sum(read) - total))
    shown = "; ".join(
        f"{which} {_listed(load, read)}, in all {_sum(read):f}"
        for which, read in (("first", wrong[0]), ("worst", worst), ("last", wrong[-1]))
    )
    said = f"{len(wrong)} of {len(load.reads)} reads did not see the {total:f} that there are, none below 0"
    yield failed(subject, f"{said}: {shown}", reproduce=_how(load))


def _looks(load: LoadEvidence, subject: str) -> Finding:
    """Look for a balance that its wallet can never have had, in what was read one by one."""
    read = [(letter, balance) for letter, balance in load.looks if balance is not None]
    if not read:
        why = f"none of {len(load.looks)} balances could be read while transfers ran; met: {_met(load)}"
        return unknown(subject, why, reason="control")
    total = sum((funds for _, _, funds in load.wallets), Decimal(0))
    torn = [
        (letter, balance) for letter, balance in read if not (balance.is_finite() and 0 <= balance <= total)
    ]
    if torn:
        shown = ", ".join(f"{letter} {balance}" for letter, balance in torn[:_SHOWN])
        said = f"{len(torn)} of {len(read)} balances are of no moment: below 0, or above the {total:f} of all"
        return failed(subject, f"{said}: {shown}", reproduce=_how(load))
    return passed(subject, f"each of {len(read)} balances is between 0 and the {total:f} of all")


def _whole(read: Sequence[Decimal | None], total: Decimal, cost: Decimal) -> bool:
    """Tell whether a read saw all the money, but for what others may have gained in fees by then."""
    some = all(balance is not None and balance >= 0 for balance in read)
    return some and total - cost <= _sum(read) <= total


def _fees(load: LoadEvidence) -> dict[str, Decimal]:
    """Return what each wallet paid in fees, by its letter."""
    letters = {wallet: letter for letter, wallet, _ in load.wallets}
    given = fees.paid(load.entries or (), letters, load.charge) if load.charge else {}
    return {letters[wallet]: fee for wallet, fee in given.items()}


def _balances(load: LoadEvidence) -> Finding:
    """Compare each balance at the end with what the answers add up to."""
    cost = _fees(load)
    expected = {letter: funds - cost.get(letter, 0) for letter, _, funds in load.wallets}
    for move in load.moves:
        if move.accepted:
            expected[move.source] -= move.amount
            expected[move.destination] += move.amount
    unsettled = {letter for m in load.moves if m.accepted is None for letter in (m.source, m.destination)}
    off = [
        f"{letter} has {balance}, and the answers add up to {expected[letter]:f}"
        for (letter, _, _), balance in zip(load.wallets, load.final, strict=True)
        if letter not in unsettled and balance is not None and balance != expected[letter]
    ]
    if off:
        return failed("balances", f"after {_size(load)}: {'; '.join(off)}", reproduce=_how(load))
    if not off and None in load.final:
        return unknown("balances", "a balance could not be read", reason="control")
    if len(unsettled) == len(load.wallets):
        return unknown("balances", "connections were lost, so that no sum is known", reason="lost")
    return passed("balances", f"they are what {_size(load)} add up to")


def _history(load: LoadEvidence) -> Finding:
    """Compare the movements that were answered with those of the ledger, each as often as the other."""
    letters = {wallet: letter for letter, wallet, _ in load.wallets}
    sides: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for entry in load.entries or ():
        if entry.wallet in letters:
            sides[entry.transfer][letters[entry.wallet]] += entry.amount
    # Not every ledger holds what wallets were opened with.
    funds = {("", letter, amount) for letter, _, amount in load.wallets}
    payer = load.charge.payer if load.charge else 0
    moved = (movement for side in sides.values() for movement in _movements(side, payer))
    kept = Counter(movement for movement in moved if movement not in funds)
    told = Counter((m.source, m.destination, m.amount) for m in load.moves if m.accepted)
    perhaps = Counter((m.source, m.destination, m.amount) for m in load.moves if m.accepted is None)
    missing, extra = told - kept, kept - told - perhaps
    if not missing and not extra:
        return passed(
            "history", f"the ledger holds the {told.total()} transfers that were answered, no other"
        )
    said = [
        f"{sum(found.values())} {what}: {_moved(found)}"
        for what, found in (
            ("answered as done and not in the ledger", missing),
            ("in the ledger and not answered as done", extra),
        )
        if found
    ]
    return failed("history", "; ".join(said), reproduce=_how(load))


def _movements(side: dict[str, Decimal], payer: int) -> Iterator[Movement]:
    """Yield what one transfer of the ledger moved: from one to one, or as far as it can be told."""
    losers = [letter for letter, amount in side.items() if amount < 0]
    gainers = [letter for letter, amount in side.items() if amount > 0]
    if len(losers) <= 1 and len(gainers) == 1:
        # Who bears the fee moves another amount than was asked for.
        amount = -side[losers[0]] if losers and payer else side[gainers[0]]
        yield losers[0] if losers else "", gainers[0], amount
        return
    for letter in (*losers, *gainers):
        yield letter, "", side[letter]


def _reconciled(load: LoadEvidence, rows: Sequence[str]) -> Finding:
    """Judge what reconciliation reports after the load, of which nothing was reported before."""
    if rows:
        said = f"after {_size(load)} reconciliation reports {len(rows)} problems, the first: {rows[0]}"
        return failed("reconciliation", said, reproduce=_how(load))
    return passed("reconciliation", f"it reports nothing after {_size(load)}")


def _errors(load: LoadEvidence) -> Finding:
    broken = [code for code, _ in load.refusals if code.removeprefix(READ).startswith(_BROKEN)]
    if broken:
        return failed("errors", f"callers met {_met(load)}", reproduce=_how(load))
    return passed("errors", f"callers met {_met(load)}")


def _fairness(load: LoadEvidence) -> Finding:
    """Tell clients whose transfers others crowd out; what is refused for another reason is no matter here."""
    known = [move for move in load.moves if move.accepted is not None]
    asked = Counter(move.client for move in known)
    done = Counter(move.client for move in known if move.accepted)
    given_up = Counter(move.client for move in known if move.given_up)
    shares = {client: done[client] / count for client, count in asked.items()}
    starved = [
        client
        for client, share in shares.items()
        if share < _STARVED * max(shares.values()) and 2 * given_up[client] > asked[client]
    ]
    through = ", ".join(f"client {client} {done[client]} of {asked[client]}" for client in sorted(asked))
    if starved:
        said = f"{len(starved)} of {len(asked)} clients hardly get through, refused as busy or left to wait"
        return failed("fairness", f"{said} each time; done: {through}", reproduce=_how(load))
    if untold := sorted({move.client for move in load.moves} - asked.keys()):
        who = ", ".join(f"client {client}" for client in untold)
        said = f"no answer to {who} tells whether it got through; of the others done: {through}"
        return unknown("fairness", said, reason="lost")
    times = [move.seconds for move in known]
    took = f"half of all took {statistics.median(times):.3f} s, the longest {max(times):.2f} s"
    return passed("fairness", f"done: {through}; {took}")


def _reached(load: LoadEvidence) -> Finding:
    """Tell whether the load had the size that is declared."""
    made, asked = len(load.moves), max(load.asked, len(load.moves))
    said = f"{made} of {asked} transfers were asked for, among {len(load.wallets)} wallets"
    if made >= asked:
        return passed("size", said)
    ended = f"after {load.bound_s:.0f} s, or by whom none get through, no more are made"
    return unknown("size", f"{said} in {load.seconds:.0f} s; {ended}: declare fewer", reason="bound")


def _size(load: LoadEvidence) -> str:
    clients = len({move.client for move in load.moves})
    done = sum(move.accepted is True for move in load.moves)
    return f"{done} transfers among {len(load.wallets)} wallets by {clients} clients in {load.seconds:.1f} s"


def _how(load: LoadEvidence) -> str:
    declared = ", ".join(f"{name} = {size}" for name, size in load.sizes)
    return f"# {declared} in [wallet]; then\npytest --readiness"


def _met(load: LoadEvidence) -> str:
    return ", ".join(f"{code} {count} times" for code, count in load.refusals) or "no error"


def _moved(found: Counter[Movement]) -> str:
    shown = [
        f"{amount:f} from {source or 'outside'} to {to or '?'}" for source, to, amount in list(found)[:3]
    ]
    return ", ".join(shown)


def _sum(read: Iterable[Decimal | None]) -> Decimal:
    return sum((balance for balance in read if balance is not None), Decimal(0))


def _listed(load: LoadEvidence, read: Sequence[Decimal | None]) -> str:
    pairs = zip(load.wallets, read, strict=True)
    return ", ".join(f"{letter} {balance}" for (letter, _, _), balance in pairs)
