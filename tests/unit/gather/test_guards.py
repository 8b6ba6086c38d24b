"""A table that is made anew keeps what guarded it, or what no longer can is gone."""

import pytest

from pytest_readiness.gather.trials.guards import lost, rebuilt
from pytest_readiness.gather.trials.state import State

T = "public.bills"
COLUMNS = {"id": "integer t", "owner": "uuid t", "memo": "text f", "region": "integer f"}
KEY = {
    f"constraint bills_pkey of {T}": "PRIMARY KEY (id)truefalsefalse",
    f"index bills_pkey of {T}": f"CREATE UNIQUE INDEX bills_pkey ON {T} USING btree (id)truefalse",
}
REGIONS = {
    "table public.regions": "r p postgres f f d",
    "index r_pkey of public.regions": "CREATE UNIQUE INDEX r_pkey ON public.regions USING btree (id)truefalse",
}
FUNCTIONS = {
    "function public.tr()": "CREATE FUNCTION public.tr() … insert into trace",
    "function public.touch()": "CREATE FUNCTION public.touch() … new.memo := lower(new.memo)",
}
ROWS = "AFTER UPDATE ON public.bills FOR EACH ROW EXECUTE FUNCTION"


def state(*parts, columns=COLUMNS, number=1, security="f f", kind="r"):
    shape = {f"table {T}": f"{kind} p postgres {security} d", **FUNCTIONS}
    shape |= {f"column {T}.{name}": text for name, text in columns.items()}
    for part in parts:
        shape |= part
    return State(shape, {}, {T: number, "public.regions": 9})


def trigger(name, function):
    return {f"trigger {name} of {T}": f"CREATE TRIGGER {name} {ROWS} public.{function}()O"}


def policy(name, text):
    return {f"policy {name} of {T}": text}


def constraint(name, text, table=T):
    return {f"constraint {name} of {table}": text}


TO_REGIONS = constraint("region_fk", "FOREIGN KEY (region) REFERENCES public.regions(id)truefalsefalse")
FROM_REFUNDS = constraint("bill_fk", f"FOREIGN KEY (bill) REFERENCES {T}(id)truefalsefalse", "public.refunds")
REFUNDS = {"table public.refunds": "r p postgres f f d", "column public.refunds.bill": "integer t"}
CHECK = constraint("bills_check", "CHECK ((length(memo) < 9))truefalsefalse")
UNIQUE = {
    "index bills_memo of public.bills": f"CREATE UNIQUE INDEX bills_memo ON {T} USING btree (memo)truefalse"
}
OWN = policy("own", "* t {public} (owner = me()) /")
NARROW = policy("narrow", "* f {public} (region = 1) /")
NO_MEMO = {name: text for name, text in COLUMNS.items() if name != "memo"}


def told(old, new, **facts):
    return lost(state(KEY, *old), state(KEY, *new, number=2, **facts), T)


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ([trigger("a", "tr"), trigger("b", "touch")], [trigger("b", "touch")], ("trigger a",)),
        ([OWN, NARROW], [OWN], ("policy narrow",)),
        ([OWN], [], ("policy own",)),
        ([REGIONS, TO_REGIONS], [REGIONS], ("constraint region_fk",)),
        ([REFUNDS, FROM_REFUNDS], [REFUNDS], ("constraint bill_fk of public.refunds",)),
        ([CHECK], [], ("constraint bills_check",)),
        ([UNIQUE], [], ("index bills_memo",)),
    ],
    ids=["trigger", "restrictive policy", "policy", "reference", "reference to it", "check", "unique"],
)
def test_what_is_forgotten_is_named(old, new, missing):
    assert told(old, new) == missing


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([trigger("a", "tr")], [trigger("other", "tr")]),
        ([trigger("a", "tr")], [trigger("other", "touch")]),
        ([OWN], [policy("mine", "* t {public} (owner = him()) /")]),
        ([NARROW, OWN], [OWN, policy("tight", "r f {public} (region = 2) /")]),
        ([REGIONS, TO_REGIONS], []),
        ([REFUNDS, FROM_REFUNDS], []),
        ([CHECK], [constraint("other", "CHECK ((length(memo) < 20))truefalsefalse")]),
        ([UNIQUE], [{f"index i of {T}": f"CREATE UNIQUE INDEX i ON {T} USING btree (lower(memo))truefalse"}]),
    ],
    ids=[
        "the same function",
        "another function",
        "another policy",
        "another restriction",
        "its target is gone",
        "what referred is gone",
        "another check",
        "another key",
    ],
)
def test_what_is_made_otherwise_or_can_be_no_more_is_not_lost(old, new):
    assert told(old, new) == ()


def test_a_trigger_is_missed_for_an_event_for_which_no_other_runs_its_function():
    emptied = {f"trigger e of {T}": f"CREATE TRIGGER e AFTER TRUNCATE ON {T} EXECUTE FUNCTION public.tr()O"}
    rows = {
        f"trigger r of {T}": f"CREATE TRIGGER r AFTER DELETE OR UPDATE OF id ON {T} EXECUTE FUNCTION public.tr()O"
    }
    assert told([trigger("a", "tr"), emptied], [rows]) == ("trigger e",)


AUDIT = {
    "function public.tr()": "CREATE FUNCTION public.tr() … insert into audit_log (action, memo) values (tg_op, 1)"
}


def test_a_function_that_has_a_word_like_the_column_that_is_gone_can_still_run():
    assert told([trigger("a", "tr"), AUDIT], [AUDIT], columns=NO_MEMO) == ("trigger a",)


@pytest.mark.parametrize(("function", "missing"), [("tr", ("trigger a",)), ("set", ())])
def test_another_function_stands_in_only_for_the_events_for_which_it_runs(function, missing):
    anew = {
        f"trigger d of {T}": f"CREATE TRIGGER d BEFORE INSERT ON {T} FOR EACH ROW EXECUTE FUNCTION public.set()O"
    }
    again = {} if function == "tr" else {f"trigger u of {T}": f"CREATE TRIGGER u {ROWS} public.set()O"}
    assert told([trigger("a", "tr")], [anew, again]) == missing


def test_a_reference_that_went_with_the_old_table_under_its_new_name_is_lost():
    away = {name: text.replace(T, "public.bills_old") for name, text in FROM_REFUNDS.items()}
    renamed = {name.replace("bill_fk", "other_fk"): text for name, text in FROM_REFUNDS.items()}
    assert told([REFUNDS, FROM_REFUNDS], [REFUNDS, away]) == ("constraint bill_fk of public.refunds",)
    assert told([REFUNDS, FROM_REFUNDS], [REFUNDS, away, renamed]) == ()


REGION = constraint("region_check", "CHECK ((region > 0))truefalsefalse")


def test_a_check_of_other_columns_does_not_stand_in_for_one():
    assert told([CHECK, REGION], [REGION]) == ("constraint bills_check",)
    both = constraint("both", "CHECK (((region > 0) AND (length(memo) < 9)))truefalsefalse")
    assert told([CHECK, REGION], [both]) == ()


@pytest.mark.parametrize(
    ("key", "columns", "missing"),
    [
        (UNIQUE, COLUMNS, ("index bills_pkey",)),
        ({f"index u of {T}": f"CREATE UNIQUE INDEX u ON {T} USING btree (id)truefalse"}, COLUMNS, ()),
        (
            {f"index u of {T}": f"CREATE UNIQUE INDEX u ON {T} USING btree (id)truefalse"},
            {**COLUMNS, "id": "integer f"},
            ("index bills_pkey",),
        ),
    ],
    ids=["another key", "the same columns", "the same columns, which may be NULL"],
)
def test_a_primary_key_is_lost_where_its_columns_are_no_key_that_is_there(key, columns, missing):
    assert lost(state(KEY), state(key, number=2, columns=columns), T) == missing


def test_a_trigger_whose_function_is_gone_is_not_lost():
    new = state(KEY, number=2)
    new.shape.pop("function public.tr()")
    assert lost(state(KEY, trigger("a", "tr")), new, T) == ()


def test_guards_of_a_column_that_is_gone_go_with_it_and_others_do_not():
    old = [trigger("a", "tr"), trigger("b", "touch"), CHECK, UNIQUE]
    assert told(old, [], columns=NO_MEMO) == ("trigger a",)


def test_a_table_without_any_key_lost_all_of_them():
    assert lost(state(KEY, UNIQUE), state(number=2), T) == ("index bills_memo", "index bills_pkey")


def test_a_partitioned_table_cannot_have_every_key():
    by_day = {f"index k of {T}": f"CREATE UNIQUE INDEX k ON {T} USING btree (id, region)truefalse"}
    old = state(KEY, UNIQUE, REFUNDS, FROM_REFUNDS)
    assert lost(old, state(by_day, REFUNDS, number=2, kind="p"), T) == ()


@pytest.mark.parametrize(
    ("before", "after", "missing"),
    [("t f", "f f", "row security"), ("t t", "t f", "row security for its owner"), ("t f", "t f", "")],
)
def test_row_security_has_to_bind_whom_it_bound(before, after, missing):
    found = lost(state(KEY, security=before), state(KEY, number=2, security=after), T)
    assert found == ((missing,) if missing else ())


def test_another_table_of_the_same_name_owes_no_more_than_row_security():
    other = {"id": "uuid t", "title": "text t"}
    assert told([trigger("a", "tr"), OWN], [], columns=other) == ()


def test_a_name_that_was_free_for_a_while_is_still_compared():
    old, vanished = state(KEY), {}
    nothing = State({}, {}, {})
    assert not rebuilt(old, nothing, vanished)
    assert rebuilt(nothing, state(number=2), vanished) == {T: old}
    assert not rebuilt(nothing, state(number=1), vanished), "the old one came back"
