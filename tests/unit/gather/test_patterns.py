"""Texts are drawn that match the patterns of CHECK constraints."""

import re

import pytest

from pytest_readiness.gather.synthesis.patterns import samples
from pytest_readiness.gather.synthesis.values import alternatives
from relations import column

PATTERNS = [
    r"^K-[0-9]{4}$",
    r"^[A-Z]{3}-\d{2,4}$",
    r"^\+[1-9][0-9]{7,14}$",
    r"^(foo|bar)+x?[^a-z]$",
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$",
    r"^[^@ ]+@[^@ ]+\.[a-z]{2,}$",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_each_sample_matches(pattern):
    found = list(samples(pattern, "3fa94c21"))
    assert found
    assert all(re.search(pattern, text) for text in found)


def test_other_digits_give_other_texts():
    first, second = (next(samples(r"^K-[0-9]{4}$", digits)) for digits in ("3fa94c21", "0b7755aa"))
    assert first != second


def test_a_class_of_posix_is_known():
    assert next(samples("^[[:upper:]]{2}$", "3fa9")).isupper()


def test_what_cannot_be_drawn_yields_nothing():
    assert not list(samples(r"^(?=.*[0-9])(?=.*[a-z]).{8,}$", "3fa94c21"))


def test_a_shape_that_keeps_the_text_comes_before_one_drawn_from_the_pattern():
    tried = alternatives(column("root", "text"), "CHECK ((root ~ '^/[a-z0-9/-]+$'::text))", "ca11-0001")
    assert tried.index("/ca11-0001") < min(tried.index(t) for t in tried if t and len(t) == 2 and t[0] == "/")


@pytest.mark.parametrize(
    "pattern",
    ["%a{30000000}%", "a{4000000000}", "(((a{60}){60}){60}){60}", "(" * 2000, "(" * 2000 + "a" + ")" * 2000],
)
def test_what_is_too_long_or_too_deep_yields_nothing_at_once(pattern):
    assert not list(samples(pattern, "3fa94c21"))
