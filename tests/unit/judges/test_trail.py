"""What an entry may leave out, and what makes it untrue."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.audit import AuditedTable, Log, LogColumns, Write
from pytest_readiness.judges.audit.trail import ENTERED, KEY_CHANGE, gap, tells_of, untruths

COLUMNS = LogColumns(
    schema="table_schema",
    table="table_name",
    operation="operation",
    row="row_id",
    old="old_data",
    new="new_data",
    changed="changed_fields",
    actor="user_id",
)
TABLE = AuditedTable("public.payments", Log("public.audit_log", COLUMNS, ""), "declared", ("id",), "", ())
OLD = {"id": 1, "amount": 10, "note": None}
NEW = {"id": 1, "amount": 11, "note": None}


def entry(operation, old, new, **changes):
    said = {
        "table_schema": "public",
        "table_name": "payments",
        "operation": operation,
        "row_id": "1",
        "old_data": old,
        "new_data": new,
        "changed_fields": ["amount"] if operation == "UPDATE" else None,
        "user_id": "system",
    }
    return said | changes


def judge(verb, before, after, *entries, sqlstate=""):
    write = Write(verb, "", "service_role", before, after, entries, sqlstate)
    missing = gap(TABLE, write)
    return [*([missing] if missing else []), *untruths(TABLE, write)]


@pytest.mark.parametrize(
    ("verb", "before", "after"),
    [("INSERT", None, NEW), ("UPDATE", OLD, NEW), ("DELETE", OLD, None)],
)
def test_a_true_entry_is_not_contested(verb, before, after):
    assert judge(verb, before, after, entry(verb, before, after)) == []


def test_operations_may_be_abbreviated_and_unchanged_columns_left_out():
    for listed in (["amount"], {"amount": "11"}, {"amount": [10, 11]}, {"amount": {"was": 10, "is": 11}}):
        short = entry("U", {"amount": 10}, {"amount": 11}, changed_fields=listed)
        assert judge("UPDATE", OLD, NEW, short) == []


def test_secrets_may_be_left_out_of_an_image():
    row = {"id": 1, "password_hash": "x"}
    assert judge("INSERT", None, row, entry("INSERT", None, {"id": 1})) == []


@pytest.mark.parametrize(
    ("verb", "before", "after", "entries", "said"),
    [
        ("INSERT", None, NEW, [], "left no entry"),
        ("INSERT", None, NEW, [entry("INSERT", None, NEW)] * 2, "left 2 entries for one change"),
        ("INSERT", None, NEW, [entry("UPDATE", None, NEW)], "recorded as 'UPDATE'"),
        ("INSERT", None, NEW, [entry("INSERT", NEW, NEW)], "old_data should be empty"),
        ("INSERT", None, NEW, [entry("INSERT", None, None)], "new_data does not hold the new row"),
        ("INSERT", None, NEW, [entry("INSERT", None, {"id": 1})], "new_data lacks amount"),
        ("UPDATE", OLD, NEW, [entry("UPDATE", NEW, OLD)], "old_data.amount is 11"),
        ("UPDATE", OLD, NEW, [entry("UPDATE", {}, NEW)], "old_data lacks amount"),
        ("UPDATE", OLD, NEW, [entry("UPDATE", OLD, NEW, changed_fields=[])], "changed_fields says []"),
        ("UPDATE", OLD, NEW, [entry("UPDATE", OLD, NEW, changed_fields=None)], "changed_fields says []"),
        ("UPDATE", OLD, NEW, [entry("UPDATE", OLD, NEW, changed_fields={"amount": 9})], "amount is 9"),
        ("DELETE", OLD, None, [entry("DELETE", None, None)], "old_data does not hold"),
        ("DELETE", OLD, None, [entry("DELETE", OLD, None, table_name="other")], "about something else"),
        ("DELETE", OLD, None, [entry("DELETE", OLD, None, table_schema="s")], "about something else"),
        ("DELETE", OLD, None, [entry("DELETE", OLD, None, row_id=None)], "does not name the row"),
        ("TRUNCATE", None, None, [], "left no entry"),
    ],
)
def test_an_untruth_is_named(verb, before, after, entries, said):
    found = judge(verb, before, after, *entries)
    assert any(said in text for text in found), found


def test_a_refused_write_must_leave_nothing():
    assert judge("DELETE", None, None, sqlstate="42501") == []
    assert "nothing changed" in judge("DELETE", None, None, entry("DELETE", OLD, None), sqlstate="42501")[0]


@pytest.mark.parametrize(
    ("facts", "told", "named"),
    [
        ({}, {"amount": 10}, False),
        ({}, {"amount": 10, "id": 1001}, True),
        ({"key": ()}, {"amount": 10}, True),
        ({"unique": (("code",),)}, {"amount": 10, "code": "X-12"}, True),
        ({"unique": (("code",),)}, {"amount": 10}, False),
    ],
    ids=["nothing", "in an image", "no key", "another key", "nothing of another key"],
)
def test_without_a_place_for_the_key_an_entry_has_to_hold_it_somewhere(facts, told, named):
    old, new = ({"id": 1001, "code": "X-12", "amount": amount} for amount in (10, 11))
    log = replace(TABLE.log, columns=replace(COLUMNS, row=""))
    held = entry("UPDATE", told, {**told, "amount": 11}, row_id=None)
    write = Write("UPDATE", "amount", "bob", old, new, (held,))
    assert bool(list(untruths(replace(TABLE, log=log, **facts), write))) is not named


HOUSE_OLD, HOUSE_NEW = {**OLD, "id": 9}, {**NEW, "id": 9}


@pytest.mark.parametrize(
    ("entries", "gaps"),
    [
        ((entry("UPDATE", OLD, OLD), entry("UPDATE", OLD, NEW)), False),
        ((entry("UPDATE", OLD, NEW), entry("UPDATE", HOUSE_OLD, HOUSE_NEW, row_id="9")), False),
        ((entry("UPDATE", HOUSE_OLD, HOUSE_NEW, row_id="9"),), True),
        ((entry("INSERT", None, NEW, table_name="captures"),), True),
    ],
    ids=["two updates", "two rows", "the other row alone", "another table alone"],
)
def test_of_what_else_a_statement_changed_only_the_own_entry_is_asked_for(entries, gaps):
    write = Write("UPDATE", "", "a trigger", OLD, NEW, entries, mingled=True)
    assert bool(gap(TABLE, write)) is gaps
    assert not list(untruths(TABLE, write))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (entry("UPDATE", OLD, NEW), ""),
        (entry("UPDATE", NEW, OLD), "old_data.amount is 11"),
        (entry("DELETE", OLD, NEW), "recorded as 'DELETE'"),
    ],
)
def test_the_one_entry_about_a_row_that_a_trigger_changed_has_to_be_true(told, said):
    others = (entry("INSERT", None, NEW, table_name="captures"), entry("INSERT", None, HOUSE_NEW, row_id="9"))
    write = Write("UPDATE", "", "a trigger", OLD, NEW, (*others, told), mingled=True)
    found = list(untruths(TABLE, write))
    assert any(said in text for text in found) if said else not found


def test_an_entry_that_names_no_row_is_not_held_against_one_of_several():
    log = replace(TABLE.log, columns=replace(COLUMNS, row="", old="", new=""))
    write = Write("UPDATE", "", "a trigger", OLD, NEW, (entry("DELETE", None, None),), mingled=True)
    assert not list(untruths(replace(TABLE, log=log), write))


def test_a_word_is_compared_with_those_of_its_own_table():
    words = tuple(("public.payments", verb, f"PAID.{verb}") for verb in ("INSERT", "UPDATE", "DELETE"))
    log = replace(TABLE.log, words=(*words, ("public.cards", "INSERT", "CARD.INSERT")))
    said = {text: entry(text, None, NEW) for text in ("paid.insert", "paid.delete", "card.insert")}
    writes = {text: Write("INSERT", "", "bob", None, NEW, (told,)) for text, told in said.items()}
    wrong = [text for text, write in writes.items() if list(untruths(replace(TABLE, log=log), write))]
    assert wrong == ["paid.delete", "card.insert"]


@pytest.mark.parametrize(
    ("way", "said", "true"),
    [
        ("", "paid.update", True),
        ("", "shipped", False),
        (f"{ENTERED} 'shipped'", "shipped", True),
        (f"{ENTERED} 'shipped'", "paid.delete", False),
        (f"{ENTERED} 'shipped'", "D", False),
    ],
)
def test_a_state_may_be_entered_under_a_word_of_its_own(way, said, true):
    words = tuple(("public.payments", verb, f"PAID.{verb}") for verb in ("INSERT", "UPDATE", "DELETE"))
    table = replace(TABLE, log=replace(TABLE.log, words=words))
    told = entry(said, OLD, NEW, changed_fields=["amount"])
    assert (
        bool(list(untruths(table, Write("UPDATE", "amount", "bob", OLD, NEW, (told,), way=way)))) is not true
    )


REKEYED = {**OLD, "id": 2}


@pytest.mark.parametrize(("verbs", "true"), [(("DELETE", "INSERT"), True), (("DELETE", "DELETE"), False)])
def test_another_key_may_be_told_as_a_row_that_left_and_one_that_came(verbs, true):
    entries = (
        entry(verbs[0], OLD, None, changed_fields=["id"]),
        entry(verbs[1], None, REKEYED, row_id="2", changed_fields=["id"]),
    )
    write = Write("UPDATE", "", "bob", OLD, REKEYED, entries, way=KEY_CHANGE)
    assert bool(list(untruths(TABLE, write))) is not true


def test_only_the_last_image_of_a_row_may_stand_in_the_other_column():
    assert judge("DELETE", OLD, None, entry("DELETE", None, OLD)) == []
    assert judge("INSERT", None, NEW, entry("INSERT", NEW, None)) != []


@pytest.mark.parametrize(("drawn", "untrue"), [((), True), (("id",), False)])
@pytest.mark.parametrize("place", ["1", "9"])
def test_a_key_that_the_server_draws_names_a_row_beside_its_tenant(drawn, untrue, place):
    table = replace(TABLE, key=("branch", "id"), drawn=drawn)
    assert bool(list(untruths(table, _changed(place)))) is (untrue or place == "9")


def _changed(place, **beside):
    """Return an update whose entry holds what changed, and a part of the key."""
    old, new = ({"id": 1, "branch": 7, "amount": amount} for amount in (10, 11))
    told = entry("UPDATE", {"amount": 10, **beside}, {"amount": 11, **beside}, row_id=place)
    return Write("UPDATE", "amount", "service_role", old, new, (told,))


@pytest.mark.parametrize(
    ("place", "beside", "untrue"),
    [
        ("1", {"branch": 7}, False),
        ("1", {"branch": 8}, True),
        ("1", {}, True),
        ("9", {"branch": 7}, True),
        ("9", {"branch": 7, "id": 1}, True),
    ],
)
def test_an_image_may_hold_the_rest_of_a_key(place, beside, untrue):
    table = replace(TABLE, key=("branch", "id"))
    assert bool(list(untruths(table, _changed(place, **beside)))) is untrue


@pytest.mark.parametrize(("place", "untrue"), [("1", False), ("7", True)])
def test_what_says_in_which_partition_a_row_is_need_not_be_told(place, untrue):
    table = replace(TABLE, key=("id", "branch"), unparted=("id",))
    assert bool(list(untruths(table, _changed(place)))) is untrue


FIELDS = replace(COLUMNS, changed="field", old="was", new="now")


def of_one(field, was=None, now=None, whole=None):
    return {"table_name": "payments", "row_id": "1", "field": field, "was": was, "now": now, "whole": whole}


@pytest.mark.parametrize(("whole", "untrue"), [(NEW, False), (OLD, True), (None, True), ({"id": 1}, True)])
def test_a_log_of_single_columns_may_keep_whole_rows_elsewhere(whole, untrue):
    made = Write("INSERT", "", "b", None, NEW, ({**of_one(None, whole=whole), "operation": "INSERT"},))
    changed = Write("UPDATE", "amount", "b", OLD, NEW, (of_one("amount", "10", "11"),))
    log = replace(TABLE.log, columns=replace(FIELDS, schema=""))
    table = replace(TABLE, log=log, writes=(made, changed))
    assert not list(untruths(table, changed))
    assert bool(list(untruths(table, made))) is untrue


def test_a_word_that_names_another_table_tells_nothing_of_this_one():
    words = (
        ("public.listings", "DELETE", "DELETE LISTINGS"),
        ("public.payments", "DELETE", "DELETE PAYMENTS"),
    )
    log = Log("public.audit_log", LogColumns(operation="what"), "", words=words)
    assert not tells_of({"what": "Delete listings"}, log, ("public.payments",))
    assert tells_of({"what": "Delete payments"}, log, ("public.payments",))
    assert tells_of({"what": "DELETE"}, log, ("public.payments",))


@pytest.mark.parametrize(
    ("beside", "numbered", "told"),
    [({"team": 7}, (), True), ({"team": 8}, (), False), ({}, (), False), ({"team": 7}, ("team",), False)],
)
def test_of_a_key_of_two_columns_an_entry_may_hold_one_in_a_column_called_so(beside, numbered, told):
    columns = LogColumns(table="table_name", operation="operation", row="row_id")
    log = Log("public.audit_log", columns, "", numbered=numbered)
    table = replace(TABLE, log=log, key=("team", "user"))
    before = {"team": 7, "user": 3, "rank": 1}
    said = {"table_name": "payments", "operation": "UPDATE", "row_id": "3"} | beside
    write = Write("UPDATE", "rank", "bob", before, before | {"rank": 2}, (said,), mingled=True)
    alone = replace(write, mingled=False)
    assert (not gap(table, write)) is told
    assert (not list(untruths(table, alone))) is told
