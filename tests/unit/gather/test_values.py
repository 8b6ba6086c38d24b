"""Another value has the form of one that was accepted, and is another."""

import re

import pytest

from pytest_readiness.evidence.catalog import Column
from pytest_readiness.gather.synthesis.values import another


def column(kind, sort="b"):
    return Column("x", "x", kind, sort, not_null=True, default="", writable=True)


@pytest.mark.parametrize(
    ("of", "accepted", "form"),
    [
        (column("text"), "0123456789abcdef", r"[0-9a-f]{16}"),
        (column("text"), "K7-zq", r"[A-Z]\d-[a-z]{2}"),
        (column("bytea"), "\\x00ff00ff", r"\\x[0-9a-f]{8}"),
        (column("int4range", "r"), "[10,15)", r"\[15,20\)"),
        (
            column("tstzrange", "r"),
            '["2001-03-05 10:00:00+00","2001-03-05 11:00:00+00")',
            r'\["2029-03-05 10:00:00\+00","2029-03-05 11:00:00\+00"\)',
        ),
    ],
)
def test_the_form_stays(of, accepted, form):
    made = another(of, accepted, 0, "seed")
    assert re.fullmatch(form, made)
    assert made != accepted


def test_a_type_of_no_known_form_has_no_other():
    assert another(column("point"), "(1,2)", 0) is None
