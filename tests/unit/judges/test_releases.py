"""Who is approved is shown to all by a view, unless policies ask for more beside it."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy
from pytest_readiness.judges.purpose.releases import shown_narrower
from relations import column, relation

ON_DUTY = "((account = auth.uid()) OR ((standing = 'approved'::text) AND on_duty))"
ALL = " SELECT c.id, c.on_duty\n   FROM couriers c\n  WHERE (c.standing = 'approved'::text);"
CALLED = " SELECT c.id\n   FROM couriers c\n  WHERE ((c.standing = 'approved'::text) AND c.on_duty);"


@pytest.mark.parametrize(
    ("using", "view", "narrower"),
    [
        ([ON_DUTY], ALL, True),
        ([ON_DUTY], CALLED, False),
        ([ON_DUTY, "(standing = 'approved'::text)"], ALL, False),
        (["(standing = 'approved'::text)"], ALL, False),
        (["(account = auth.uid())"], ALL, False),
        ([], ALL, False),
    ],
    ids=["more", "the same", "less elsewhere", "this alone", "nothing of it", "nothing"],
)
def test_policies_that_ask_for_more_than_a_view(using, view, narrower):
    columns = (column("id"), column("account"), column("standing", "text"), column("on_duty", "boolean"))
    couriers = relation("public.couriers", *columns)
    policies = tuple(
        Policy(f"p{place}", "SELECT", ("public",), permissive=True, using=text, check="")
        for place, text in enumerate(using)
    )
    couriers = replace(couriers, policies=policies)
    assert shown_narrower(couriers, "standing", "approved", view, ["authenticated"]) is narrower
