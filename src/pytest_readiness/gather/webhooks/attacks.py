"""What is sent: genuine messages, and those that nobody may act on."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pytest_readiness.gather.webhooks.signing import META, STANDARD, STRIPE, Message, Sender
from pytest_readiness.target.requests import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

NEVER, ONCE = (0, 0), (1, 1)
_HUGE = 6 * 1024 * 1024
_BYPASSES = (
    ("X-Debug", "true"),
    ("X-Test", "1"),
    ("X-Skip-Verification", "true"),
    ("X-Webhook-Verified", "true"),
    ("X-Internal", "1"),
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Real-IP", "127.0.0.1"),
    ("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
    ("Host", "localhost"),
)
_OTHER_LABELS = {STANDARD: ("v2,", "v1a,"), STRIPE: ("v0=", "v2=", "V1="), META: ("sha1=", "")}
_LEFT_OUT = "-"
_COMMON_SECRETS = (b"", b"secret", b"undefined", b"None", b"null", b"changeme", b"test")


@dataclass(frozen=True, slots=True)
class Attack:
    """What is sent, and how often it may act.

    Attributes:
        together: Whether all requests are sent at once.
        echo: What an answer may not say, or has to: to say it is to act.
    """

    group: str
    what: str
    requests: tuple[Request, ...]
    allowed: tuple[int, int] = NEVER
    together: bool = False
    echo: str = ""


def genuine(sender: Sender, *, overlap: bool, tolerance: float) -> Iterator[Attack]:
    """Yield messages that have to act."""

    def acts(what: str, message: Message, request: Request | None = None) -> Attack:
        return Attack("genuine", what, (request or message.request(),), ONCE)

    plain = sender.genuine()
    yield acts("a genuine message", plain)
    if sender.scheme in {STANDARD, STRIPE}:
        message = sender.message()
        yield acts("a forged signature before the valid one", message.signed(b"other", sender.key))
        yield acts("a forged signature after the valid one", sender.message().signed(sender.key, b"x"))
        yield acts("a message four fifths of the tolerance old", sender.genuine(at=-0.8 * tolerance))
    if overlap:
        yield acts("signed with the previous secret", sender.message().signed(sender.previous_key))
        if sender.scheme != META:
            both = sender.message().signed(sender.key, sender.previous_key)
            yield acts("signed with both secrets", both)
    for what, style in (
        ("JSON with spaces and lines", {"indent": 2}),
        ("JSON without spaces", {"separators": (",", ":")}),
        ("JSON with its keys in another order", {"sort_keys": True, "separators": (" ,  ", " : ")}),
    ):
        spelled = sender.spelled(**style)
        if spelled:
            yield acts(what, spelled)
    yield acts("sent in chunks", plain, sender.genuine().request(chunked=True))
    loud = sender.genuine()
    headers = tuple((name.upper(), value) for name, value in loud.request().headers)
    yield acts("names of headers in capitals", loud, loud.request(headers=headers))
    typed = sender.genuine()
    charset = (("Content-Type", "application/json; charset=utf-8"), *typed.headers)
    yield acts("a content type with a character set", typed, typed.request(headers=charset))


def handshakes(sender: Sender, *, known: bool) -> Iterator[Attack]:
    """Yield questions whether the receiver is ours: whoever knows the token is answered, and nobody else.

    Args:
        sender: Whose webhook it is.
        known: Whether the service was given the token.
    """
    if sender.scheme != META:
        return

    def asked(what: str, allowed: tuple[int, int], **changes: str) -> Attack:
        challenge = secrets.token_hex(8)
        fields = {"mode": "subscribe", "verify_token": sender.token, "challenge": challenge, **changes}
        query = urlencode({f"hub.{name}": value for name, value in fields.items() if value != _LEFT_OUT})
        group = "genuine" if allowed == ONCE else "unsigned"
        return Attack(group, what, (Request("GET", f"{sender.path}?{query}"),), allowed, echo=challenge)

    if known:
        yield asked("a handshake with the token", ONCE)
    yield asked("a handshake without a token", NEVER, verify_token=_LEFT_OUT)
    for word in ("wrong", "", "None", "undefined", "null"):
        yield asked(f"a handshake with the token {word!r}", NEVER, verify_token=word)
    yield asked("a handshake with a token that is too short", NEVER, verify_token=sender.token[:-1])
    yield asked("a handshake with a token that is too long", NEVER, verify_token=sender.token + "x")
    yield asked("a handshake in another mode", NEVER, mode="unsubscribe", verify_token="")


def unsigned(sender: Sender) -> Iterator[Attack]:
    """Yield messages of somebody who does not have the secret, each an event of its own."""

    def nothing(what: str, request: Request) -> Attack:
        return Attack("unsigned", what, (request,))

    def bare(what: str, *values: str) -> Attack:
        message = sender.message()
        return nothing(what, message.bare(*((message.signature_header, value) for value in values)))

    def forged(what: str, key: bytes = b"another secret of 24 byte", **changes: Any) -> Attack:  # noqa: ANN401
        return nothing(what, sender.message().signed(key).request(**changes))

    yield bare("no signature")
    yield forged("signed with another secret")
    for key in _COMMON_SECRETS:
        yield forged(f"signed with the secret {key.decode()!r}", key)
    label = sender.message().signature(b"x")[:3]
    yield bare("an empty signature", "")
    yield bare("a signature of spaces", "  ")
    yield bare("a label alone", label)
    yield bare("a signature of zeros", label + "A" * 43 + "=")
    yield bare("the word none", "none")
    yield bare("the word true", "true")
    yield bare("an asterisk", "*")
    yield bare("many commas", ",,,,")
    yield bare("a forged signature twice", "v1,AAAA", "v1,BBBB")
    for name, value in _BYPASSES:
        message = sender.message().signed(b"x")
        request = message.request(headers=(*message.headers, (name, value)))
        yield nothing(f"forged, with the header {name}: {value}", request)
    for ending in ("/", "?verify=false", "?test=1", "?signature=none"):
        path = sender.path + ending
        yield forged(f"forged, to {path}", path=path)
    for method in ("PUT", "PATCH", "GET", "DELETE"):
        yield forged(f"forged, by {method}", method=method)
    yield forged("forged, in chunks", chunked=True)
    message = sender.message().signed(b"x")
    form = (("Content-Type", "application/x-www-form-urlencoded"), *message.headers)
    yield nothing("forged, as a form", message.request(headers=form))


def altered(sender: Sender) -> Iterator[Attack]:
    """Yield genuine messages that somebody has changed on the way."""

    def nothing(what: str, message: Message) -> Attack:
        return Attack("altered", what, (message.request(),))

    def changed(body: bytes) -> Message:
        message = sender.genuine()
        own = body.replace(base.id.encode(), message.id.encode())
        return replace(message, body=own)

    base = sender.message()
    body = base.body
    digits = body.translate(bytes.maketrans(b"123456789", b"234567891"))
    if digits != body:
        yield nothing("the body with other digits", replace(sender.genuine(), body=digits))
    yield nothing("the body cut short", changed(body[:-1]))
    yield nothing("the body with a new line", changed(body + b"\n"))
    yield nothing("the body with a space before it", changed(b" " + body))
    yield nothing("the body with a byte order mark", changed(b"\xef\xbb\xbf" + body))
    yield nothing("the body with a byte that is no UTF-8", changed(body + b"\xff"))
    yield nothing("the body twice", changed(body + body))
    yield nothing("no body", changed(b""))
    for what, again in _rewritten(body):
        yield nothing(what, changed(again))
    genuine_one = sender.genuine()
    if sender.scheme == STANDARD:
        yield nothing("another id", replace(genuine_one, id=genuine_one.id + "0"))
    if sender.scheme in {STANDARD, STRIPE}:
        later = str(int(genuine_one.timestamp) + 1)
        yield nothing("another timestamp", replace(genuine_one, timestamp=later))
    right = sender.genuine()
    for label in _OTHER_LABELS[sender.scheme]:
        relabelled = replace(right, signatures=(label + right.signatures[0][len(sender.label) :],))
        yield nothing(f"the right signature with the label {label!r}", relabelled)
    for where, at in (("first", 0), ("ninth", 8), ("seventeenth", 16), ("last", -1)):
        yield nothing(f"the {where} byte of the signature changed", sender.genuine().flipped(at))
    whole = genuine_one.signatures[0]
    yield nothing("the signature cut short", replace(sender.message(), signatures=(whole[:12],)))
    yield nothing("the signature of another message", replace(sender.message(), signatures=(whole,)))


def _rewritten(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield JSON that says the same, or more, in other bytes."""
    try:
        value = json.loads(body)
    except ValueError:
        return
    styles: tuple[dict[str, Any], ...] = ({"indent": 1}, {"separators": (",", ":")})
    for style in styles:
        again = json.dumps(value, **style).encode()
        if again != body:
            yield f"the body written again ({style})", again
    if body.startswith(b"{"):
        yield "the body with a key before all others", b'{"amount": 999999,' + body[1:]


def stale(sender: Sender, tolerance: float) -> Iterator[Attack]:
    """Yield messages, correctly signed, whose time is none or long ago."""
    if sender.scheme == META:
        return  # its messages carry no time
    late: list[tuple[str, float | str]] = [
        ("a message a minute older than the tolerance", -tolerance - 60),
        ("a message a year old", -365 * 86_400),
        ("a time that is no number", "nan"),
        ("a time in words", "yesterday"),
        ("an infinite time", "inf"),
        ("an empty time", ""),
        ("time zero", "0"),
        ("a time before 1970", "-1"),
        ("a time with a comma", "1,700"),
    ]
    if sender.scheme == STANDARD:
        late += [
            ("a message a minute further ahead than the tolerance", tolerance + 60),
            ("a time in milliseconds", str(int(time.time() * 1000))),
            ("a time of 400 digits", "9" * 400),
        ]
    for what, at in late:
        yield Attack("stale", what, (sender.genuine(at=at).request(),))
    yield from _two_times(sender, tolerance)
    if sender.scheme == STANDARD:
        message = sender.genuine()
        kept = tuple(pair for pair in message.request().headers if pair[0] != "webhook-timestamp")
        yield Attack("stale", "no time", (message.request(headers=kept),))


def _two_times(sender: Sender, tolerance: float) -> Iterator[Attack]:
    """Yield old messages with a fresh time beside their own: one is looked at, and the other is signed."""
    for what, before in (("before", True), ("after", False)):
        old, now = sender.genuine(at=-tolerance - 3600), str(int(time.time()))
        headers = list(old.request().headers)
        if sender.scheme == STANDARD:
            headers.insert(0 if before else len(headers), ("webhook-timestamp", now))
        else:
            order = (f"t={now}", f"t={old.timestamp}")
            times = order if before else order[::-1]
            value = ",".join((*times, *old.signatures))
            headers = [pair for pair in headers if pair[0] != sender.signature_header]
            headers.append((sender.signature_header, value))
        request = old.request(headers=tuple(headers))
        yield Attack("stale", f"an old message with a fresh time {what} its own", (request,))


def malformed(sender: Sender) -> Iterator[Attack]:
    """Yield what cannot be understood, signed and not."""
    broken = b'{"id": '
    for what, body in (
        ("signed, no UTF-8", b'{"id": "\xff\xfe"}'),
        ("signed, broken JSON", broken),
        ("signed, an empty body", b""),
        ("signed, a list", b"[]"),
        ("signed, null", b"null"),
        ("signed, a number", b"42"),
        ("signed, an empty object", b"{}"),
    ):
        message = replace(sender.message(), body=body).signed(sender.key)
        yield Attack("malformed", what, (message.request(),))
    for what, value in (
        ("a signature that is not base64", "v1,????"),
        ("a signature without a comma", "v1AAAA"),
        ("a signature that is not ASCII", "v1,\u00e9\u00e9"),
        ("a signature that is not text", "v1,\udcff\udcfe"),
        ("a very long signature", "v1," + "A" * 20_000),
        ("a thousand signatures", " ".join(["v1,QUFB"] * 1000)),
        ("a signature of another scheme", "t=1,v1=00" if sender.scheme != STRIPE else "sha256=00"),
    ):
        message = sender.message()
        yield Attack("malformed", what, (message.bare((message.signature_header, value)),))
    forged = sender.message().signed(b"x")
    huge = replace(forged, body=b'{"pad": "' + b"x" * _HUGE + b'"}')
    yield Attack("huge", "a forged body of 6 MiB", (huge.request(),))
    yield Attack("huge", "a forged body of 6 MiB in chunks", (huge.request(chunked=True),))
    twins = (forged.request(), replace(forged, body=broken).request())
    yield Attack("order", "forged, with JSON and with broken JSON", twins)
