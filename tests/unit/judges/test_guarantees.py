"""The worst window, against a judge that tries every one."""

from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.evidence.admissions import Hit
from pytest_readiness.judges.edge.guarantees import bound, worst

steps = st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.integers(1, 3)), max_size=25)


def hits(moves):
    at, made = 0.0, []
    for pause, allowed, cost in moves:
        at += pause
        made.append(Hit(at, at + 0.001, allowed, cost=cost))
    return tuple(made)


@given(steps, st.integers(1, 90))
def test_it_finds_the_worst_stretch(moves, length):
    made = hits(moves)
    admitted = [hit for hit in made if hit.allowed]
    every = [
        sum(other.cost for other in admitted[i:] if other.end - hit.start < length - 0.003)
        for i, hit in enumerate(admitted)
    ]
    assert worst(made, length)[0] == max(every, default=0)


@given(st.integers(1, 500), st.sampled_from([0.25, 1.5, 60.0, 86_400.0]))
def test_guarantees_are_ordered(limit, window):
    for length in (window, window / 12):
        log, bucket, fixed = (
            bound(guarantee, limit, window, length)
            for guarantee in ("sliding-window-log", "token-bucket", "fixed-window")
        )
        assert limit == log <= bucket <= fixed == 2 * limit
