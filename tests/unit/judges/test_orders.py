"""What is taken out of another tenant's stock is an order if the other is told of it."""

import pytest

from pytest_readiness.evidence.ownership import Owners, Ownership
from pytest_readiness.evidence.people import BLUE, RED
from pytest_readiness.judges.purpose.orders import draws_on_stock
from relations import catalog, column, relation

STOCK = relation("public.quotas", column("id"), column("coop"))
LANDED = {"id": "7", "coop": BLUE.uuid, "buyer": BLUE.uuid, "quota": "1"}


@pytest.mark.parametrize(
    ("tenant", "row", "policy", "drawn"),
    [
        ("coop", LANDED, "is_mine(coop)", True),
        ("coop", LANDED, "true", True),
        ("coop", LANDED, "(is_mine(coop) OR (quota IN ( SELECT q.id FROM quotas q)))", False),
        ("buyer", LANDED, "is_mine(buyer)", False),
        ("coop", LANDED | {"coop": RED.uuid}, "is_mine(coop)", False),
    ],
    ids=[
        "its own alone reads it",
        "all read it",
        "the seller reads it",
        "a buyer",
        "in the shop's own books",
    ],
)
def test_a_booking_is_no_order(tenant, row, policy, drawn):
    booked = relation(
        "public.landings",
        *map(column, row),
        references={"quota": "public.quotas"},
        using=[policy],
    )
    owned = {"public.landings": Ownership(tenants=(tenant,)), "public.quotas": Ownership(tenants=("coop",))}
    before = {"id": "1", "coop": RED.uuid}
    known = catalog(STOCK, booked)
    found = draws_on_stock(known, Owners(owned=owned), ("public.landings", row), ("public.quotas", before))
    assert found is drawn
