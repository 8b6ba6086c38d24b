"""Which calls meet: pairs and triples over the whole interface that share only what is under test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from pytest_readiness.judges.wallet.serial import orders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.store import Shard
    from pytest_readiness.settings import Wallet


_PAIR = 2


@dataclass(frozen=True, slots=True)
class Operation:
    """One call in a transaction of its own; letters stand for wallets.

    Attributes:
        lost: Whether its caller goes away before COMMIT, so that the server rolls it back.
        key: Name of an idempotency key that several operations share; empty for one of its own.
    """

    name: str
    values: tuple[tuple[str, str], ...]
    key: str = ""
    lost: bool = False

    def __str__(self) -> str:
        said = " ".join(value for _, value in self.values)
        key = f" with key {self.key}" if self.key else ""
        return f"{self.name} {said}{key}" + (", rolled back" if self.lost else "")


@dataclass(frozen=True, slots=True)
class Scenario:
    """Wallets, what was done to them before, and what several sessions then do.

    Attributes:
        wallets: Letter, funds and owner of each.
        before: Done once, beforehand.
        sessions: The operations of each session.
        schedules: Those to run; all orders of steps if empty.
        opposite: Whether a deadlock of these is a fault by itself.
        rising: Pairs of wallets, the lower id first: who locks by id goes one way or the other.
        again: Title of the scenario that this one repeats with ids that fall, at the level of callers alone.
        within: Whether an exchange stays within one currency, which not every wallet allows: where it is
            refused, the scenario is none.
        abroad: The wallets of another currency where that is settled; else exchanges tell.
    """

    title: str
    wallets: tuple[tuple[str, str, str], ...]
    sessions: tuple[tuple[Operation, ...], ...]
    before: tuple[Operation, ...] = ()
    schedules: tuple[str, ...] = field(default=())
    opposite: bool = False
    rising: tuple[tuple[str, str], ...] = ()
    again: str = ""
    within: bool = False
    abroad: frozenset[str] | None = None

    @property
    def foreign(self) -> frozenset[str]:
        """Return the wallets of another currency: those that an exchange from one at home leads to."""
        if self.abroad is not None:
            return self.abroad
        sides: dict[str, bool] = {}
        for operation in (*self.before, *(called for session in self.sessions for called in session)):
            if operation.name == "exchange" and not self.within:
                given = dict(operation.values)
                abroad = sides.setdefault(given["source"], False)
                sides.setdefault(given["destination"], not abroad)
        return frozenset(letter for letter, abroad in sides.items() if abroad)

    def ordered(self) -> Iterator[Scenario]:
        """Yield it with ids that rise from wallet to wallet as they are listed, and with ids that fall."""
        places = {letter: place for place, (letter, _, _) in enumerate(self.wallets)}
        touched = (
            sorted({value for _, value in operation.values if value in places}, key=places.__getitem__)
            for session in self.sessions
            for operation in session
        )
        pairs = tuple(dict.fromkeys((both[0], both[1]) for both in touched if len(both) == _PAIR))
        yield replace(self, rising=pairs)
        if pairs:
            fallen = tuple((high, low) for low, high in pairs)
            yield replace(self, title=f"{self.title}, ids falling", rising=fallen, again=self.title)

    @property
    def is_apart(self) -> bool:
        """Whether no wallet is touched by two sessions: what they share is none of them."""
        letters = {letter for letter, _, _ in self.wallets}
        touched = [
            letters & {value for called in session for _, value in called.values} for session in self.sessions
        ]
        return sum(map(len, touched)) == len(set[str]().union(*touched))

    def reads_alone(self, session: int) -> bool:
        """Tell whether a session only reads balances: only with a COMMIT of others does it see another."""
        return all(operation.name == "balance" for operation in self.sessions[session])

    def same_wallets(self, other: Scenario) -> bool:
        """Tell whether sessions of another find the same wallets."""
        mine = (self.wallets, self.before, self.rising, self.foreign)
        return mine == (other.wallets, other.before, other.rising, other.foreign)

    def funds(self) -> tuple[tuple[str, str], ...]:
        """Return what each wallet has before sessions begin."""
        given = {letter: Decimal(funds) for letter, funds, _ in self.wallets}
        for put in (dict(operation.values) for operation in self.before if operation.name == "deposit"):
            given[put["wallet"]] += Decimal(put["amount"])
        return tuple((letter, f"{funds:f}") for letter, funds in given.items())

    def orders(self) -> tuple[str, ...]:
        """Return the schedules to run; those that are serial are what the others are compared with."""
        if self.schedules:
            return self.schedules
        steps = [2 * len(session) for session in self.sessions]
        reads = [
            (number, 2 * place)
            for number, session in enumerate(self.sessions)
            for place, operation in enumerate(session)
            if operation.name == "balance"
        ]
        return tuple(
            order
            for order in orders(steps)
            if not _is_serial(order) and all(_at_once(order, *read) for read in reads)
        )

    def calls(self) -> set[str]:
        """Return the names of the operations that it calls."""
        called = (*self.before, *(operation for session in self.sessions for operation in session))
        funded = {"deposit"} if any(funds != "0" for _, funds, _ in self.wallets) else set[str]()
        return {operation.name for operation in called} | funded

    def uses(self, wallet: Wallet) -> bool:
        """Tell whether settings give all that it calls.

        What an adapter reconciles by is not called beside others: it may as well be SQL of the settings.
        """
        called = [*self.before, *(operation for session in self.sessions for operation in session)]
        if wallet.adapter and "reconcile" in self.calls():
            return False
        return all(
            getattr(wallet, operation.name) and (not operation.key or wallet.takes(operation.name, "key"))
            for operation in called
        )


def _is_serial(order: str) -> bool:
    """Tell whether each operation ends before another begins: steps come in pairs."""
    pairs = [order[i : i + 2] for i in range(0, len(order), 2)]
    return all(pair[0] == pair[1] for pair in pairs)


def _at_once(order: str, session: int, step: int) -> bool:
    """Tell whether a read ends before another session goes on: holding it open changes nothing."""
    places = [index for index, digit in enumerate(order) if digit == str(session)]
    return places[step + 1] == places[step] + 1


A, B, C = ("a", "100", "a"), ("b", "0", "b"), ("c", "0", "c")
FUNDED = ("b", "100", "b")


def move(source: str, destination: str, amount: str, key: str = "", *, lost: bool = False) -> Operation:
    """Transfer."""
    values = (("source", source), ("destination", destination), ("amount", amount))
    return Operation("transfer", values, key, lost)


def put(wallet: str, amount: str, key: str = "", *, lost: bool = False) -> Operation:
    """Deposit."""
    return Operation("deposit", (("wallet", wallet), ("amount", amount)), key, lost)


def change(source: str, destination: str, amount: str, key: str = "") -> Operation:
    """Exchange at 2."""
    values = (("source", source), ("destination", destination), ("amount", amount), ("rate", "2"))
    return Operation("exchange", values, key)


def look(wallet: str) -> Operation:
    """Read a balance."""
    return Operation("balance", (("wallet", wallet),))


def freeze(wallet: str) -> Operation:
    """Freeze."""
    return Operation("freeze", (("wallet", wallet), ("frozen", "true")))


def limit(wallet: str, amount: str) -> Operation:
    """Limit what leaves a wallet in a day."""
    return Operation("limit", (("wallet", wallet), ("limit", amount)))


def owner_limit(owner: str, amount: str) -> Operation:
    """Limit what leaves all wallets of an owner in a day."""
    return Operation("owner_limit", (("owner", owner), ("limit", amount)))


def scenarios(wallet: Wallet | None) -> Iterator[Scenario]:
    """Yield the scenarios that a wallet has the operations for; all of them where that is not known yet."""
    for scenario in (*_money(), *_keys(), *_rules(), *_threes()):
        if wallet is None or scenario.uses(wallet):
            yield from scenario.ordered()


def pairs(wallet: Wallet, shard: Shard) -> list[Scenario]:
    """Return this shard's part of the scenarios in which two meet; three only queue."""
    return [one for one in part(wallet, shard) if len(one.sessions) == _PAIR]


def part(wallet: Wallet, shard: Shard) -> list[Scenario]:
    """Return this shard's part of the scenarios.

    Those that repeat others come after all of these: a bound on the time of all cuts off repetitions first.
    """
    mine = shard.part(scenarios(None if wallet.adapter else wallet), lambda one: one.again or one.title)
    return sorted(mine, key=lambda one: bool(one.again))


def _two(
    title: str, wallets: tuple[tuple[str, str, str], ...], *calls: Operation, opposite: bool = False
) -> Scenario:
    return Scenario(title, wallets, tuple((call,) for call in calls), opposite=opposite)


def _money() -> Iterator[Scenario]:
    yield _two("more is spent than there is", (A, B, C), move("a", "b", "70"), move("a", "c", "70"))
    # What is kept apart for each deposit, or split over rows, is gathered from several of them.
    yield Scenario(
        "two spend all that came by many deposits",
        (("a", "0", "a"), B, C),
        ((move("a", "b", "200"),), (move("a", "c", "190"),)),
        before=(put("a", "25"),) * 8,
    )
    yield _two("two spend from one wallet", (A, B, C), move("a", "b", "30"), move("a", "c", "40"))
    yield _two(
        "two pay into one wallet", (A, B, ("c", "100", "c")), move("a", "b", "30"), move("c", "b", "40")
    )
    yield _two("a deposit meets a transfer", (A, B), put("a", "50"), move("a", "b", "30"))
    yield _two("two deposits meet", (A,), put("a", "50"), put("a", "20"))
    # What they share is no wallet of theirs: the account that the platform keeps for the other side.
    yield _two("two deposits to two wallets meet", (A, B), put("a", "50"), put("b", "20"))
    yield _two(
        "opposite transfers meet", (A, FUNDED), move("a", "b", "30"), move("b", "a", "40"), opposite=True
    )
    yield _two(
        "opposite transfers of other wallets of two owners meet",
        (A, B, ("c", "0", "a"), ("d", "100", "b")),
        move("a", "b", "30"),
        move("d", "c", "40"),
        opposite=True,
    )
    yield _two("a reconciliation meets a transfer", (A, B), Operation("reconcile", ()), move("a", "b", "30"))
    # Of what comes and of what goes, whichever is read first: a sum of one before and one after is below what
    # the wallet ever had, or above it.
    yield Scenario(
        "a balance is read while money comes and goes",
        (A, B),
        ((look("a"),), (put("a", "50"), move("a", "b", "120"), put("a", "40"))),
    )
    yield _two("money is passed on", (A, B, C), move("a", "b", "30"), move("b", "c", "20"))
    yield _two("an exchange meets a transfer", (A, B, C), change("a", "b", "70"), move("a", "c", "70"))
    yield _two("an exchange meets a deposit", (A, B), change("a", "b", "30"), put("b", "20"))
    yield _two("an exchange meets another", (A, B, C), change("a", "b", "70"), change("a", "c", "70"))
    yield _two(
        "exchanges of other wallets meet",
        (A, B, ("c", "100", "c"), ("d", "0", "d")),
        change("a", "b", "30"),
        change("c", "d", "40"),
    )
    yield _two(
        "opposite exchanges meet", (A, FUNDED), change("a", "b", "30"), change("b", "a", "40"), opposite=True
    )
    yield replace(
        _two(
            "an exchange meets an opposite transfer",
            (A, FUNDED),
            change("a", "b", "30"),
            move("b", "a", "40"),
        ),
        opposite=True,
        within=True,
    )


def _keys() -> Iterator[Scenario]:
    """A repetition arrives while the first runs, and the first may yet be lost."""
    one, lost = move("a", "b", "30", "k"), move("a", "b", "30", "k", lost=True)
    yield _two("a transfer comes twice", (A, B), one, one)
    yield _two("a lost transfer comes again", (A, B), lost, one)
    yield _two("a deposit comes twice", (A,), put("a", "30", "k"), put("a", "30", "k"))
    yield _two("a lost deposit comes again", (A,), put("a", "30", "k", lost=True), put("a", "30", "k"))
    yield _two("an exchange comes twice", (A, B), change("a", "b", "30", "k"), change("a", "b", "30", "k"))
    yield _two("one key for two bodies", (A, B, C), one, move("a", "c", "40", "k"))
    yield _two("one key for a deposit and a transfer", (A, B, C), put("c", "30", "k"), one)


def _rules() -> Iterator[Scenario]:
    """What holds for several wallets, and what is changed while money moves; a read tells the order."""
    rich, second = ("a", "200", "a"), ("d", "200", "a")
    capped = (limit("a", "100"),)
    two = ((move("a", "b", "70"),), (move("a", "c", "70"),))
    yield Scenario("a limit is met by two", (rich, B, C), two, before=capped)
    others = ((move("a", "b", "70"),), (move("d", "c", "70"),))
    for first in (owner_limit("a", "100"),):
        yield Scenario(
            "an owner's limit is met by two wallets", (rich, second, B, C), others, before=(first,)
        )
    for rule, name in (
        (freeze("a"), "a freeze of the source"),
        (limit("a", "5"), "a new limit"),
        (owner_limit("a", "5"), "a new limit of the owner"),
    ):
        yield Scenario(f"{name} meets a transfer", (A, B), ((rule, look("a")), (move("a", "b", "10"),)))
    yield Scenario(
        "a freeze of the destination meets a transfer",
        (A, B),
        ((freeze("b"), look("b")), (move("a", "b", "10"),)),
    )
    yield Scenario("a freeze meets a deposit", (A,), ((freeze("a"), look("a")), (put("a", "10"),)))
    yield Scenario(
        "a freeze meets an exchange", (A, B), ((freeze("a"), look("a")), (change("a", "b", "10"),))
    )


def _threes() -> Iterator[Scenario]:
    """Two that come from opposite ends queue behind a third that holds what both want.

    Whoever is served first goes on to want what the other took before it began to wait.
    """
    pairs: tuple[tuple[str, str], ...] = (("a", "b"), ("a", "a"))
    for owners in pairs:
        wallets = (("a", "100", owners[0]), ("b", "100", owners[1]))
        whose = "one owner" if owners[0] == owners[1] else "two owners"
        for held in ("a", "b"):
            yield Scenario(
                f"opposite transfers of {whose} wait for a deposit to {held}",
                wallets,
                ((put(held, "10"),), (move("a", "b", "30"),), (move("b", "a", "40"),)),
                schedules=("012012", "021021"),
                opposite=True,
            )
    yield Scenario(
        "three spend from one wallet",
        (A, B, C),
        ((move("a", "b", "60"),), (move("a", "c", "60"),), (put("a", "10"),)),
        schedules=("012012", "021021", "102102", "120120", "201201", "210210"),
    )
