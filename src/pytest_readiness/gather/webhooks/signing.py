"""Signs messages as senders of webhooks do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, replace
from typing import Any

from pytest_readiness.target.requests import Request

STANDARD, STRIPE, META = "standard-webhooks", "stripe", "meta"
Headers = tuple[tuple[str, str], ...]
JSON = (("Content-Type", "application/json"),)


_SIGNATURE_HEADERS = {
    STANDARD: "webhook-signature",
    STRIPE: "Stripe-Signature",
    META: "X-Hub-Signature-256",
}
_LABELS = {STANDARD: "v1,", STRIPE: "v1=", META: "sha256="}


@dataclass(frozen=True, slots=True)
class Message:
    """A message before it is sent.

    Attributes:
        id: Of the event; the same one again is the same event.
        timestamp: As it is written, not necessarily a number.
        signatures: As they are written, in order.
    """

    path: str
    scheme: str
    id: str
    timestamp: str
    body: bytes
    signatures: tuple[str, ...] = ()

    def signed(self, *keys: bytes) -> Message:
        """Return it with a signature by each key."""
        return replace(self, signatures=tuple(self.signature(key) for key in keys))

    def signature(self, key: bytes) -> str:
        """Return the signature by one key, as the scheme writes it."""
        label = _LABELS[self.scheme]
        if self.scheme == STANDARD:
            return label + base64.b64encode(_mac(key, self.id, self.timestamp, self.body)).decode()
        signed = (self.timestamp, self.body) if self.scheme == STRIPE else (self.body,)
        return label + _mac(key, *signed).hex()

    def flipped(self, at: int) -> Message:
        """Return it with one bit of its signature changed, in the byte at a place."""
        label = _LABELS[self.scheme]
        written = self.signatures[0].removeprefix(label)
        mac = bytearray(base64.b64decode(written) if self.scheme == STANDARD else bytes.fromhex(written))
        mac[at] ^= 0x10
        other = base64.b64encode(mac).decode() if self.scheme == STANDARD else mac.hex()
        return replace(self, signatures=(label + other,))

    @property
    def headers(self) -> Headers:
        """All headers of the scheme."""
        if self.scheme == STANDARD:
            named = (("webhook-id", self.id), ("webhook-timestamp", self.timestamp))
            return (*named, ("webhook-signature", " ".join(self.signatures)))
        if self.scheme == STRIPE:
            return (("Stripe-Signature", ",".join((f"t={self.timestamp}", *self.signatures))),)
        return (("X-Hub-Signature-256", ",".join(self.signatures)),)

    @property
    def signature_header(self) -> str:
        """Name of the header with the signatures."""
        return _SIGNATURE_HEADERS[self.scheme]

    def request(self, **changes: Any) -> Request:  # noqa: ANN401  fields of a request
        """Return the request that carries it."""
        return replace(Request("POST", self.path, (*JSON, *self.headers), self.body), **changes)

    def bare(self, *headers: tuple[str, str]) -> Request:
        """Return a request without its signature header, with others in its place."""
        kept = tuple(pair for pair in self.headers if pair[0] != self.signature_header)
        return Request("POST", self.path, (*JSON, *kept, *headers), self.body)


class Sender:
    """A sender of one webhook, with secrets of its own.

    Attributes:
        token: That both sides know before anything is sent; of a handshake.
        label: Before each of its signatures.
        signature_header: In which it sends them.
        ahead: Seconds by which its clock is ahead of the true time.
    """

    def __init__(self, path: str, scheme: str, payload: str) -> None:
        self.path, self.scheme, self._payload = path, scheme, payload
        self.secret, self.previous = (_secret(scheme) for _ in range(2))
        self.token = secrets.token_hex(12)
        self.ahead = 0.0
        self.label = _LABELS[scheme]
        self.signature_header = _SIGNATURE_HEADERS[scheme]

    @property
    def key(self) -> bytes:
        """The bytes that it signs with."""
        return _key(self.scheme, self.secret)

    @property
    def previous_key(self) -> bytes:
        """The same, before the secret was changed."""
        return _key(self.scheme, self.previous)

    def compact(self) -> bool:
        """Write the payload without spaces from now on; say whether it is JSON."""
        try:
            self._payload = json.dumps(json.loads(self._payload), separators=(",", ":"))
        except ValueError:
            return False
        return True

    def message(self, *, at: float | str | None = None, event: str = "") -> Message:
        """Return a fresh event, unsigned; with an id it is that one again."""
        event = event or f"evt_{secrets.token_hex(8)}"
        moment = at if isinstance(at, str) else str(int(time.time() + self.ahead + (at or 0.0)))
        body = self._payload.replace("{id}", event).encode()
        return Message(self.path, self.scheme, event, moment, body)

    def genuine(self, **of_message: Any) -> Message:  # noqa: ANN401  arguments of `message`
        """Return a fresh event, signed."""
        return self.message(**of_message).signed(self.key)

    def spelled(self, *, event: str = "", **style: Any) -> Message | None:  # noqa: ANN401  arguments of json.dumps
        """Return a genuine message whose JSON is written otherwise; None where the body is none."""
        message = self.message(event=event)
        try:
            value = json.loads(message.body)
        except ValueError:
            return None
        return replace(message, body=json.dumps(value, **style).encode()).signed(self.key)


def _mac(key: bytes, *parts: str | bytes) -> bytes:
    content = b".".join(part.encode() if isinstance(part, str) else part for part in parts)
    return hmac.new(key, content, hashlib.sha256).digest()


def _secret(scheme: str) -> str:
    if scheme == STANDARD:
        return base64.b64encode(secrets.token_bytes(24)).decode()
    return secrets.token_hex(24)


def _key(scheme: str, secret: str) -> bytes:
    return base64.b64decode(secret) if scheme == STANDARD else secret.encode()
