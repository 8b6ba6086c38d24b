"""Deliveries made by hand, and what a check says of them."""

import pytest

from pytest_readiness.evidence.webhooks import Delivery, Endpoint, WebhookEvidence


@pytest.fixture
def verdict():
    def judge(check, group, *, acted=0, allowed=(0, 0), statuses=(401,), error="", flood=(0, 0), **of_hook):
        delivery = Delivery(group, "what was sent", statuses, acted, allowed, error, *flood)
        hook = Endpoint("pay", "POST /pay", "stripe", "select 1", (delivery,), **of_hook)
        (finding,) = check(WebhookEvidence((hook,)))
        return finding.status.value

    return judge
