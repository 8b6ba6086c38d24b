"""Words that a log has for tables."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.audit import AuditedTable, Log, LogColumns, Write
from pytest_readiness.evidence.echoes import Echo
from pytest_readiness.judges.audit.table_labels import labels_of
from pytest_readiness.judges.audit.trail import gap

LOG = Log("public.audit_log", LogColumns(table="entity", operation="op"), "")
TABLES = ("public.wallets", "public.gift_cards", "public.refunds")


def echo(table, *entities, verb="UPDATE"):
    entries = tuple({"entity": entity, "op": verb} for entity in entities)
    return Echo(f"public.{table}", LOG.name, verb, ("id",), {"id": 1}, {"id": 1}, entries)


@pytest.mark.parametrize(
    ("echoes", "labels"),
    [
        ((echo("wallets", "Wallet"), echo("gift_cards", "App::GiftCard")), ["App::GiftCard", "Wallet"]),
        ((echo("wallets", "Wallet"), echo("wallets", "Wallet", "Card", verb="DELETE")), ["Wallet"]),
        ((echo("wallets", "Wallet"), echo("wallets")), ["Wallet"]),
        ((echo("wallets", "Wallet"), echo("wallets", "Purse")), []),
        ((echo("wallets", "Money"), echo("gift_cards", "Money")), []),
        ((echo("wallets", "Refund"),), []),
        ((echo("wallets", "12"),), []),
        ((echo("wallets", None),), []),
    ],
    ids=["one each", "others beside", "a gap", "two words", "shared", "of another", "number", "nothing"],
)
def test_a_label_is_one_word_of_one_table(echoes, labels):
    assert [label for _, label in labels_of(LOG, echoes, TABLES)] == labels


@pytest.mark.parametrize(("said", "told"), [("Wallet", True), ("Refund", False), ("wallets", True)])
def test_an_entry_tells_of_a_table_by_its_label(said, told):
    log = replace(LOG, labels=(("public.wallets", "Wallet"),))
    table = AuditedTable("public.wallets", log, "declared", ("id",), "", ())
    write = Write("INSERT", "", "bob", None, {"id": 1}, ({"entity": said, "op": "INSERT"},))
    assert bool(gap(table, write)) is not told
