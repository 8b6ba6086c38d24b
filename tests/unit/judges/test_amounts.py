"""Amounts as servers and services write them."""

from decimal import Decimal

import pytest

from pytest_readiness.judges.wallet.amounts import amount


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("100.00", "100"),
        ("1e3", "1000"),
        ("-0.005", "-0.005"),
        ("$1,000.00", "1000"),
        ("-$5.00", "-5"),
        ("$-5.00", "-5"),
        ("($1,234,567.89)", "-1234567.89"),
        ("1.000,50 €", "1000.5"),
        ("R$ 1.000,50", "1000.5"),
        ("12,5 kr", "12.5"),
        ("¥1,000", "1000"),
        ("1'000.05 CHF", "1000.05"),
        ("1\u202f000,00 €", "1000"),
        ("$100.00", "100"),
        ("$1000.5", "1000.5"),
    ],
)
def test_an_amount_is_read_with_or_without_the_sign_of_a_currency(text, number):
    assert amount(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "frozen", "error: 17 left", "1.2.3", "{}", "12 of 30"])
def test_what_is_no_amount_is_none(text):
    assert amount(text) is None
