"""Valid signatures within other words, which the grammar of no scheme allows."""

import re

import pytest

from pytest_readiness.gather.webhooks.glued import glued
from pytest_readiness.gather.webhooks.signing import META, STANDARD, STRIPE, Sender

PARTED = {STANDARD: " ", STRIPE: ",", META: None}


@pytest.mark.parametrize("scheme", [STANDARD, STRIPE, META])
def test_the_signature_is_there_and_is_no_word_of_its_own(scheme):
    sender = Sender("/hook", scheme, '{"id": "{id}"}')
    seen = list(glued(sender))
    assert len(seen) >= 4
    for attack in seen:
        assert (attack.group, attack.allowed) == ("altered", (0, 0))
        (request,) = attack.requests
        headers = dict(request.headers)
        event = headers.get("webhook-id") or re.search(rb"evt_\w+", request.body).group().decode()
        stamp = headers.get("webhook-timestamp") or headers.get("Stripe-Signature", "t=0").split(",")[0][2:]
        (valid,) = sender.genuine(at=stamp, event=event).signatures
        given = headers[sender.signature_header]
        assert valid.removeprefix(sender.label) in given
        assert valid not in given.split(PARTED[scheme])
