"""What a column is given fits its type; another value has the form of one that was accepted, and is another."""

import re

import pytest

from pytest_readiness.evidence.catalog import Column
from pytest_readiness.gather.synthesis.values import another, value_for


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


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("tstzmultirange", r"\{\[20\d\d-\d\d-\d\d,20\d\d-\d\d-\d\d\)\}"),
        ("int4multirange", r"\{\[\d+,\d+\)\}"),
        # Of what another is made is not known by its name.
        ("voltmultirange", r"\{\}"),
        ("voltrange", "empty"),
    ],
)
def test_a_range_and_several_are_not_empty_if_it_is_known_of_what(kind, form):
    assert re.fullmatch(form, value_for(column(kind, "m" if "multi" in kind else "r"), 0, "seed"))


@pytest.mark.parametrize(
    "kind", ["numeric(10,2)", "numeric(12,4)", "numeric(7,2)", "numeric(20,2)", "numeric"]
)
def test_a_number_leaves_room_for_a_sum_of_two(kind):
    whole = value_for(column(kind), 0, "seed").partition(".")[0]
    size = re.search(r"\((\d+),(\d)\)", kind)
    assert not size or 2 * int(whole) < 10 ** (int(size[1]) - int(size[2]))
    assert len(whole) > 3
