"""Endless bodies are genuine where somebody keeps them whole."""

import json

import pytest

from pytest_readiness.gather.webhooks.floods import endless
from pytest_readiness.gather.webhooks.signing import META, STANDARD, STRIPE, Message, Sender
from pytest_readiness.target.endless import PIECE


@pytest.mark.parametrize("scheme", [STANDARD, STRIPE, META])
def test_the_signature_is_that_of_all_that_is_sent(scheme):
    sender = Sender("/hook", scheme, '{"id": "{id}"}')
    for attack in endless(sender, 100_000):
        (request,) = attack.requests
        assert request.endless % len(PIECE) == 0
        body = request.body + b" " * request.endless
        assert json.loads(body)
        headers = dict(request.headers)
        moment = headers.get("webhook-timestamp") or headers.get("Stripe-Signature", "t=,")[2:].split(",")[0]
        message = Message("/hook", scheme, headers.get("webhook-id", ""), moment, body).signed(sender.key)
        assert set(message.headers) <= set(request.headers)


@pytest.mark.parametrize(("largest", "allowed"), [(100_000, (0, 0)), (0, (0, 1))])
def test_it_may_act_where_no_bound_is_told(largest, allowed):
    floods = list(endless(Sender("/hook", STRIPE, "{}"), largest))
    assert {attack.allowed for attack in floods} == {allowed}
    assert {attack.requests[0].chunked for attack in floods} == {True, False}
    assert all(attack.requests[0].endless > largest for attack in floods)
