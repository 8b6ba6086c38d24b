"""Entries are linked where each holds what another column of an earlier one held."""

from pytest_readiness.evidence.audit import Log, LogColumns
from pytest_readiness.judges.audit.chains import chain_of, forks, in_order, link_of, linkable, may_link
from relations import column, relation

CHAIN = [
    {"n": 1, "actor": "somebody", "before": "00000000", "own": "aaaaaaaa"},
    {"n": 2, "actor": "somebody", "before": "aaaaaaaa", "own": "bbbbbbbb"},
    {"n": 3, "actor": "somebody", "before": "bbbbbbbb", "own": "cccccccc"},
]
NAMES = ("actor", "before", "own")
OF_EACH_ROW = [
    {"before": "00000000", "own": "aaaaaaaa"},
    {"before": "00000000", "own": "bbbbbbbb"},
    {"before": "aaaaaaaa", "own": "cccccccc"},
    {"before": "bbbbbbbb", "own": "dddddddd"},
]


def after(entries, *links):
    """Return the entries with others after them that have these links."""
    return [*entries, *({"before": link, "own": f"new{place:05}"} for place, link in enumerate(links))]


def test_the_column_that_tells_the_entry_before_is_the_link():
    assert link_of(CHAIN, NAMES) == "before"
    assert link_of([{**CHAIN[0], "before": None}, *CHAIN[1:]], NAMES) == "before"
    assert link_of(OF_EACH_ROW, NAMES) == "before"


def test_entries_without_a_link_have_none():
    assert not link_of([{**entry, "before": f"{entry['n']:08}"} for entry in CHAIN], NAMES)
    assert not link_of(after(CHAIN, "11111111", "22222222"), NAMES)
    assert not link_of([], NAMES)


def test_two_new_entries_after_the_same_one_are_a_fork():
    assert forks(CHAIN, after(CHAIN, "cccccccc", "cccccccc"), "before") == {"cccccccc": 2}
    assert not forks(CHAIN, after(CHAIN, "cccccccc", "new00000"), "before")


def test_what_was_shared_before_anybody_wrote_at_once_is_no_fork():
    assert not forks(OF_EACH_ROW, after(OF_EACH_ROW, "cccccccc", "dddddddd"), "before")
    first = [{**entry, "before": "aaaaaaaa"} for entry in CHAIN]
    assert not forks(first, after(first, "aaaaaaaa", "aaaaaaaa"), "before")


def test_an_entry_is_of_the_chain_to_whose_first_it_leads():
    assert [chain_of(CHAIN, "before", place) for place in range(3)] == [0, 0, 0]
    assert [chain_of(OF_EACH_ROW, "before", place) for place in range(4)] == [0, 1, 0, 1]
    assert chain_of([{**CHAIN[0], "before": None, "actor": None}, CHAIN[1]], "before", 1) == 0


def test_texts_none_of_which_stands_in_an_earlier_entry_link_nothing():
    notes = [{"before": f"note {place:05}", "own": f"channel {place}"} for place in range(3)]
    assert not may_link(notes, NAMES)
    assert may_link(notes[:2], NAMES)
    assert may_link(CHAIN, NAMES)
    assert may_link(OF_EACH_ROW[:3], NAMES)


def test_what_holds_an_image_or_repeats_the_table_links_nothing():
    columns = [column(name, "text") for name in ("old_data", "new_data", "note", "hash")]
    log = relation("public.log", *columns, column("n", "bigint"))
    known = LogColumns(old="old_data", new="new_data")
    assert linkable(Log("public.log", known, ""), log, ()) == ("note", "hash")
    table = relation("public.bills", column("note", "text"))
    assert linkable(Log("public.log", known, "", mirrored=True), log, (table,)) == ("hash",)


def test_an_entry_without_a_time_has_a_place_too_and_numbers_are_no_texts():
    entries = [{"n": 10, "at": "b"}, {"n": 9, "at": None}, {"n": 9, "at": "a"}]
    assert in_order(entries, ("at",)) == [entries[1], entries[2], entries[0]]
    assert in_order(entries, ("n", "at")) == [entries[1], entries[2], entries[0]]
