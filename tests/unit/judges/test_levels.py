"""Levels at which rows are shared: some let a person look, and no more."""

import pytest

from pytest_readiness.judges.purpose.levels import changing, lets_change, looking


@pytest.mark.parametrize(
    ("words", "looks"),
    [
        (("view", "edit"), ("view",)),
        (("can_edit", "canView", "comment"), ("canView",)),
        (("READER", "WRITER"), ("READER",)),
        (("r", "rw"), ("r",)),
        (("lesen", "schreiben"), ("lesen",)),
        (("lecteur", "éditeur"), ("lecteur",)),
        (("viewer", "owner"), ("viewer",)),
        (("viewer", "viewer", "owner"), ("viewer",)),
        (("reader", "librarian", "editor"), ("reader",)),
        # Whom a place is for is called so as well: only beside those who change it does he look on.
        (("reader", "librarian", "admin"), ()),
        (("viewer", "member"), ()),
        # What was read is no level, where none is told from it.
        (("read", "unread", "owner"), ()),
        (("view", "comment"), ()),
        (("edit", "admin"), ()),
        (("review", "edit", "reading list", "overview"), ()),
        ((), ()),
    ],
)
def test_which_levels_let_somebody_look_alone(words, looks):
    assert looking(words) == looks


def test_levels_and_switches_that_let_somebody_change_things():
    assert changing(("view", "edit", "owner", "admin", "edit")) == ("edit", "owner")
    assert lets_change("can_edit")
    assert not lets_change("can_view")
    assert not lets_change("edited")
