"""An error that code raised is told from a refusal of the server by its state."""

import pytest

from pytest_readiness.gather.attacks.inferring.raising import raised


@pytest.mark.parametrize(
    ("body", "states"),
    [
        ("raise exception 'no: %', n;", {"P0001"}),
        ("raise exception 'no; %', n using errcode = '22023';", {"22023"}),
        ("raise exception using errcode := 'check_violation', message = n;", {"23514"}),
        ("raise insufficient_privilege using message = n;", {"42501"}),
        ("raise sqlstate 'PT409' using message = n; raise 'no';", {"PT409", "P0001"}),
        ("raise notice 'yes %', n;", set()),
        ("select 'raise exception';", set()),
    ],
)
def test_states_of_errors_that_a_body_raises(body, states):
    assert raised(body) == states
