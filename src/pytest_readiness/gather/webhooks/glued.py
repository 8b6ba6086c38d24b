"""The valid signature within other text: it is there, and is not what the header says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.gather.webhooks.attacks import Attack
from pytest_readiness.gather.webhooks.signing import META, STANDARD, STRIPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.webhooks.signing import Sender

# Decoders of base64 stop at its padding, in a scheme's own libraries too, and those of hex at the first
# character that is none of theirs: so nothing alone stands behind the one, and only digits behind the other.
_AROUND = ("zz{label}{mac}", "zz{label}{mac}zz", '"{label}{mac}"')
_HEX = ("{label}{mac}00", "{label}00{mac}", "{label}00{mac}00")
_WORDS = {STANDARD: (*_AROUND, "{label}zz{mac}"), STRIPE: (*_AROUND, *_HEX), META: (*_AROUND, *_HEX)}


def glued(sender: Sender) -> Iterator[Attack]:
    """Yield genuine messages whose signature is a part of a longer word of its header."""
    label = sender.label
    for word in _WORDS[sender.scheme]:
        message = sender.genuine()
        written = word.format(label=label, mac=message.signatures[0].removeprefix(label))
        request = replace(message, signatures=(written,)).request()
        shown = word.format(label=label, mac="…")
        yield Attack("altered", f"the valid signature within another word ({shown})", (request,))
