"""What a limiter may return for a hit."""

from types import SimpleNamespace

import pytest

from pytest_readiness.gather.limits.bench import admits


@pytest.mark.parametrize(
    ("answer", "admitted"),
    [
        (True, True),
        (False, False),
        (SimpleNamespace(allowed=1), True),
        (SimpleNamespace(allowed=False), False),
    ],
)
def test_a_bool_or_what_has_one_is_a_decision(answer, admitted):
    assert admits(answer) is admitted


@pytest.mark.parametrize("answer", [None, 3, (True, 9), SimpleNamespace(ok=True)])
def test_whatever_else_is_none_and_what_is_expected_is_said(answer):
    with pytest.raises(TypeError, match="expected a bool, or an object with `allowed`"):
        admits(answer)
