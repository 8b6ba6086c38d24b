"""The log is recognised by who writes to it, and money that is not in it is a gap."""

from pytest_readiness.evidence.audit import LogColumns
from pytest_readiness.judges.audit_log import expected_tables, find_log
from pytest_readiness.settings import Audit
from relations import catalog, column, relation

LOG = relation(
    "public.audit_log",
    column("table_name", "text"),
    column("operation", "text"),
    column("old_data", "jsonb"),
    column("new_data", "jsonb"),
)
WRITES = "begin insert into public.audit_log (table_name) values (tg_table_name); return null; end"
PAYMENTS = relation("public.payments", column("user_id"), column("amount", "numeric(18,2)"), body=WRITES)
REFUNDS = relation("public.refunds", column("user_id"), column("amount", "numeric(18,2)"))
PRODUCTS = relation("public.products", column("price", "numeric"))


def test_a_log_is_what_triggers_write_to():
    log = find_log(catalog(LOG, PAYMENTS), Audit())
    assert (log.relation.name, log.columns.old, log.columns.operation) == (
        "public.audit_log",
        "old_data",
        "operation",
    )
    assert "public.audit_log" in log.guess


def test_a_table_that_triggers_fill_for_other_reasons_is_no_log():
    members = relation("public.members", column("user_id"))
    teams = relation("public.teams", column("id"), body="begin insert into members values (new.owner); end")
    assert find_log(catalog(members, teams), Audit()) is None


def test_declared_names_win():
    log = find_log(catalog(LOG), Audit(log="public.audit_log", columns=LogColumns(actor="who")))
    assert log.columns.actor == "who"


def test_a_declared_log_that_does_not_exist_is_none():
    assert find_log(catalog(PAYMENTS), Audit(log="public.nowhere")) is None


def test_money_of_users_is_expected_in_the_log_and_a_price_list_is_not():
    owned = {"public.payments": 1, "public.refunds": 1}
    expected = expected_tables(catalog(LOG, PAYMENTS, REFUNDS, PRODUCTS), LOG, Audit(), owned)
    assert set(expected) == {"public.payments", "public.refunds"}
    assert "money" in expected["public.refunds"]


def test_declared_tables_are_all_that_is_expected():
    expected = expected_tables(catalog(LOG, PAYMENTS, REFUNDS), LOG, Audit(tables=("public.ref*",)), {})
    assert expected == {"public.refunds": "declared"}
