"""What many rows throw out is what a single one does not."""

from pytest_readiness.gather.attacks.attempts import Change, Outcome
from pytest_readiness.gather.attacks.writing.crowding_out import but_for
from relations import catalog, column, relation

HERS, OLD = {"id": 1, "place": 1}, {"id": 2, "place": 9}
KNOWN = catalog(relation("public.soundings", column("id"), column("place")))


def came(*gone, new=()):
    return Outcome("", "", "", 1, 1, (), {"public.soundings": Change(gone, tuple(new))})


def gone(outcome):
    return outcome.changed["public.soundings"].gone


def test_what_is_due_goes_for_a_single_row_as_well():
    assert gone(but_for(came(HERS, OLD), came(OLD), KNOWN)) == (HERS,)


def test_a_row_that_a_single_one_moves_stays():
    moved = came(HERS, new=[{"id": 1, "place": 2}])
    assert gone(but_for(came(HERS), moved, KNOWN)) == (HERS,)
