"""Whether rows that take from others are orders, of which whoever is asked for something is told. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain, word

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.judges.isolation.labels import Row


def draws_on_stock(
    catalog: CatalogEvidence, owners: Owners, booking: tuple[str, Row], stock: tuple[str, Row]
) -> bool:
    """Whether a row books what a tenant takes out of its own stock, and the stock is another's.

    Both name their tenant alike, and no other is told: whoever sells has another name than the buyer, or may
    read what is ordered of it. A customer's order names the shop that its goods are of.
    """
    (name, row), (stocked, before) = booking, stock
    relation = catalog.relation(name)
    owned, held = owners.owned.get(name), owners.owned.get(stocked)
    alike = {*owned.tenants} & {*held.tenants} if owned and held else set()
    if relation is None or not any(row.get(one) != before.get(one) for one in alike):
        return False
    columns = {one for key in relation.foreign_keys if key.target == stocked for one in key.columns}
    said = [plain(one.using) for one in relation.policies if one.command in {"SELECT", "ALL"}]
    asked = (rf"(?<!\w){word(column)}(?!\w)" for column in columns)
    return not any(re.search(one, text, re.IGNORECASE) for one in asked for text in said)
