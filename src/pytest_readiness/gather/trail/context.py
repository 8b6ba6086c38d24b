"""Says what a request is before a write, and looks for it in the entry."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.audit import Unfilled, value
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.trail.leaks import MARK
from pytest_readiness.judges.audit.attribution import says
from pytest_readiness.judges.audit.audit_log import texts_of_triggers
from pytest_readiness.judges.audit.correlation import asks_elsewhere, column_texts
from pytest_readiness.judges.sql.asked_settings import settings_asked
from pytest_readiness.judges.sql.lexis import last_name, names, plain
from pytest_readiness.target.identities import claims, claims_statement
from pytest_readiness.target.quoting import set_local

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_readiness.evidence.audit import Claim, Log
    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.gather.trail.claiming import Acted, Claiming

_FIELDS = {
    "session": "the session",
    "correlation": "the correlation id",
    "address": "the address",
    "agent": "the user agent",
}
_SAMPLES = {"address": "192.0.2.99", "agent": "readiness-agent"}
_KEY = re.compile(r"->>?\s*'([\w-]+)'")
_HEADERS = (
    *("user-agent", "x-forwarded-for", "x-real-ip", "cf-connecting-ip", "x-request-id", "x-correlation-id"),
    *("x-session-id", "x-trace-id", "traceparent"),
)
_OF_THE_SERVER = re.compile(r"\binet_client_addr\b|\bpg_stat_(?:activity|get_activity)\b", re.IGNORECASE)
"""What tells of a connection: of one over a socket it has nothing to tell."""


class Context:
    """Tells a request in all ways that code asks for.

    Args:
        claiming: Makes writes to the table.
        catalog: Of the target.
        log: Where the entries are.
        declared: The settings that carry it, as the project says.
        settings: Names of others that code asks for.
    """

    def __init__(
        self,
        claiming: Claiming,
        catalog: CatalogEvidence,
        log: Log,
        declared: Mapping[str, str],
        settings: Sequence[str],
    ) -> None:
        self._claiming = claiming
        self._catalog = catalog
        self._log = log
        self._declared = declared
        self._own = catalog.relation(log.name)
        relations = (claiming.writer.relation, *([self._own] if self._own else []))
        self._texts = [*texts_of_triggers(catalog, *relations)]
        self._settings = settings

    def all(self, acted: Acted) -> Iterator[Claim]:
        """Yield what entries have of a request that says what it is in settings.

        Args:
            acted: A write that leaves an entry.
        """
        for part, field in _FIELDS.items():
            column = getattr(self._log.columns, part)
            told = self._declared.get(part, "")
            setting = [told] if told else [name for name in self._settings if says(name, part)]
            if not column or not setting:
                continue
            sample = _SAMPLES.get(part, MARK)
            with_it = replace(acted, before="".join(_made(name, sample) for name in setting))
            said = self._claiming.said(with_it, column)
            yield self._claiming.claim(with_it, field, said, truth=(sample,))

    def unfilled(self, acts: Sequence[Acted]) -> Iterator[Unfilled]:
        """Yield the columns of a request that nothing was in, whatever it said of itself.

        Args:
            acts: Writes that leave entries, each of somebody else.
        """
        for part in _FIELDS if acts else ():
            column = getattr(self._log.columns, part)
            if column and not self._may_be_told(part, column) and not self._filled(part, column, acts):
                yield Unfilled(self._log.name, column, part)

    def _may_be_told(self, part: str, column: str) -> bool:
        """Whether it can be filled from elsewhere: from the connection, a table, or by other functions."""
        texts = "\n".join(map(plain, self._texts))
        if self._declared.get(part) or (part == "address" and _OF_THE_SERVER.search(texts)):
            return True
        if asks_elsewhere(texts) and not self._settings:
            return True
        wanted = {column, last_name(self._log.name)}
        others = (f for f in self._catalog.functions if f.returns != "trigger" and f.body not in self._texts)
        return any(wanted <= names(function.body) for function in others)

    def _filled(self, part: str, column: str, acts: Sequence[Acted]) -> bool:
        if any(value(entry, column) not in {None, ""} for entry in self._claiming.entries):
            return True
        texts = [*self._texts, *(column_texts(self._catalog, self._own, column) if self._own else ())]
        for acted in acts:
            for before in self._told(part, texts, acted):
                said = self._claiming.said(replace(acted, before=f"{acted.before}{before}"), column)
                if said and not said.startswith("("):
                    return True
        return False

    def _told(self, part: str, texts: Sequence[str], acted: Acted) -> Iterator[str]:
        """Yield statements by which a request says what it is: in settings, in headers, in its token."""
        sample = _SAMPLES.get(part, MARK)
        text = "\n".join(map(plain, texts))
        own = " ".join(acted.actor.statements)
        for name in sorted(settings_asked(self._catalog, texts)):
            if not name.startswith("request.") and name not in own:
                yield _made(name, sample)
        if "application_name" in text:
            yield _made("application_name", sample)
        keys = sorted(set(_KEY.findall(text)))
        if "request.headers" in text:
            headers = dict.fromkeys((*_HEADERS, *keys), sample)
            yield set_local("request.headers", json.dumps(headers))
        if "request.jwt" in own:
            told: dict[str, Any] = {**dict.fromkeys(keys, sample), **claims(ALICE, acted.actor.role)}
            yield f"{claims_statement(told)};\n"


def _made(name: str, text: str) -> str:
    return f"{set_local(name, text)}\n"
