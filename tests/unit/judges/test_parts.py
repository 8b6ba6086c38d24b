"""Rows that name a user, and by its number something of his, are told from what is shown to whoever is on a list."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.ownership import Owners, Ownership
from pytest_readiness.judges.owners.parts import is_part
from pytest_readiness.judges.sql.texts import texts_of
from relations import catalog, column, relation

BY_NUMBER = "EXISTS ( SELECT 1 FROM {list} o WHERE o.customer = auth.uid() AND o.{name} = lines.{name})"


def parts(table, name, kind="integer", content="said", using=BY_NUMBER):
    """Return whether lines are parts of the rows of a table that name a customer and something else."""
    listing = relation(
        f"public.{table}",
        column("customer"),
        column(name, kind),
        column(content, "text"),
        key=("customer", name),
    )
    lines = relation(
        "public.lines",
        column("customer"),
        column(name, kind),
        column("line", "integer"),
        key=("customer", name, "line"),
        using=(using.format(list=table, name=name),),
    )
    known = catalog(replace(listing, unique=(("customer", name),)), lines)
    owned = dict.fromkeys(("public.lines", f"public.{table}"), Ownership(users=("customer",)))
    return is_part(known, texts_of(known), Owners(owned), lines, f"public.{table}")


@pytest.mark.parametrize(
    ("table", "name", "kind"),
    [
        ("orders", "no", "integer"),
        ("orders", "order_no", "smallint"),
        ("orders", "number", "text"),
        ("crates", "lot", "text"),
        ("wares", "sku", "text"),
    ],
)
def test_a_number_among_those_of_a_user_leads_to_what_is_his(table, name, kind):
    assert parts(table, name, kind)


@pytest.mark.parametrize(
    ("table", "given"),
    [
        ("sailors", {"name": "ship_no"}),
        ("sailors", {"name": "ship", "kind": "text"}),
        ("sailors", {"name": "ship", "kind": "uuid"}),
        ("orders", {"name": "no", "content": "rank"}),
        ("orders", {"name": "no", "using": "EXISTS ( SELECT 1 FROM {list} o WHERE o.customer = auth.uid())"}),
    ],
    ids=["another's number", "a name", "a key", "a list", "not asked"],
)
def test_what_somebody_is_listed_for_does_not(table, given):
    assert not parts(table, **given)
