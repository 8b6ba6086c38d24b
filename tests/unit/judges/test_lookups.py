from dataclasses import replace

import pytest

from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.judges.sql.lookups import Extended, extended, looked_at, looked_up, resembled
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

CARDS = relation("public.cards", column("id"), column("firm"), references={"firm": "public.firms"})
SHEETS = relation(
    "public.sheets",
    column("id"),
    column("firm"),
    column("employee"),
    references={"firm": "public.firms"},
    body="select c.id from public.cards c where c.id = new.employee",
)


def fired(sheets, *events, body=None):
    (trigger,) = sheets.triggers
    return replace(sheets, triggers=(replace(trigger, events=events, body=body or trigger.body),))


@pytest.mark.parametrize(
    "body",
    [
        "select c.id from public.cards c where c.id = new.employee",
        "select 1 from public.cards where NEW.employee = id",
        'if exists (select from cards as "c" where "c"."id" = NEW."employee") then return new; end if;',
    ],
)
def test_a_trigger_takes_a_column_for_a_key(body):
    sheets = fired(SHEETS, "INSERT", body=body)
    assert looked_up(catalog(CARDS, sheets), sheets) == (("employee", "public.cards", "id"),)


@pytest.mark.parametrize("body", ["delete from public.cards where id = old.employee", "x = new.employee"])
def test_what_is_not_compared_with_the_new_row_says_nothing(body):
    sheets = fired(SHEETS, "INSERT", body=body)
    assert not looked_up(catalog(CARDS, sheets), sheets)


def test_what_runs_for_changes_alone_asks_nothing_of_a_new_row():
    sheets = fired(SHEETS, "UPDATE")
    assert not looked_up(catalog(CARDS, sheets), sheets)
    assert not looked_at(catalog(CARDS, sheets), sheets)


def test_what_hangs_on_the_same_parent_is_looked_at():
    alone = relation("public.rates", column("id"))
    body = "select 1 from public.cards, public.rates, public.firms"
    sheets = fired(SHEETS, "INSERT", body=body)
    assert looked_at(catalog(CARDS, alone, relation("public.firms", column("id")), sheets), sheets) == (
        "public.cards",
    )


def test_a_column_that_names_a_card_names_no_user():
    def users(sheets):
        owned = infer(catalog(CARDS, sheets), Isolation(), "").owned.get("public.sheets")
        return owned.users if owned else ()

    assert users(SHEETS) == ("employee",)
    assert users(fired(SHEETS, "INSERT")) == ()


@pytest.mark.parametrize(
    ("condition", "marks"),
    [
        ("new.path like q.path || '/%' and q.id <> new.id", ("/",)),
        ("right(new.path, length(q.path) + 1) = '.' || q.path", (".",)),
        ("starts_with(new.path, q.path)", ()),
        ("new.path = q.path and q.name like 'a%'", None),
        ("new.path like old.path || '/%'", None),
        ("new.path like q.name", None),
    ],
)
def test_a_trigger_finds_rows_whose_name_a_new_one_goes_on_with(condition, marks):
    queues = relation(
        "public.queues",
        column("id"),
        column("path", "text"),
        column("name", "text"),
        body=f"select q.id from public.queues q where {condition} limit 1;",
    )
    assert resembled(fired(queues, "INSERT")) == ({} if marks is None else {"path": marks})


SHELVES = relation("public.shelves", column("id"), column("path", "text"), column("floor", "integer"))
BOXES = relation("public.boxes", column("id"), column("place", "text"))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            "delete from public.shelves s where starts_with(s.path, old.path || '/')",
            [("public.shelves", "path", ("/",))],
        ),
        ("delete from boxes b where b.place like old.path || ':%'", [("public.boxes", "place", (":",))]),
        ("delete from boxes where place ^@ old.path", []),
        ("delete from boxes where left(place, length(old.path)) = old.path", [("public.boxes", "place", ())]),
        ("delete from boxes b where b.place = old.path", []),
        ("update shelves set floor = 1 where path like 'x%'", []),
    ],
)
def test_a_trigger_finds_rows_whose_text_goes_on_from_that_of_the_row_that_goes(body, found):
    shelves = fired(replace(SHELVES, triggers=SHEETS.triggers), "DELETE", body=body)
    known = catalog(shelves, BOXES)
    assert extended(known, shelves, "DELETE") == tuple(Extended("path", *one) for one in found)
    assert not extended(known, shelves, "UPDATE")
