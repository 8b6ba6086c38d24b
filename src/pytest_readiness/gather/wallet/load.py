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
from pytest_readiness.gather.wallet.adapted import open_teller
from pytest_readiness.gather.wallet.battery import ABSENT
from pytest_readiness.gather.wallet.clients import SNAPSHOT, opened, problems
from pytest_readiness.gather.wallet.scenarios import Scenario
from pytest_readiness.gather.wallet.teller import Teller, WalletError, said
from pytest_readiness.gather.wallet.worlds import Supply
from pytest_readiness.settings.wallet import MOST_GROUPS
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.gather.wallet.clients import Client

FUNDS = "100"
_BOUND_S = 60.0
_APART = 1_000_000
"""Between the numbers that the keys and the people of two groups count from."""


@gatherer(strength=Strength.ATTACKED)
def load_place(target: Target) -> LoadPlace:
    """Make the database that all groups share."""
    declared = target.settings.wallet
    shared = declared.declared and declared.load_groups > 1
    return LoadPlace(target.database().info.dbname if shared else "")


@gatherer(strength=Strength.ATTACKED, shards=MOST_GROUPS)
def load_groups(target: Target, place: LoadPlace, shard: Shard) -> LoadGroups:
    """Make the calls of one group; no more groups are made than are declared."""
    declared = target.settings.wallet
    if shard.index >= declared.load_groups:
        return LoadGroups()
    if not declared.declared:
        return LoadGroups((LoadEvidence(absent=ABSENT),))
    first = _APART * shard.index + 1
    teller = Teller(target, place.database, first=first) if place.database else open_teller(target)
    return LoadGroups((_group(target, teller, shard.index if place.database else None),))


@gatherer(strength=Strength.ATTACKED)
def load(target: Target, place: LoadPlace, groups: LoadGroups) -> LoadEvidence:
    """Read what all groups led to, now that none of them calls any more."""
    errors = [group for group in groups.groups if group.error]
    if errors or not place.database:
        return next(iter(errors or groups.groups))
    return _together(Teller(target, place.database), groups.groups)


def _group(target: Target, teller: Teller, number: int | None) -> LoadEvidence:
    """Make the calls of the clients of one group; its letters are numbered where there are others."""
    declared = target.settings.wallet
    if why := dict(teller.manners.unusable).get("transfer"):
        return LoadEvidence(error=why)
    suffix = "" if number is None else str(number + 1)
    letters = [f"{letter}{suffix}" for letter in islice(_letters(), max(2, declared.load_wallets))]
    scenario = Scenario("load", tuple((letter, FUNDS, letter) for letter in letters), ())
    try:
        wallets = Supply(teller, scenario, ahead=1).take().wallets
    except WalletError as error:
        return LoadEvidence(error=str(error))
    size = max(2, declared.load_clients)
    clients = opened(target, teller, wallets, range((number or 0) * size, ((number or 0) + 1) * size))
    calls = -(-declared.load_calls // (size * declared.load_groups))
    started = time.monotonic()
    with ThreadPoolExecutor(size) as threads:
        for done in [threads.submit(client.work, calls, started + _BOUND_S) for client in clients]:
            done.result()
    told = _told(teller, wallets, clients, time.monotonic() - started)
    return replace(told, asked=calls * size, bound_s=_BOUND_S)


def _letters() -> Iterator[str]:
    """Yield a, b and so on; after z come aa and ab."""
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))


def _told(teller: Teller, wallets: dict[str, str], clients: Sequence[Client], seconds: float) -> LoadEvidence:
    query, error = teller.wallet.entries, ""
    found = None
    try:
        found = teller.ledger(wallets.values()) if query else None
    except psycopg.Error as refusal:
        error = said(refusal)
    refusals = sum((client.refusals for client in clients), Counter())
    return LoadEvidence(
        wallets=tuple((letter, wallet, Decimal(FUNDS)) for letter, wallet in wallets.items()),
        moves=tuple(move for client in clients for move in client.moves),
        reads=tuple(read for client in clients for read in client.reads),
        looks=tuple(look for client in clients for look in client.looks),
        refusals=tuple(sorted(refusals.items())),
        final=tuple(teller.balances(wallets.values())),
        entries=found,
        reconciled=tuple(rows for client in clients for rows in client.reconciled),
        settled=problems(teller) if teller.wallet.reconcile else None,
        seconds=seconds,
        charge=teller.manners.charge,
        error=error,
    )


def _together(teller: Teller, groups: Sequence[LoadEvidence]) -> LoadEvidence:
    """Return the load of all groups, with balances, entries and reconciliation of now."""
    wallets = tuple(chain.from_iterable(group.wallets for group in groups))
    ids, error, entries = [wallet for _, wallet, _ in wallets], "", None
    final: list[Decimal | None] = [None] * len(ids)
    try:
        final = teller.whole(ids, SNAPSHOT)
        entries = teller.ledger(ids) if teller.wallet.entries else None
    except psycopg.Error as refusal:
        error = said(refusal)
    return LoadEvidence(
        wallets=wallets,
        moves=tuple(chain.from_iterable(group.moves for group in groups)),
        looks=tuple(chain.from_iterable(group.looks for group in groups)),
        refusals=tuple(sorted(sum((Counter(dict(group.refusals)) for group in groups), Counter()).items())),
        final=tuple(final),
        entries=entries,
        reconciled=tuple(chain.from_iterable(group.reconciled for group in groups)),
        settled=problems(teller) if teller.wallet.reconcile else None,
        seconds=max(group.seconds for group in groups),
        asked=sum(group.asked for group in groups),
        bound_s=_BOUND_S,
        charge=teller.manners.charge,
        error=error,
        groups=tuple(groups),
    )
