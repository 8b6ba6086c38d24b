"""In which columns a new row has to differ from one that is there."""

from dataclasses import replace

from pytest_readiness.evidence.ownership import Ownership
from pytest_readiness.gather.attacks.forgery import told_apart
from relations import column, relation

NOTES = replace(
    relation(
        "public.notes",
        *(column(name) for name in ("id", "token", "owner", "book", "ref", "place")),
        references={"book": "public.books"},
    ),
    unique=(("id",), ("token",), ("owner",), ("book",), ("ref", "place")),
)


def test_a_key_of_its_own_tells_a_row_apart_and_whose_it_is_does_not():
    assert told_apart(NOTES, Ownership(users=("owner",))) == {"id", "token"}


def test_a_relation_of_nobody_has_no_owner_to_keep():
    assert told_apart(NOTES, None) == {"id", "token", "owner"}
