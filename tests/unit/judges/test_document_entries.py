"""Where code looks for the caller in a document, and what stands there of whoever is let in no more."""

from dataclasses import replace

import pytest

from pytest_readiness.judges.owners.document_entries import known_entries, listing, takes_back
from relations import column, relation

ME = "(( SELECT auth.uid() AS uid))::text"
READERS = column("readers", "jsonb")


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (f"(readers ? {ME})", {()}),
        (f"((readers ->> {ME}) IS NOT NULL)", {()}),
        (f"((readers -> 'guests'::text) ? {ME})", {("guests",)}),
        ("jsonb_exists(d.readers, (auth.uid())::text)", {()}),
        ("(readers ->> 'owner'::text) = (auth.uid())::text", set()),
        (f"(other_readers ? {ME})", set()),
    ],
)
def test_the_caller_is_looked_for_by_his_key(text, paths):
    assert listing([text], READERS) == paths


@pytest.mark.parametrize("entry", ["revoked", "entzogen", "no access", "expired", "denied", False])
def test_an_entry_may_take_back_what_its_place_says(entry):
    assert takes_back(entry)


@pytest.mark.parametrize("entry", ["viewer", "private", "2020-01-01", True, None, {"role": "viewer"}, 0])
def test_an_entry_may_say_something_else(entry):
    assert not takes_back(entry)


@pytest.mark.parametrize(
    ("comment", "known"),
    [
        ('{"<user>": "viewer" | "revoked"}', ["viewer", "revoked"]),
        ("„lesen“ oder „entzogen“", ["lesen", "entzogen"]),
        ('an "expired" day is of no matter', []),
    ],
)
def test_a_comment_that_lists_entries_tells_which_there_are(comment, known):
    notes = relation("public.notes", column("id"), READERS)
    assert list(known_entries(notes, replace(READERS, comment=comment), [])) == known


def test_documents_that_were_there_tell_which_entries_there_are():
    notes = relation("public.notes", column("id"), READERS)
    assert list(known_entries(notes, READERS, [{"a": False}, ["b"], None])) == [False]
