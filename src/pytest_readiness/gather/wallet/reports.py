"""Asks reconciliation what it reports after runs that it did not report before."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.gather.wallet.adapted import AdaptedTeller
from pytest_readiness.gather.wallet.teller import WalletError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.gather.wallet.teller import Teller

_SETTLES_S, _POLL_S = 1.0, 0.05
"""A service may write its entries after it has answered."""

_SLOW_S = 0.1
"""From then on it is asked only of what nothing else would tell of."""


class Reports:
    """What reconciliation says of one copy of the target; nothing where none is declared.

    Args:
        teller: Who asks.

    Attributes:
        slow: Whether to ask costs more than the runs that it is asked of.
    """

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._patience_s = _SETTLES_S if isinstance(teller, AdaptedTeller) else 0.0
        self._asks = bool(teller.wallet.reconcile)
        began = time.monotonic()
        self._known = frozenset(self._rows())
        self.slow = time.monotonic() - began > _SLOW_S

    @property
    def clean(self) -> bool:
        """Whether nothing was reported so far: rows of old faults are worded anew by later runs."""
        return not self._known

    def news(self) -> tuple[str, ...]:
        """Return the rows that were not there when it was last asked."""
        began = time.monotonic()
        until = began + self._patience_s
        while set(rows := self._rows()) - self._known and time.monotonic() < until:
            time.sleep(_POLL_S)
        fresh = tuple(row for row in rows if row not in self._known)
        self.slow = self.slow or (not fresh and time.monotonic() - began > _SLOW_S)
        self._known = frozenset(rows)
        return fresh

    def _rows(self) -> tuple[str, ...]:
        if not self._asks:
            return ()
        try:
            return self._teller.problems()
        except psycopg.Error:
            self._teller.connection.rollback()
        except WalletError:
            pass
        # Whoever is refused has been judged where it is asked alone, and says nothing of meetings.
        self._asks = False
        return ()


def lettered(row: str, wallets: Mapping[str, str]) -> str:
    """Return what is reported with letters in place of the ids of wallets, as far as these stand out."""
    for letter, wallet in wallets.items():
        if not wallet.isdecimal():
            row = re.sub(rf"(?<![\w-]){re.escape(wallet)}(?![\w-])", letter, row)
    return row
