"""Has clients call at once, in groups of which each has its wallets, and reads what they led to."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from itertools import chain, count, islice, product
from string import ascii_lowercase
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.load import LoadEvidence, LoadGroups, LoadPlace
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.wallet.adapted import AdaptedTeller, open_teller
from pytest_readiness.gather.wallet.battery import ABSENT
from pytest_readiness.gather.wallet.clients import READ_EVERY, opened, problems
from pytest_readiness.gather.wallet.rendezvous import Rendezvous
from pytest_readiness.gather.wallet.scenarios import Scenario
from pytest_readiness.gather.wallet.teller import Teller, WalletError, said
from pytest_readiness.gather.wallet.worlds import Supply
from pytest_readiness.settings.wallet import MOST_GROUPS
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.gather.wallet.clients import Client
    from pytest_readiness.settings import Wallet

FUNDS = "100"
_BOUND_S = 60.0
_PAUSE_S, _SETTLES_S, _THROUGH = 0.02, 1.0, "through"
_MEET_S = 10.0
"""Within which the clients of all groups are connected; without them, nothing is proven of their meeting."""


@gatherer(strength=Strength.ATTACKED)
def load_place(target: Target) -> LoadPlace:
    """Make the database that all groups share, and the wallets of each before any of them calls."""
    declared = target.settings.wallet
    if not declared.declared or declared.load_groups == 1:
        return LoadPlace()
    teller = Teller(target)
    try:
        each = [_wallets(teller, declared, str(group + 1)) for group in range(declared.load_groups)]
    except WalletError as error:
        return LoadPlace(error=str(error))
    known = _settled(teller)
    return LoadPlace(teller.connection.info.dbname, tuple(tuple(one.items()) for one in each), known)


@gatherer(strength=Strength.ATTACKED, shards=MOST_GROUPS, together=True)
def load_groups(target: Target, place: LoadPlace, shard: Shard) -> LoadGroups:
    """Make the calls of one group; no more groups are made than are declared."""
    declared = target.settings.wallet
    if shard.index >= (1 if place.error else declared.load_groups):
        return LoadGroups()
    if place.error or not declared.declared:
        absent = "" if declared.declared else ABSENT
        return LoadGroups((LoadEvidence(error=place.error, absent=absent),))
    one = _among(target, place, shard.index) if place.database else _alone(target)
    return LoadGroups((one,))


@gatherer(strength=Strength.ATTACKED)
def load(target: Target, place: LoadPlace, groups: LoadGroups) -> LoadEvidence:
    """Read what all groups led to, now that none of them calls any more."""
    able = [group for group in groups.groups if not group.error]
    if not place.database or not able:
        return groups.groups[0]
    together = replace(_combined(able), known=place.known)
    whole = _aftermath(Teller(target, place.database), together)
    each = (
        group if group.error else replace(group, entries=whole.entries, charge=whole.charge)
        for group in groups.groups
    )
    return replace(whole, groups=tuple(each))


def _alone(target: Target) -> LoadEvidence:
    """Make the calls of the only group; a service is read by the instances that served it."""
    teller = open_teller(target)
    try:
        wallets = _wallets(teller, target.settings.wallet)
    except WalletError as error:
        return LoadEvidence(error=str(error))
    known = _settled(teller)
    made = replace(_calls(target, teller, wallets), known=known)
    return made if made.error else _aftermath(teller, made)


def _among(target: Target, place: LoadPlace, index: int) -> LoadEvidence:
    """Make the calls of one of several groups, from when all are ready until all are through."""
    groups = target.settings.wallet.load_groups
    others = Rendezvous(target.run_directory, f"load-{place.database}", index, groups)
    teller = Teller(target, place.database)
    try:
        return _calls(target, teller, dict(place.wallets[index]), others)
    finally:
        others.say(_THROUGH)
        teller.connection.close()


def _calls(
    target: Target, teller: Teller, wallets: dict[str, str], others: Rendezvous | None = None
) -> LoadEvidence:
    """Make all calls of one group; among others, it goes on until the last has made its own."""
    declared = target.settings.wallet
    size = max(2, declared.load_clients)
    first = size * others.number if others else 0
    try:
        clients = opened(target, teller, wallets, range(first, first + size))
    except psycopg.Error as error:
        return LoadEvidence(error=said(error))
    finally:
        if others:
            others.wait("ready", _MEET_S)  # whoever cannot call keeps nobody waiting
    calls = -(-declared.load_calls // (size * declared.load_groups))
    started = time.monotonic()
    _work(clients, calls, started + _BOUND_S, others)
    ended = time.monotonic()
    for client in clients:
        if client.teller is not teller:
            client.teller.connection.close()
    told = _told(wallets, clients)
    sizes = tuple((name, getattr(declared, name)) for name in _SIZES)
    return replace(told, asked=calls * size, bound_s=_BOUND_S, span=(started, ended), sizes=sizes)


_SIZES = ("load_groups", "load_clients", "load_calls", "load_wallets")


def _work(clients: Sequence[Client], calls: int, until: float, others: Rendezvous | None) -> None:
    """Have clients make their calls, and more for as long as others are at theirs."""
    with ThreadPoolExecutor(len(clients)) as threads:
        for done in [threads.submit(client.work, calls, until) for client in clients]:
            done.result()
        if others:
            others.say(_THROUGH)
        while others and not others.all_said(_THROUGH) and time.monotonic() < until:
            for done in [threads.submit(client.work, READ_EVERY, until) for client in clients]:
                done.result()
            time.sleep(_PAUSE_S)


def _wallets(teller: Teller, declared: Wallet, suffix: str = "") -> dict[str, str]:
    """Make the wallets of a group, and return the id of each by its letter.

    Raises:
        WalletError: They cannot be made, or nothing can be transferred.
    """
    if why := dict(teller.manners.unusable).get("transfer"):
        raise WalletError(why)
    letters = [f"{letter}{suffix}" for letter in islice(_letters(), max(2, declared.load_wallets))]
    scenario = Scenario("load", tuple((letter, FUNDS, letter) for letter in letters), ())
    return Supply(teller, scenario, ahead=1).take().wallets


def _letters() -> Iterator[str]:
    """Yield a, b and so on; after z come aa and ab."""
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))


def _told(wallets: dict[str, str], clients: Sequence[Client]) -> LoadEvidence:
    refusals = sum((client.refusals for client in clients), Counter())
    return LoadEvidence(
        wallets=tuple((letter, wallet, Decimal(FUNDS)) for letter, wallet in wallets.items()),
        moves=tuple(move for client in clients for move in client.moves),
        reads=tuple(read for client in clients for read in client.reads),
        looks=tuple(look for client in clients for look in client.looks),
        refusals=tuple(sorted(refusals.items())),
        reconciled=tuple(rows for client in clients for rows in client.reconciled),
    )


def _combined(groups: Sequence[LoadEvidence]) -> LoadEvidence:
    """Return the calls of all groups; whole reads are each group's own."""
    refusals = sum((Counter(dict(group.refusals)) for group in groups), Counter())
    return LoadEvidence(
        wallets=tuple(chain.from_iterable(group.wallets for group in groups)),
        moves=tuple(chain.from_iterable(group.moves for group in groups)),
        looks=tuple(chain.from_iterable(group.looks for group in groups)),
        refusals=tuple(sorted(refusals.items())),
        reconciled=tuple(chain.from_iterable(group.reconciled for group in groups)),
        asked=sum(group.asked for group in groups),
        bound_s=_BOUND_S,
        span=(min(group.span[0] for group in groups), max(group.span[1] for group in groups)),
        sizes=groups[0].sizes,
    )


def _aftermath(teller: Teller, made: LoadEvidence) -> LoadEvidence:
    """Add what the calls have led to, once nobody calls any more."""
    ids, error, entries = [wallet for _, wallet, _ in made.wallets], "", None
    try:
        entries = teller.ledger(ids) if teller.wallet.entries else None
    except psycopg.Error as refusal:
        error = said(refusal)
    return replace(
        made,
        final=tuple(teller.balances(ids)),
        entries=entries,
        settled=_settled(teller),
        charge=teller.manners.charge,
        error=error,
    )


def _settled(teller: Teller) -> tuple[str, ...] | None:
    """Return what reconciliation reports once a service has written what it writes after its answers."""
    if not teller.wallet.reconcile:
        return None
    until = time.monotonic() + (_SETTLES_S if isinstance(teller, AdaptedTeller) else 0)
    while (found := problems(teller)) and time.monotonic() < until:
        time.sleep(_PAUSE_S)
    return found
