"""Deliveries made by hand, and what a check says of them."""

import pytest

from pytest_readiness.evidence.webhooks import Delivery, Endpoint, WebhookEvidence


@pytest.fixture
def verdict():
    """Judge a delivery, after which a genuine one acts unless told otherwise."""

    def judge(
        check,
        group,
        *,
        acted=0,
        statuses=(401,),
        flood=(0, 0),
        afterwards=1,
        **more,
    ):
        allowed, error = more.pop("allowed", (0, 0)), more.pop("error", "")
        delivery = Delivery(group, "what was sent", statuses, acted, allowed, error, *flood)
        last = Delivery("genuine", "the last one", (200 if afterwards else 0,), afterwards, (0, 1))
        hook = Endpoint("pay", "POST /pay", "stripe", "select 1", (delivery, last), **more)
        (finding,) = check(WebhookEvidence((hook,)))
        return finding.status.value

    return judge
