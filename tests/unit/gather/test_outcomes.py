"""What an attempt changed beyond what its own state had changed already."""

from pytest_readiness.gather.attacks.attempts import Change, Outcome

BEFORE, STATE, AFTER = {"id": 1, "s": "open"}, {"id": 1, "s": "void"}, {"id": 1, "s": "paid"}
OTHER = {"id": 2, "s": "open"}


def outcome(**changed):
    return Outcome("", "", "", 1, 0, (), {name: Change(*rows) for name, rows in changed.items()})


CONTROL = outcome(t=((BEFORE,), (STATE,)))


def test_the_state_alone_is_nothing():
    assert not outcome(t=((BEFORE,), (STATE,))).beyond(CONTROL).changed


def test_a_change_of_the_row_in_that_state():
    assert outcome(t=((BEFORE,), (AFTER,))).beyond(CONTROL).changed == {"t": Change((STATE,), (AFTER,))}


def test_its_removal():
    assert outcome(t=((BEFORE,), ())).beyond(CONTROL).changed == {"t": Change((STATE,), ())}


def test_the_way_back_is_a_change_too():
    assert outcome().beyond(CONTROL).changed == {"t": Change((STATE,), (BEFORE,))}


def test_other_rows_and_relations():
    found = outcome(t=((BEFORE, OTHER), (STATE,)), u=((OTHER,), ())).beyond(CONTROL)
    assert found.changed == {"t": Change((OTHER,), ()), "u": Change((OTHER,), ())}
