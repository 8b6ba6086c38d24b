"""The log is recognised by who writes to it, and money that is not in it is a gap."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.audit import LogColumns
from pytest_readiness.evidence.catalog import Function
from pytest_readiness.judges.audit.audit_log import trail
from pytest_readiness.judges.audit.audited_tables import expected_tables, missing
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


def find_log(found, settings):
    return next(iter(trail(found, settings).logs), None)


def expected(found, owned=(), **settings):
    return expected_tables(found, trail(found, Audit()), Audit(**settings), owned)


def test_a_log_is_what_triggers_write_to():
    log = find_log(catalog(LOG, PAYMENTS), Audit())
    assert (log.name, log.columns.old, log.columns.operation) == (
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
    owned = {"public.payments", "public.refunds"}
    found = expected(catalog(LOG, PAYMENTS, REFUNDS, PRODUCTS), owned)
    assert set(found) == owned
    assert "money" in found["public.refunds"]


def test_declared_tables_are_all_that_is_expected():
    found = expected(catalog(LOG, PAYMENTS, REFUNDS), tables=("public.ref*",))
    assert found == {"public.refunds": "declared"}


def test_a_trail_that_is_not_about_money_wants_none():
    members = relation("public.members", column("user_id"), body=WRITES)
    assert set(expected(catalog(LOG, members, REFUNDS), {"public.refunds"})) == {"public.members"}


@pytest.mark.parametrize("name", ["rate_limits", "price_plans", "carts", "refunds_history", "daily_reports"])
def test_what_only_sounds_like_money_is_not_expected(name):
    other = relation(f"public.{name}", column("user_id"), column("amount", "numeric"))
    assert set(expected(catalog(LOG, PAYMENTS, other), {other.name})) == {"public.payments"}


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("Payment", [column("totalAmount", "numeric(18,2)")]),
        ("payoutBatches", [column("amount", "numeric(18,2)")]),
        ("payout_batches", [column("bank", "text"), column("amount", "numeric(18,2)")]),
        ("commissions", [column("earned", "numeric")]),
        ("escrow_holds", [column("held", "numeric(18,2)")]),
    ],
)
def test_money_that_came_later_is_expected(name, columns):
    other = relation(f"public.{name}", *columns, references={"payment_id": "public.payments"})
    assert other.name in expected(catalog(LOG, PAYMENTS, other))


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("payment_methods", [column("amount", "numeric")]),
        ("payment_attempts", [column("amount", "numeric(18,2)")]),
        ("PaymentPlan", [column("amount", "numeric(18,2)")]),
        ("payout_batches", [column("total_files", "integer")]),
        ("reviews", [column("amount_of_stars", "numeric")]),
        ("parcels", [column("weight_kg", "numeric"), column("taxRate", "numeric")]),
        ("notes", [column("body", "text"), column("likes", "integer")]),
    ],
)
def test_what_belongs_to_money_and_is_none_is_not_expected(name, columns):
    other = relation(f"public.{name}", *columns, references={"payment_id": "public.payments"})
    assert other.name not in expected(catalog(LOG, PAYMENTS, other))


def test_a_log_is_found_behind_a_helper_of_the_trigger():
    calls = relation("public.payments", column("amount", "numeric"), body="begin perform private.note(); end")
    helper = Function(
        *("private", "private.note", "private.note()", "function", "void", True, "postgres", "volatile"),
        *("plpgsql", (), WRITES, 0, (), ()),
    )
    found = replace(catalog(LOG, calls), functions=(helper,))
    assert trail(found, Audit()).recorded.keys() == {"public.payments"}


def test_a_log_that_the_application_writes_is_told_by_its_name():
    log = relation("public.audit_logs", column("user_id"), column("action", "text"), column("entity", "text"))
    (found,) = trail(catalog(log), Audit()).logs
    assert not found.triggered


def gone(found, **settings):
    return [name for name, _ in missing(found, trail(found, Audit(**settings)), Audit(**settings))]


def test_what_settings_name_has_to_be_there():
    there = catalog(LOG, PAYMENTS)
    declared = {"log": "public.audit_log", "tables": ("public.payments",)}
    assert gone(there, **declared) == []
    assert gone(there, **declared | {"log": "public.nowhere"}) == ["public.nowhere"]
    assert gone(there, **declared | {"tables": ("public.pay*", "public.nothing*")}) == ["public.nothing*"]
    assert gone(there) == []


def test_tables_that_are_declared_as_audited_want_a_log():
    assert gone(catalog(REFUNDS), tables=("public.refunds",)) == ["public.refunds"]
    assert gone(catalog(REFUNDS)) == []


def test_names_in_mixed_case_are_names_of_a_log():
    log = relation(
        "public.AuditLog",
        *(column(name) for name in ("tableName", "action", "userId")),
        *(column(name, "jsonb") for name in ("oldData", "newData")),
    )
    body = 'begin insert into public."AuditLog" ("tableName") values (tg_table_name); return null; end'
    columns = find_log(catalog(log, relation("public.Wallet", column("id"), body=body)), Audit()).columns
    assert (columns.table, columns.operation, columns.actor) == ("tableName", "action", "userId")
    assert (columns.old, columns.new) == ("oldData", "newData")


@pytest.mark.parametrize(
    ("name", "reason"), [("bid_payments", True), ("bids", False), ("counter_offers", False)]
)
def test_what_is_offered_is_no_money_yet_and_what_is_paid_for_it_is(name, reason):
    table = relation(f"public.{name}", column("user_id"), column("amount", "numeric(18,2)"))
    found = expected(catalog(LOG, PAYMENTS, table), owned=(f"public.{name}",))
    assert (f"public.{name}" in found) is reason
