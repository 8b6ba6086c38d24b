"""Deliveries made by hand, and what a check says of them."""

import pytest

from pytest_readiness.evidence.webhooks import Delivery, Endpoint, WebhookEvidence


@pytest.fixture
def verdict():
    def judge(check, group, *, acted=0, allowed=(0, 0), statuses=(401,), error="", broken=""):
        delivery = Delivery(group, "what was sent", statuses, acted, allowed, error)
        hook = Endpoint("pay", "POST /pay", "stripe", "select 1", (delivery,), broken)
        (finding,) = check(WebhookEvidence((hook,)))
        return finding.status.value

    return judge
