"""A wallet that does not exist has an id of the kind that wallets have."""

import pytest

from pytest_readiness.gather.wallet.worlds import stranger


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("7", "10007"),
        ("7f0c6f0e-8a1b-4c3d-9e2f-000000000001", "00000000-0000-0000-0000-00000000dead"),
        ("W-0042", "W-9957"),
        ("abc", "cba"),
    ],
)
def test_an_id_of_the_same_kind_names_nobody(made, expected):
    assert stranger(made) == expected
