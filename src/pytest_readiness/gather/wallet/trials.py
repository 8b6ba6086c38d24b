"""Makes one trial after the other, each on wallets of its own."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.wallet import Answer, Legal, Rule, Trial
from pytest_readiness.gather.wallet.teller import Teller, WalletError, said
from pytest_readiness.judges.wallet import fees

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_readiness.settings import Wallet

WORTHLESS = ("0", "-5", "NaN", "Infinity", "-Infinity")
"""What is neither an amount nor a rate."""

NOTHING = Legal(accepted=False)
"""Refused, and nobody gained anything."""


def incoming(wallet: Wallet, done: list[Legal]) -> tuple[list[Legal], str]:
    """Return how money may come to a frozen wallet, and the line of settings by which it may come too."""
    if wallet.freeze_stops == "outgoing":
        return [NOTHING, *done], ""
    return [NOTHING], 'freeze_stops = "outgoing"'


def exactly(*, accepted: bool | None = True, **gained: str) -> Legal:
    """Return the way in which each wallet gained what is said, and no other anything."""
    return having(gained, accepted=accepted)


def having(gained: Mapping[str, str], *, accepted: bool | None = True) -> Legal:
    """Return the same, from a mapping."""
    return Legal(accepted, tuple((name, Decimal(gain), Decimal(gain)) for name, gain in gained.items()))


def moved(operation: str, values: Mapping[str, str | None]) -> dict[str, Decimal]:
    """Return what wallets gain from a call that is done in full; nothing from one that moves no amount."""
    if "amount" not in values:
        return {}
    asked, rate = Decimal(values.get("amount") or 0), Decimal(values.get("rate") or 1)
    if not (asked.is_finite() and rate.is_finite()):
        return {}
    if operation == "deposit":
        return {str(values["wallet"]): asked}
    gains = {str(values["destination"]): asked * rate}
    source = str(values["source"])
    return gains | {source: gains.get(source, Decimal(0)) - asked}


@dataclass
class Case:
    """A trial that is being made: its wallets by letter, and the answers so far."""

    teller: Teller
    ids: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    before: dict[str, Decimal | None] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    currencies: dict[str, str] = field(default_factory=dict)
    started: bool = False
    limited: bool = False
    moves: list[dict[str, Decimal]] = field(default_factory=list)
    cost: dict[str, Decimal] = field(default_factory=dict)

    def open(self, letter: str, funds: str = "0", *, owner: str = "", currency: str = "") -> str:
        """Make a wallet with funds. Wallets of one owner name the owner; others have one of their own."""
        name = owner or letter
        if name not in self.owners:
            self.owners[name] = self.teller.owner()
        self.ids[letter] = self.teller.open(letter, self.owners[name], currency)
        if self.teller.wallet.takes("create", "currency"):
            self.currencies[self.ids[letter]] = currency or self.teller.wallet.currency
        if funds != "0":
            self.teller.need("deposit", wallet=self.ids[letter], amount=funds, key=self.teller.key())
        return self.ids[letter]

    def start(self) -> None:
        """Read the balances from which gains are counted."""
        self.before = dict(zip(self.ids, self.teller.balances(self.ids.values()), strict=True))
        self.cost, self.moves = self.costs(), []
        self.started = True

    def costs(self) -> dict[str, Decimal]:
        """Return what each wallet has paid in fees so far, as the ledger tells.

        Raises:
            WalletError: It could not be read.
        """
        charge, ids = self.teller.manners.charge, [*self.ids.values()]
        try:
            return fees.paid(self.teller.ledger(ids), ids, charge) if charge else {}
        except psycopg.Error as error:
            raise WalletError(f"the ledger, which tells of fees, could not be read: {said(error)}") from None

    def call(self, operation: str, **values: str | None) -> Answer:
        """Call what is on trial; letters stand for wallets."""
        if not self.started:
            self.start()
        given = self.values(values)
        self.moves.append(moved(operation, values))
        self.asked |= {value for value in given.values() if value is not None}
        answer = self.teller.call(operation, **given)
        self.answers.append(answer)
        return answer

    def need(self, operation: str, **values: str | None) -> None:
        """Call what the trial stands on; letters stand for wallets, and for owners of that name."""
        self.limited = self.limited or operation in {"limit", "owner_limit"}
        self.teller.need(operation, **self.values(values))

    def values(self, values: dict[str, str | None]) -> dict[str, str | None]:
        """Put ids for letters, and a key of its own where none is given."""
        given = dict(values)
        for name in ("wallet", "source", "destination"):
            letter = given.get(name)
            if letter is not None:
                given[name] = self.ids.get(letter, letter)
        if given.get("owner"):
            given["owner"] = self.owners.get(str(given["owner"]), given["owner"])
        if "key" not in given:
            given["key"] = self.teller.key()
        return given


class Trials:
    """Collects trials, and by each wallet what was done with it.

    Args:
        teller: Who calls.
    """

    def __init__(self, teller: Teller) -> None:
        self.teller = teller
        self.made: list[Trial] = []
        self.scripts: dict[str, str] = {}
        self.currencies: dict[str, str] = {}

    def leave_out(self, rule: Rule, subject: str, why: str) -> None:
        """Note what a bound left untried, so that nothing passes for it."""
        self.made.append(
            Trial(rule, subject, "the rest", False, (), (), (), (), "", setup=why)  # noqa: FBT003  no control
        )

    @contextmanager
    def trial(
        self,
        rule: Rule,
        subject: str,
        what: str,
        legal: Sequence[Legal],
        *,
        control: bool = False,
        line: str = "",
        repeats: bool = False,
    ) -> Iterator[Case]:
        """Lend wallets and a place for calls; what they gained is on record afterwards.

        Args:
            rule: What is put to the test.
            subject: Whose guarantee it is.
            what: What is tried.
            legal: How it may end.
            control: Whether it is legitimate.
            line: Of settings, by which it may end otherwise.
            repeats: Whether the last call is the first again, with its key.
        """
        self.teller.begin()
        case, setup = Case(self.teller), ""
        try:
            yield case
        except WalletError as error:
            setup = str(error)
        after = dict(zip(case.ids, self.teller.balances(case.ids.values()), strict=True))
        try:
            cost = self._without_fees(case, after)
        except WalletError as error:
            cost, setup = Decimal(0), setup or str(error)
        for letter, wallet in case.ids.items():
            self.teller.show_balance(letter, wallet)
        self.currencies |= case.currencies
        self.scripts |= dict.fromkeys(case.ids.values(), self.teller.script())
        if not case.answers and not setup:
            setup = "nothing was called"
        self.made.append(
            Trial(
                rule=rule,
                subject=subject,
                what=f"{what} ({cost:f} in fees left out)" if cost else what,
                control=control,
                answers=tuple(case.answers),
                before=tuple(case.before.items()),
                after=tuple(after.items()),
                legal=(*legal, *self._at_the_edge(case, legal)),
                script=self.teller.script(),
                setup=setup,
                line=line,
                repeats=repeats,
                asked=frozenset(case.asked),
            )
        )

    def _without_fees(self, case: Case, after: dict[str, Decimal | None]) -> Decimal:
        """Give back what transfers cost, as the ledger tells, and return how much that is."""
        given = case.costs()
        cost = {letter: given.get(wallet, Decimal(0)) for letter, wallet in case.ids.items()}
        cost = {letter: fee - case.cost.get(case.ids[letter], Decimal(0)) for letter, fee in cost.items()}
        for letter, balance in after.items():
            after[letter] = None if balance is None else balance + cost[letter]
        return sum(cost.values(), Decimal(0))

    def _at_the_edge(self, case: Case, legal: Sequence[Legal]) -> list[Legal]:
        """Return how else a trial may end where what is there, or allowed, may not be enough for the fee."""
        charge, found = self.teller.manners.charge, list[Legal]()
        for way in legal if charge is not None and charge.payer == 0 else ():
            for letter, low, _ in way.gains:
                have = case.before.get(letter)
                if charge is None or have is None or low >= 0:
                    continue
                cost = len(case.moves) * fees.may_cost(charge, -low)
                if have + low < cost or case.limited:
                    found += fees.curtailed(case.moves, way)
        return found
