"""What one caller finds out of a wallet: keys of another case, limits that are lifted, balances in two columns."""

from pathlib import Path

import pytest

from pytest_readiness.gather.wallet.between.explorer import BetweenExplorer
from pytest_readiness.settings import Wallet
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

PLAIN = (
    Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_others" / "numbered_as_one.sql"
).read_text()
WALLET = Wallet(
    create="select wallet_create(%(owner)s, %(currency)s)",
    deposit="select wallet_deposit(%(wallet)s, %(amount)s, %(key)s)",
    transfer="select wallet_transfer(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    balance="select wallet_balance(%(wallet)s)",
    freeze="select wallet_freeze(%(wallet)s, %(frozen)s)",
    limit="select wallet_limit(%(wallet)s, %(limit)s)",
    reconcile="select * from wallet_reconcile()",
    ledger="e",
    entries="select t as transfer_id, w as wallet_id, ccy as currency, amount, n as seq from e",
    isolation=("read committed",),
)
LIMIT = """
alter table w add spending jsonb not null default '{}';
create function wallet_limit(p_w uuid, p_l numeric) returns void language sql as $$ %s $$;
create function under_limit() returns trigger language plpgsql as $$
begin
  if new.bal < old.bal and new.spending ? 'limit' then
    new.spending := jsonb_set(new.spending, '{spent}',
      to_jsonb(coalesce((new.spending ->> 'spent')::numeric, 0) + old.bal - new.bal));
    if (new.spending ->> 'spent')::numeric > (new.spending ->> 'limit')::numeric then raise exception 'limit'; end if;
  end if;
  return new;
end $$;
create trigger under_limit before update of bal on w for each row execute function under_limit();
"""
RIGHT = "update w set spending = spending || jsonb_build_object('limit', p_l) where id = p_w"
WIPES = (
    "update w set spending = spending || jsonb_build_object('limit', p_l), "
    "bal = case when p_l is null then 0 else bal end where id = p_w"
)
THAWS = "update w set spending = jsonb_build_object('limit', p_l), frozen = frozen and p_l is not null where id = p_w"


def found(server, tmp_path, check, sql):
    with system(server, tmp_path, sql, profile="postgres", wallet=WALLET) as target:
        return by_subject(judged(target, check))


@pytest.mark.parametrize(
    ("check", "subject", "how", "status"),
    [
        ("WAL004", "limit", RIGHT, Status.PASSED),
        ("WAL004", "limit", WIPES, Status.FAILED),
        ("WAL003", "transfer", RIGHT, Status.PASSED),
        ("WAL003", "transfer", THAWS, Status.FAILED),
    ],
)
def test_a_limit_that_is_lifted_touches_neither_money_nor_a_freeze(
    server, tmp_path, check, subject, how, status
):
    finding = found(server, tmp_path, check, PLAIN + LIMIT % how)[subject]
    assert finding.status is status, finding
    assert "NULL" in finding.detail


def test_what_one_caller_brings_about_is_reported_of_no_meeting(server, tmp_path):
    with system(server, tmp_path, PLAIN + LIMIT % WIPES, profile="postgres", wallet=WALLET) as target:
        explorer = BetweenExplorer(target)
        explorer.try_one_by_one()
        assert not explorer.reports.clean
        assert explorer.reports.news() == ()


FOLDED = PLAIN.replace("values (p_key, p_body)", "values (lower(p_key), p_body)").replace(
    "where key = p_key", "where key = lower(p_key)"
)
TYPED = (
    PLAIN.replace("key text not null unique check (key <> '')", "key uuid not null unique")
    .replace("values (p_key, p_body)", "values (p_key::uuid, p_body)")
    .replace("where key = p_key", "where key = p_key::uuid")
)


@pytest.mark.parametrize(
    ("sql", "status"), [(PLAIN, Status.PASSED), (FOLDED, Status.FAILED), (TYPED, Status.PASSED)]
)
def test_keys_that_differ_in_case_are_two_where_they_are_texts(server, tmp_path, sql, status):
    finding = found(server, tmp_path, "WAL005", sql + LIMIT % RIGHT)["transfer"]
    assert finding.status is status, finding
    assert "in case alone" in finding.detail


TWO_COLUMNS = PLAIN.replace(
    "bal numeric(20,2) not null default 0 check (bal >= 0)",
    "had numeric(20,2) not null default 0, spent numeric(20,2) not null default 0, "
    "bal numeric(20,2) generated always as (had - spent) stored check (had - spent >= 0)",
)
TWO_COLUMNS = TWO_COLUMNS.replace("set bal = bal + ", "set had = had + ").replace(
    "set bal = bal - ", "set spent = spent + "
)


def test_each_column_that_a_balance_is_made_of_is_changed(server, tmp_path):
    told = found(server, tmp_path, "WAL008", TWO_COLUMNS + (LIMIT % RIGHT).replace("update of bal", "update"))
    changed = {name: finding.status for name, finding in told.items() if "without entries" in name}
    assert set(changed) == {
        f'the balance of a wallet without entries (w."{name}")' for name in ("had", "spent")
    }
    assert set(changed.values()) == {Status.PASSED}
