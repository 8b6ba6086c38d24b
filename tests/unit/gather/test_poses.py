"""Forged messages that pose as tests, and signatures that differ in one byte."""

import json

import pytest

from pytest_readiness.gather.webhooks.poses import posing
from pytest_readiness.gather.webhooks.signing import META, STANDARD, STRIPE, Sender


def bodies(payload):
    sender = Sender("/hooks", STRIPE, payload)
    return [json.loads(attack.requests[0].body) for attack in posing(sender)]


def test_each_yes_and_no_is_turned_round_where_it_stands():
    sent = bodies('{"id": "{id}", "livemode": true, "data": {"paid": false, "n": 1}}')
    assert any(body["livemode"] is False and body["data"]["paid"] is False for body in sent)
    assert any(body["livemode"] is True and body["data"] == {"paid": True, "n": 1} for body in sent)
    assert any(body.get("test") is True for body in sent)
    assert len({body["id"] for body in sent}) == len(sent)


@pytest.mark.parametrize("payload", ["[]", "a=1"])
def test_what_is_no_object_poses_as_nothing(payload):
    assert bodies(payload) == []


@pytest.mark.parametrize("scheme", [STANDARD, STRIPE, META])
@pytest.mark.parametrize("at", [0, 8, -1])
def test_one_bit_of_the_signature_changes(scheme, at):
    message = Sender("/hooks", scheme, "{}").genuine()
    (right,), (wrong,) = message.signatures, message.flipped(at).signatures
    assert len(right) == len(wrong)
    assert sum(a != b for a, b in zip(right, wrong, strict=True)) in {1, 2}
