"""Says a false word of oneself before a write: in a setting, in the metadata of a user, in a header."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.trail.claiming import Acted
from pytest_readiness.judges.audit.attribution import names_of, refused
from pytest_readiness.target.identities import claims, with_claims
from pytest_readiness.target.quoting import set_local

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from pytest_readiness.evidence.audit import Claim, Log
    from pytest_readiness.gather.trail.claiming import Claiming
    from pytest_readiness.target.identities import Identity
    from pytest_readiness.target.profiles import Profile

    Telling = Callable[[str], tuple[Identity, str]]

_METADATA = re.compile(r"user_metadata'?\s*->>?\s*'(\w+)'", re.IGNORECASE)
_HEADER = re.compile(r"request\.headers.{0,120}?->>\s*'([\w-]+)'", re.IGNORECASE | re.DOTALL)
_LONG_AGO = "1999-03-04"


class Lying:
    """Makes a write again and again, each time after another false word.

    Args:
        claiming: Makes the write.
        log: Where the entries are.
        kind: Type of the column that tells who acted.
        profile: Of the platform, which lets users in.
    """

    def __init__(self, claiming: Claiming, log: Log, kind: str, profile: Profile) -> None:
        self._claiming = claiming
        self._log = log
        self._profile = profile
        columns = log.columns
        names = dict.fromkeys((BOB.uuid, str(BOB.key(kind)), *names_of(BOB)))
        self._lies = [("the actor", columns.actor, name, name) for name in names]
        if columns.at:
            self._lies.append(("the time", columns.at, _LONG_AGO, f"{_LONG_AGO}T"))

    def all(self, acted: Acted, settings: Collection[str], text: str) -> Iterator[Claim]:
        """Yield what entries say after each false word.

        Args:
            acted: A change of alice's that is recorded.
            settings: Names of settings that code asks for.
            text: That code.
        """
        for about, tell in self._ways(acted.actor, settings, text):
            yield self._lied(acted.sql, about, tell)

    def _ways(self, alice: Identity, settings: Collection[str], text: str) -> Iterator[tuple[str, Telling]]:
        """Yield where anybody can say something beside what the platform says of him."""
        own = " ".join(alice.statements)
        for name in settings:
            if name not in own:
                yield f"the setting {name}", partial(_set, alice, name)
        for key in sorted(set(_METADATA.findall(text))):
            yield f"user_metadata.{key}", partial(_signed_up, self._profile, key)
        for key in sorted(set(_HEADER.findall(text))):
            yield f"the header {key}", partial(_headed, alice, key)

    def _lied(self, change: str, about: str, tell: Telling) -> Claim:
        """Say the first word that the server takes: code may cast it, to the type of a number or a time."""
        claimed: list[Claim] = []
        for field, place, word, lie in self._lies:
            acted = Acted(*_spoken(tell(word), change))
            said = self._claiming.said(acted, place)
            claimed.append(self._claiming.claim(acted, field, said, about=about, lie=lie))
            if not refused(claimed[-1]):
                return claimed[-1]
        return claimed[0]


def _spoken(told: tuple[Identity, str], change: str) -> tuple[Identity, str, str]:
    actor, before = told
    return actor, change, before


def _set(actor: Identity, name: str, text: str) -> tuple[Identity, str]:
    return actor, f"{set_local(name, text)}\n"


def _signed_up(profile: Profile, key: str, text: str) -> tuple[Identity, str]:
    told: dict[str, Any] = {**claims(ALICE), "user_metadata": {key: text}}
    return with_claims(profile, ALICE.name, told), ""


def _headed(actor: Identity, key: str, text: str) -> tuple[Identity, str]:
    return _set(actor, "request.headers", json.dumps({key: text}))
