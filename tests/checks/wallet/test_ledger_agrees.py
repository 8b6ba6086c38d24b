"""WAL006 on ledgers made by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pytest_readiness.evidence.wallet import Entry, LedgerEvidence
from pytest_readiness.judges.wallet.ledger import misnumbered
from readiness_checks.wallet.ledger_agrees import ledger_agrees

IN = Entry("t1", "a", Decimal(100), "USD", 1, Decimal(100))
OUT = Entry("t1", None, Decimal(-100), "USD")
DEBIT = Entry("t2", "a", Decimal(-30), "USD", 2, Decimal(70))
CREDIT = Entry("t2", "b", Decimal(30), "USD", 1, Decimal(30))
SOUND = LedgerEvidence(
    "entries", (IN, OUT, DEBIT, CREDIT), (("a", Decimal(70)), ("b", Decimal(30))), script="table entries;"
)


def failing(ledger):
    return {f.subject.split(": ")[1] for f in ledger_agrees(ledger) if f.status.value == "failed"}


def test_a_whole_ledger_passes():
    assert [f.status.value for f in ledger_agrees(SOUND)] == ["passed"] * 4


@pytest.mark.parametrize(
    ("entries", "subjects"),
    [
        ((IN, OUT, DEBIT, replace(CREDIT, currency="EUR")), {"transfers sum to zero"}),
        ((IN, DEBIT, CREDIT), {"transfers sum to zero"}),
        ((IN, OUT, replace(DEBIT, number=3), CREDIT), {"numbers have no gap"}),
        ((IN, OUT, replace(DEBIT, number=1), CREDIT), {"numbers have no gap", "balances run on"}),
        ((IN, OUT, replace(DEBIT, balance_after=Decimal(71)), CREDIT), {"balances run on"}),
    ],
)
def test_each_fault_is_named(entries, subjects):
    assert failing(replace(SOUND, entries=entries)) == subjects


def test_a_balance_that_is_no_sum_fails():
    assert failing(replace(SOUND, balances=(("a", Decimal(71)), ("b", Decimal(30))))) == {"balances are sums"}


@pytest.mark.parametrize(
    ("named", "wrong"),
    [(("USD", "EUR"), 0), (("840", "978"), 0), (("usd", "usd"), 1), (("USD", "USD"), 1)],
)
def test_entries_are_of_the_currency_of_their_wallet_whatever_it_is_called(named, wrong):
    dollars, euros = named
    entries = (
        replace(IN, currency=dollars),
        replace(OUT, currency=dollars),
        Entry("t3", "c", Decimal(5), euros),
    )
    ledger = replace(SOUND, entries=entries, currencies=(("a", "USD"), ("c", "EUR")))
    assert ("currencies are the wallets'" in failing(ledger)) == bool(wrong)


def test_two_currencies_of_wallets_of_one_are_a_fault():
    other = replace(CREDIT, currency="EUR")
    ledger = replace(SOUND, entries=(IN, DEBIT, other), currencies=(("a", "USD"), ("b", "USD")))
    assert "currencies are the wallets'" in failing(ledger)


def test_what_is_not_kept_is_not_judged():
    bare = tuple(replace(e, number=None, balance_after=None) for e in SOUND.entries)
    assert len(list(ledger_agrees(replace(SOUND, entries=bare)))) == 2


def test_an_undeclared_an_unreadable_and_an_empty_ledger_are_unknown():
    for ledger in (LedgerEvidence(), replace(SOUND, error="no such table"), replace(SOUND, entries=())):
        assert [f.status.value for f in ledger_agrees(ledger)] == ["unknown"]


def test_a_fault_comes_with_what_led_to_it():
    told = replace(SOUND, scripts=(("a", "pay;"), ("b", "pay;"), ("c", "another;")))
    broken = replace(told, entries=(IN, OUT, DEBIT, replace(CREDIT, amount=Decimal("30.01"))))
    first, second, *_ = [f for f in ledger_agrees(broken) if f.status.value == "failed"]
    assert first.detail == "the entries of transfer t2 sum to 0.01 USD: -30, +30.01"
    assert first.reproduce == second.reproduce == "pay;\ntable entries;"


WHOLE = tuple(replace(e, number=number) for number, e in zip((7, 6, 9, 12), SOUND.entries, strict=True))


def test_numbers_that_count_through_the_whole_ledger_are_as_good():
    assert failing(replace(SOUND, entries=WHOLE)) == set()
    assert "numbers are there once" in {
        f.subject.split(": ")[1] for f in ledger_agrees(replace(SOUND, entries=WHOLE))
    }


@pytest.mark.parametrize("wallet", ["a", "b"], ids=["of one wallet", "of two"])
def test_a_number_that_is_there_twice_fails_where_others_were_there_once(wallet):
    entries = (IN, OUT, replace(DEBIT, number=9), replace(CREDIT, wallet=wallet, number=9))
    shares = replace(SOUND, entries=entries, numbered_as_one=True)
    assert "numbers are there once" in failing(shares)
    assert failing(replace(SOUND, entries=WHOLE, numbered_as_one=True)) == set()


def test_a_number_that_is_there_twice_is_told_without_the_number_where_runs_are_compared():
    twice = (*WHOLE[:3], replace(WHOLE[3], number=9))
    assert list(misnumbered(twice, ["a", "b"], as_one=True)) == [
        "entries share a number, which the ledger gives to one each"
    ]
    assert not list(misnumbered(WHOLE, ["a", "b"], as_one=True))


def test_a_balance_that_could_not_be_read_is_unknown():
    found = {
        f.subject.split(": ")[1]: f
        for f in ledger_agrees(replace(SOUND, balances=(("a", None), ("b", Decimal(30)))))
    }
    assert found["balances are sums"].status.value == "unknown"
