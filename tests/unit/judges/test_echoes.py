"""Where a log keeps what is told by what writes have left in it, in any language."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.audit import LogColumns
from pytest_readiness.evidence.echoes import Echo, EchoEvidence, Unheard
from pytest_readiness.judges.audit.audit_log import trail, waits
from pytest_readiness.judges.audit.echoes import learned
from pytest_readiness.settings import Audit
from relations import catalog, column, relation

OLD, NEW = {"id": 7, "sum": 10, "note": None}, {"id": 7, "sum": 11, "note": None}
LOG = relation(
    "public.registro",
    column("nr", "bigint", default="nextval('s')"),
    column("wann", "timestamp with time zone", default="now()"),
    column("acte", "text"),
    column("qui", "uuid"),
    column("welche", "integer"),
    column("avant", "jsonb", not_null=False),
    column("dopo", "jsonb", not_null=False),
)
BILLS = relation(
    "public.bills",
    column("id", "integer"),
    column("sum", "integer"),
    body="begin insert into public.registro (acte) values (tg_op); return null; end",
)
WORDS = {"INSERT": "ALTA", "UPDATE": "CAMBIO", "DELETE": "BAJA"}


def echo(verb, before, after, number, **entry):
    said = {"nr": number, "wann": f"2026-01-0{number}", "acte": WORDS[verb], "welche": 7, "qui": "bob"}
    entries = ({**said, "avant": before, "dopo": after, **entry},)
    caller = () if verb == "INSERT" else ("bob",)
    return Echo("public.bills", LOG.name, verb, ("id",), before, after, entries, caller)


ALL = (
    echo("INSERT", None, OLD, 1, qui="alice"),
    echo("UPDATE", OLD, NEW, 2),
    echo("UPDATE", OLD, {**OLD, "note": "x"}, 3),
    echo("DELETE", OLD, None, 4),
)


def test_each_column_is_told_by_what_it_holds():
    found = learned(LOG, ALL)
    assert found.columns == LogColumns(
        operation="acte", row="welche", old="avant", new="dopo", actor="qui", at="wann"
    )
    assert found.words == tuple(("public.bills", verb, word) for verb, word in sorted(WORDS.items()))
    assert found.updated


@pytest.mark.parametrize(("own", "at"), [("2020-01-01", ""), ("2021-01-01", "wann")])
def test_the_only_time_is_none_where_it_is_the_time_of_the_row(own, at):
    columns = (replace(c, default="") if c.name == "wann" else c for c in LOG.columns)
    told = []
    for heard in ALL:
        before, after = (row and {**row, "wann": own} for row in (heard.before, heard.after))
        told.append(echo(heard.verb, before, after, 1, wann="2020-01-01"))
    assert learned(replace(LOG, columns=tuple(columns)), told).columns.at == at


def test_a_column_that_does_not_follow_the_caller_is_no_actor():
    blind = tuple(echo(e.verb, e.before, e.after, i, qui="alice") for i, e in enumerate(ALL, 1))
    assert not learned(LOG, blind).columns.actor


def test_a_word_for_two_verbs_is_none():
    same = tuple(echo(e.verb, e.before, e.after, i, acte="EVENT") for i, e in enumerate(ALL, 1))
    assert not learned(LOG, same).columns.operation


def test_what_says_update_of_a_delete_is_not_learned():
    wrong = (*ALL[:3], echo("DELETE", OLD, None, 4, acte="UPDATE"))
    assert "UPDATE" not in {word for _, _, word in learned(LOG, wrong).words}


@pytest.mark.parametrize(
    ("sealed", "name", "extra", "is_log"),
    [
        (True, "registro", (), True),
        (False, "registro", (), True),
        (True, "outbox", (), False),
        (False, "outbox", (), False),
        (True, "registro", (column("sent_at", "timestamp with time zone"),), False),
    ],
)
def test_what_tells_all_of_each_change_is_a_log_and_what_is_handled_is_none(sealed, name, extra, is_log):
    assert heard_as_log(ALL, relation(f"public.{name}", *LOG.columns, *extra), sealed=sealed) is is_log


@pytest.mark.parametrize(
    ("sealed", "name", "is_log"),
    [
        (True, "bill_activity", True),
        (True, "task_activity", True),
        (False, "task_activity", False),
        (True, "bill_tasks", False),
        (True, "task_outbox", False),
    ],
)
def test_a_word_for_what_is_queued_may_be_what_a_log_is_about(sealed, name, is_log):
    assert heard_as_log(ALL, relation(f"public.{name}", *LOG.columns), sealed=sealed) is is_log


@pytest.mark.parametrize(
    ("table", "log", "waiting"),
    [
        ("jobs", "job_feed", False),
        ("deliveries", "delivery_past", False),
        ("jobs", "job_queue", True),
        ("bills", "job_feed", True),
        ("messages", "message_notifications", True),
    ],
)
def test_what_is_called_after_whose_triggers_fill_it_queues_nothing_of_that(table, log, waiting):
    assert waits(relation(f"public.{log}"), [relation(f"public.{table}")]) is waiting


@pytest.mark.parametrize(("sealed", "is_log"), [(True, True), (False, False)])
def test_what_names_nobody_is_a_log_where_it_is_meant_to_last(sealed, is_log):
    nameless = [echo(e.verb, e.before, e.after, i, qui=None) for i, e in enumerate(ALL, 1)]
    assert heard_as_log(nameless, relation("public.registro", *LOG.columns), sealed=sealed) is is_log


def heard_as_log(echoes, log, *, sealed):
    """Whether a table is a log whose entries these are."""
    body = f"begin insert into {log.name} (acte) values (tg_op); return null; end"
    bills = relation("public.bills", *BILLS.columns, body=body)
    heard = [Echo(e.table, log.name, e.verb, e.key, e.before, e.after, e.entries, e.caller) for e in echoes]
    evidence = EchoEvidence(tuple(heard), frozenset({log.name} if sealed else ()))
    return bool(trail(catalog(log, bills), Audit(), evidence).logs)


SILENT = Echo("public.bills", LOG.name, "UPDATE", ("id",), OLD, {**OLD, "note": "x"}, ())
GONE = Echo("public.bills", LOG.name, "DELETE", ("id",), OLD, None, ())


def one_image(heard):
    """Return what a log without a place for the row before has."""
    return replace(heard, entries=tuple({**entry, "avant": None} for entry in heard.entries))


@pytest.mark.parametrize(
    ("heard", "is_log", "asked"),
    [
        (ALL, True, False),
        ((*ALL, SILENT), True, False),
        ((*ALL[:3], SILENT), False, True),
        ((ALL[1], SILENT), False, True),
        ((*ALL[:3], GONE), True, False),
        (tuple(map(one_image, (*ALL[:3], GONE))), False, True),
    ],
    ids=[
        "whole",
        "of every verb with a gap",
        "without deletions",
        "of one change alone",
        "both images and a gap for deletions",
        "one image and none of what is gone",
    ],
)
def test_what_leaves_changes_out_is_a_log_only_where_it_tells_of_every_verb(heard, is_log, asked):
    found = trail(catalog(LOG, BILLS), Audit(), EchoEvidence(heard, frozenset({LOG.name})))
    assert bool(found.logs) is is_log
    assert len(found.doubts) == asked


@pytest.mark.parametrize("heard", [ALL, (*ALL[:3], SILENT)], ids=["a log", "a doubt"])
def test_what_is_declared_to_be_no_log_is_none_and_raises_no_doubt(heard):
    found = trail(
        catalog(LOG, BILLS), Audit(not_logs=("public.registro",)), EchoEvidence(heard, frozenset({LOG.name}))
    )
    assert not found.logs
    assert not found.doubts


@pytest.mark.parametrize("sealed", [True, False])
def test_what_could_not_be_looked_at_raises_a_doubt_where_it_is_meant_to_last(sealed):
    unheard = Unheard("public.bills", LOG.name, "division by zero")
    heard = EchoEvidence((), frozenset({LOG.name} if sealed else ()), (unheard,))
    doubts = trail(catalog(LOG, BILLS), Audit(), heard).doubts
    assert [doubt.unseen for doubt in doubts] == ["division by zero"] * sealed


def test_a_table_that_a_log_has_already_raises_no_doubt():
    body = "begin insert into public.registro (acte) values (1); insert into public.audit_log values (1); end"
    bills = relation("public.bills", *BILLS.columns, body=body)
    log = relation("public.audit_log", column("operation", "text"), column("old_data", "jsonb"))
    found = trail(catalog(LOG, log, bills), Audit(), EchoEvidence((ALL[1], SILENT), frozenset({LOG.name})))
    assert [one.name for one in found.logs] == ["public.audit_log"]
    assert not found.doubts


def test_each_table_may_have_words_of_its_own():
    bills, cards = (
        [replace(e, table=f"public.{t}", entries=({**e.entries[0], "acte": f"{t}.{e.verb}"},)) for e in ALL]
        for t in ("bills", "cards")
    )
    found = learned(LOG, [*bills, *cards])
    assert found.columns.operation == "acte"
    assert ("public.cards", "INSERT", "CARDS.INSERT") in found.words
    blurred = [replace(e, entries=({**e.entries[0], "acte": "cards.change"},)) for e in cards]
    assert not learned(LOG, [*bills, *blurred]).columns.operation


def test_entries_about_other_tables_say_nothing_of_the_words_of_this_one():
    log = relation(LOG.name, *LOG.columns, column("tafel", "text"))
    own = [replace(e, entries=({**e.entries[0], "tafel": "bills", "acte": f"bills.{e.verb}"},)) for e in ALL]
    besides = {"tafel": "wallets", "acte": "wallets.update", "qui": "alice"}
    mixed = [replace(own[0], entries=(*own[0].entries, besides)), *own[1:]]
    assert learned(log, mixed).columns.operation == "acte"


def test_images_that_stand_in_the_place_of_each_other_do_not_rename_the_columns():
    log = relation(
        "public.registro", *LOG.columns[:-2], column("old_row", "jsonb"), column("new_row", "jsonb")
    )
    swapped = tuple(
        replace(e, entries=({**e.entries[0], "old_row": e.after, "new_row": e.before},)) for e in ALL
    )
    found = trail(catalog(log, BILLS), Audit(), EchoEvidence(swapped, frozenset({log.name})))
    assert (found.logs[0].columns.old, found.logs[0].columns.new) == ("old_row", "new_row")


def pairs(before, after, pair):
    names = sorted({*(before or {}), *(after or {})})
    both = ((name, (before or {}).get(name), (after or {}).get(name)) for name in names)
    return {name: pair(one, other) for name, one, other in both if one != other}


@pytest.mark.parametrize(
    "pair", [lambda one, other: [one, other], lambda one, other: {"to": other, "from": one}]
)
def test_what_columns_held_before_and_after_may_stand_in_pairs(pair):
    log = replace(LOG, columns=(*LOG.columns[:5], column("delta", "jsonb")))
    told = tuple(
        replace(one, entries=({**one.entries[0], "delta": pairs(one.before, one.after, pair)},))
        for one in (echo(e.verb, e.before, e.after, i, avant=None, dopo=None) for i, e in enumerate(ALL, 1))
    )
    found = learned(log, told)
    assert (found.columns.old, found.columns.new) == ("delta -> [0]", "delta -> [1]")
    assert found.updated


def test_an_entry_may_be_one_document():
    log = replace(LOG, columns=(column("n", "bigint", default="nextval('s')"), column("doc", "json")))
    documents = tuple(
        replace(one, entries=({"n": i, "doc": {**one.entries[0], "wann": f"2026-01-01T10:00:0{i}+00:00"}},))
        for i, one in enumerate(ALL, 1)
    )
    found = learned(log, documents).columns
    assert (found.operation, found.row) == ("doc -> acte", "doc -> welche")
    assert (found.old, found.new) == ("doc -> avant", "doc -> dopo")
    assert (found.actor, found.at) == ("doc -> qui", "doc -> wann")


def test_images_in_columns_of_their_own_are_not_looked_for_within_others():
    assert "->" not in "".join(getattr(learned(LOG, ALL).columns, name) for name in LogColumns.__slots__)


@pytest.mark.parametrize(
    ("said", "mirrored"),
    [({}, True), ({"sum": 0}, True), ({"sum": 0, "note": "bill inserted"}, False)],
    ids=["the row", "the row but for one column", "something else"],
)
def test_a_history_table_holds_rows_not_only_columns_that_are_called_so(said, mirrored):
    history = relation("public.bill_log", *BILLS.columns, column("note", "text"), column("at", "timestamptz"))
    body = "begin insert into public.bill_log (id) values (new.id); return null; end"
    bills = relation("public.bills", *BILLS.columns, column("note", "text"), body=body)
    row = {"id": 7, "sum": 10, "note": "x"}
    heard = Echo("public.bills", history.name, "INSERT", ("id",), None, row, ({**row, **said, "at": "1"},))
    found = trail(catalog(history, bills), Audit(), EchoEvidence((heard,)))
    assert [log.mirrored for log in found.logs] == [True] * mirrored


@pytest.mark.parametrize(
    ("made", "change", "columns"),
    [
        (None, {"sum": 11}, ("", "avant", "dopo")),
        (OLD, {"sum": 11}, ("", "dopo", "")),
        (None, {"sum": 11, "note": None}, ("", "dopo", "")),
    ],
    ids=["difference", "a row that came", "unchanged ones too"],
)
def test_what_holds_only_what_changed_is_no_image_of_the_row(made, change, columns):
    echoes = (
        echo("INSERT", None, OLD, 1, avant=OLD, dopo=made),
        echo("UPDATE", OLD, NEW, 2, avant=OLD, dopo=change),
        echo("DELETE", OLD, None, 3, avant=OLD, dopo=None),
    )
    found = learned(LOG, echoes)
    assert (found.columns.old, found.columns.new, found.columns.changed) == columns
    assert found.updated
