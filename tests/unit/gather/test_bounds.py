"""What is tried of each is bounded by what is tried of all."""

import pytest

from pytest_readiness.gather.bounds import LEAST, each


@pytest.mark.parametrize(
    ("parts", "expected"),
    [(0, 300), (1, 300), (30, 300), (60, 150), (100_000, LEAST)],
    ids=["none", "one", "some", "many", "very many"],
)
def test_a_part_gets_its_share(parts, expected):
    assert each(300, 9000, parts) == expected
