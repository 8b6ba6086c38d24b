"""Which logs nothing reaches, though functions are there to write them."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.judges.audit.unheeded import unheeded
from pytest_readiness.settings import Audit
from relations import catalog, column, relation

COLUMNS = (column("id", "bigint"), column("total", "numeric"))
ORDERS = relation("public.orders", *COLUMNS)
HISTORY = relation("public.orders_history", column("no", "bigint"), *COLUMNS)
ANY = (
    "begin execute format('insert into %I.%I select $1.*', tg_table_schema, tg_table_name || '_history'); end"
)
KEEP = "begin insert into public.orders_history (id, total) values (new.id, new.total); return null; end"


def function(body=KEEP, *, attached=False, returns="trigger", name="keep"):
    return Function(
        *("public", f"public.{name}", f"public.{name}()", "function", returns, True, "postgres", "volatile"),
        *("plpgsql", (), body, 0, (), ()),
        attached=attached,
    )


def idle(*relations, functions=(), **settings):
    found = replace(catalog(*relations), functions=functions or (function(),))
    return {log.name: [one.name for one in said] for log, said in unheeded(found, Audit(**settings))}


def test_a_history_that_no_trigger_writes_is_told_with_its_writer():
    assert idle(ORDERS, HISTORY) == {"public.orders_history": ["public.keep"]}


@pytest.mark.parametrize(
    "orders",
    [relation("public.orders", *COLUMNS, body=ANY), replace(ORDERS, rules=(f"on insert do also {KEEP}",))],
    ids=["a trigger", "a rule"],
)
def test_a_history_that_is_written_otherwise_is_not_told(orders):
    assert idle(orders, HISTORY) == {}


def test_what_a_trigger_runs_is_not_idle():
    assert idle(ORDERS, HISTORY, functions=(function(attached=True),)) == {}


def test_what_functions_write_is_not_told():
    others = (function(), function("insert into public.orders_history select 1", returns="void", name="pay"))
    assert idle(ORDERS, HISTORY, functions=others) == {}


def test_what_settings_say_is_believed():
    assert idle(ORDERS, HISTORY, log="public.other") == {}
    assert idle(ORDERS, HISTORY, not_logs=("public.orders_history",)) == {}
    body = KEEP.replace("orders_history", "kept")
    kept = relation("public.kept", *COLUMNS)
    assert idle(ORDERS, kept, functions=(function(body),)) == {}
    assert idle(ORDERS, kept, functions=(function(body),), log="public.kept") == {
        "public.kept": ["public.keep"]
    }
