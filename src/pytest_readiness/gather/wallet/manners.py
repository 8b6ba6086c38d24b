"""What sound wallets do differently, learned once a run from calls of which it is known what they did."""

from __future__ import annotations

import fcntl
import hashlib
import pickle
import time
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import psycopg

from pytest_readiness.evidence.wallet import Answer, Charge
from pytest_readiness.gather.wallet.worlds import foreign, stranger
from pytest_readiness.judges.wallet import fees
from pytest_readiness.judges.wallet.answers import Words, learned
from pytest_readiness.judges.wallet.ledger import numbered_as_one

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_readiness.evidence.wallet import Entry
    from pytest_readiness.settings import Wallet
    from pytest_readiness.target.target import Target

    Values = dict[str, str | None]

_TIMED_OUT, _ENDS_TRANSACTIONS = "57014", "2D000"
_AMOUNTS = ("10", "20", "60")
_REFUSED = ("1000000", "0", "-5")
_MOVING = ("deposit", "transfer", "exchange")
_WALLETS = ("wallet", "source", "destination")
_PATIENCE = 2
_TIMES = (100, 10_000)
"""Larger amounts, of which one may be done where small ones are refused."""


class UnreadError(Exception):
    """The ledger could not be read, so that nothing can be learned of what calls did."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How one wallet does what others do otherwise.

    Attributes:
        words: By operation, what its answers look like; those that are told by errors alone are left out.
        unusable: Operations that no trial can be made with, and why.
        unit: What amounts have to be multiplied by to be accepted; empty where they are accepted as they are.
        numbered_as_one: Whether numbers of entries count through the whole ledger.
        charge: What each transfer costs; None where it costs nothing.
    """

    words: tuple[tuple[str, Words], ...] = ()
    unusable: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    numbered_as_one: bool = False
    charge: Charge | None = None


class Caller(Protocol):
    """Whoever can call a wallet."""

    wallet: Wallet
    connection: psycopg.Connection

    def owner(self) -> str:
        """Make an owner."""

    def begin(self) -> None:
        """Forget what was written down."""

    def open(self, letter: str, owner: str, currency: str = "") -> str:
        """Make a wallet."""

    def key(self) -> str:
        """Return a key that nobody used."""

    def call_once(self, operation: str, values: Mapping[str, str | None]) -> Answer:
        """Call an operation."""

    def balances(self, wallets: Sequence[str]) -> list[Decimal | None]:
        """Read balances."""

    def ledger(self, wallets: Sequence[str]) -> tuple[Entry, ...]:
        """Read the entries of these wallets."""


def kept(target: Target, learn: Callable[[], Manners]) -> Manners:
    """Return what some process of the run has learned of this wallet; learn it where none has."""
    said = repr((target.built.template, target.settings.wallet))
    path = target.run_directory / f"manners-{hashlib.sha256(said.encode()).hexdigest()[:12]}"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            try:
                lesson = learn()
            except UnreadError as error:
                # Nothing is kept of it: whoever comes next may be able to.
                return Manners(unusable=tuple((name, str(error)) for name in _MOVING))
            new = path.with_suffix(".new")
            new.write_bytes(pickle.dumps(lesson))
            new.replace(path)
        found: Manners = pickle.loads(path.read_bytes())  # noqa: S301  the run's own private directory
        return found


def manners(teller: Caller, trouble: type[Exception]) -> Manners:
    """Learn from calls that are done, and from others that nobody may be granted.

    Args:
        teller: Who calls.
        trouble: What it raises where not even a wallet can be opened.

    Raises:
        UnreadError: The ledger that settings name could not be read.
    """
    lesson = _Lesson(teller)
    try:
        lesson.open()
    except (psycopg.Error, trouble):
        # Each trial will say so itself.
        return Manners()
    return lesson.learned()


@dataclass
class _Lesson:
    teller: Caller
    ids: dict[str, str] = field(default_factory=dict)
    done: dict[str, list[str | None]] = field(default_factory=lambda: defaultdict(list))
    undone: dict[str, list[str | None]] = field(default_factory=lambda: defaultdict(list))
    unusable: dict[str, str] = field(default_factory=dict)
    unit: str = ""
    charge: Charge | None = None

    def learned(self) -> Manners:
        """Make the calls, and say what they showed."""
        self._deposits()
        if not self.unit and "deposit" not in self.unusable:
            self._transfers()
            self._exchanges()
        words = {name: learned(self.done[name], self.undone[name]) for name in self.done}
        return Manners(
            words=tuple((name, known) for name, known in words.items() if known != Words()),
            unusable=tuple(self.unusable.items()),
            unit=self.unit,
            numbered_as_one=numbered_as_one(self._entries()),
            charge=self.charge,
        )

    def open(self) -> None:
        """Open wallets; the last is of another currency where there are any."""
        self.teller.begin()
        owner, declared = self.teller.owner(), self.teller.wallet
        for letter in "abc":
            currency = foreign(declared) if letter == "c" else declared.currency
            self.ids[letter] = self.teller.open(letter, owner, currency)

    def _deposits(self) -> None:
        for letter, amount in (("a", "10"), ("a", "140"), ("b", "20"), ("c", "30")):
            if not self._does("deposit", wallet=letter, amount=amount):
                break
        if not self.done["deposit"]:
            self._larger()
            return
        for wallet, amount in (("a", "0"), ("a", "-5"), (stranger(self.ids["a"]), "5")):
            self._try("deposit", wallet=wallet, amount=amount)

    def _larger(self) -> None:
        """Look for an amount that is done where all smaller ones are refused."""
        for times in _TIMES:
            if self._does("deposit", wallet="a", amount=str(100 * times)):
                self.unit = str(times)
                return

    def _transfers(self) -> None:
        both = {"source": "a", "destination": "b"}
        moved = [amount for amount in _AMOUNTS if self._does("transfer", **both, amount=amount)]
        ids = [*self.ids.values()]
        self.charge = fees.learned(self._entries(), ids, [Decimal(amount) for amount in moved])
        for amount in _REFUSED:
            self._try("transfer", **both, amount=amount)
        self._try("transfer", source="a", destination=stranger(self.ids["a"]), amount="5")

    def _exchanges(self) -> None:
        if not self.teller.wallet.exchange:
            return
        both = {"source": "b", "destination": "c"}
        for amount in _AMOUNTS[:2]:
            self._does("exchange", **both, amount=amount, rate="2")
        for amount in _REFUSED:
            self._try("exchange", **both, amount=amount, rate="2")

    def _does(self, operation: str, **given: str) -> bool:
        """Make a call that is legitimate; tell whether it was done. One that never ends is tried twice."""
        for _ in range(_PATIENCE):
            if operation in self.unusable:
                return False
            began = time.monotonic()
            answer, done = self._try(operation, **given)
            why = _unusable(answer, time.monotonic() - began)
            if answer.sqlstate != _TIMED_OUT:
                break
        if why:
            self.unusable[operation] = why
        return done

    def _try(self, operation: str, **given: str) -> tuple[Answer, bool]:
        """Call, and keep the answer by what the call did; tell whether all that it names has changed."""
        values: Values = {name: self.ids.get(value, value) for name, value in given.items()}
        before = self._state()
        answer = Answer(operation, accepted=False, message="it is called no more")
        if operation not in self.unusable:
            answer = self.teller.call_once(operation, {**values, "key": self.teller.key()})
        after = self._state()
        named = [value for name, value in given.items() if name in _WALLETS]
        told = None not in {*before[0].values(), *after[0].values()}
        done = told and all(before[0].get(one) != after[0].get(one) for one in named)
        if answer.sqlstate or not told:
            return answer, done
        if before == after and operation not in self.unusable:
            self.undone[operation].append(answer.result)
        if done:
            self.done[operation].append(answer.result)
        return answer, done

    def _state(self) -> tuple[dict[str, Decimal | None], int]:
        """Return the balances, and how many entries there are."""
        wallets = [*self.ids.values()]
        balances = dict(zip(self.ids, self.teller.balances(wallets), strict=True))
        return balances, len(self._entries())

    def _entries(self) -> tuple[Entry, ...]:
        try:
            return self.teller.ledger([*self.ids.values()])
        except Exception as error:  # noqa: BLE001  whatever its query returns, an error is no "no entry"
            said = str(error).split("\n")[0]
            raise UnreadError(f"the ledger, which tells what calls do, could not be read: {said}") from None


def _unusable(answer: Answer, took_s: float) -> str:
    """Say why an operation cannot be tried at all; empty where it can."""
    if answer.sqlstate == _TIMED_OUT:
        return f"{answer.operation} did not end within {took_s:.0f} s, {_PATIENCE} times; not called again"
    if answer.sqlstate == _ENDS_TRANSACTIONS:
        return (
            f"{answer.operation} ends transactions by itself ({answer.sqlstate}: {answer.message}): half of "
            "it is seen by others, and stays when the rest is lost; leave COMMIT to the caller"
        )
    return ""
