"""What meetings do to accounts that are no wallet is told by reconciliation, as far as whole calls do not do it."""

import pytest

from pytest_readiness.gather.wallet import reports
from pytest_readiness.gather.wallet.between.explorer import BetweenExplorer
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.reports import Reports, lettered
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.judges.wallet.meetings import acted_in_turn
from pytest_readiness.judges.wallet.replays import Replay, slug
from pytest_readiness.judges.wallet.serial import REPLAYS
from pytest_readiness.run.replay import replayed
from pytest_readiness.settings import Wallet
from systems import system

WALLET = Wallet(
    create="select w_create(%(currency)s)",
    deposit="select w_deposit(%(wallet)s, %(amount)s)",
    transfer="select w_transfer(%(source)s, %(destination)s, %(amount)s)",
    exchange="select w_exchange(%(source)s, %(destination)s, %(amount)s, %(rate)s)",
    balance="select balance from w where id = %(wallet)s",
    reconcile="select * from w_problems()",
    isolation=("read committed",),
)
SCHEMA = """
create table w (id uuid primary key default gen_random_uuid(), currency text not null, balance numeric not null default 0);
create table house (currency text primary key, balance numeric not null default 0, moved numeric not null default 0);
create table moves (currency text, amount numeric);
insert into house values ('USD'), ('EUR');
create function w_create(currency text) returns uuid language sql as 'insert into w (currency) values ($1) returning id';
create function house_pays(ccy text, amount numeric) returns void language plpgsql as $$
declare held numeric;
begin
    select balance into held from house h where h.currency = ccy {locked};
    update house h set balance = held - amount where h.currency = ccy;
    insert into moves values (ccy, -amount);
end $$;
create function w_deposit(wallet uuid, amount numeric) returns text language plpgsql as $$
declare ccy text;
begin
    update w set balance = balance + amount where id = wallet returning currency into ccy;
    perform house_pays(ccy, amount);
    return 'done';
end $$;
create function w_transfer(source uuid, destination uuid, amount numeric) returns text language plpgsql as $$
begin
    perform from w where id in (source, destination) order by id for update;
    if (select balance from w where id = source) < amount then raise exception 'no funds'; end if;
    update w set balance = balance + case when id = source then -amount else amount end where id in (source, destination);
    return 'done';
end $$;
create function w_exchange(source uuid, destination uuid, amount numeric, rate numeric) returns text language plpgsql as $$
begin
    perform from w where id in (source, destination) order by id for update;
    if (select balance from w where id = source) < amount then raise exception 'no funds'; end if;
    update w set balance = balance - amount where id = source;
    update w set balance = balance + amount * rate where id = destination;
    perform house_pays('EUR', amount * rate);
    perform house_pays('USD', -amount);
    return 'done';
end $$;
create function w_problems() returns setof text language sql stable as $$
    select format('house %s holds %s, moved %s', h.currency, h.balance, m.total)
    from house h join (select currency, sum(amount) total from moves group by 1) m using (currency) where h.balance <> m.total
    {more}
$$;
"""
CRIES = "union all select format('wallet %s was paid', id) from w where balance > 0"
DEPOSITS, EXCHANGES = "two deposits to two wallets meet", "exchanges of other wallets meet"
APART = "two spend from one wallet"


def explored(target, kind, *titles):
    chosen = [one for one in scenarios(WALLET) if one.title in titles]
    found = {one.scenario: one for one in kind(target).explored(chosen)}
    return {title: acted_in_turn(title, [one]) for title, one in found.items()}


@pytest.mark.parametrize("kind", [Explorer, BetweenExplorer])
def test_an_update_that_an_account_of_the_platform_loses_is_reported_of_the_meeting(server, tmp_path, kind):
    schema = SCHEMA.format(locked="", more="")
    with system(server, tmp_path, schema, profile="postgres", wallet=WALLET) as target:
        found = explored(target, kind, DEPOSITS, APART, EXCHANGES)
    for title in (DEPOSITS, EXCHANGES):
        assert found[title].status.value == "failed", found[title]
        assert "a mismatch that reconciliation reports, seen again 3 of 3" in found[title].detail
        assert "reconciliation reports: house" in found[title].detail
    assert found[APART].status.value == "passed", "an old fault is worded anew, and is none of this meeting"


@pytest.mark.parametrize("kind", [Explorer, BetweenExplorer])
@pytest.mark.parametrize("more", ["", CRIES], ids=["all is well", "it cries of whole calls too"])
def test_what_is_reported_of_no_meeting_is_not_held_against_it(server, tmp_path, kind, more):
    schema = SCHEMA.format(locked="for update", more=more)
    with system(server, tmp_path, schema, profile="postgres", wallet=WALLET) as target:
        found = explored(target, kind, DEPOSITS, APART, EXCHANGES)
    assert {finding.status.value for finding in found.values()} == {"passed"}


def test_the_replay_of_a_run_asks_reconciliation_too(server, tmp_path):
    wanted = Replay("hold", slug(DEPOSITS), "read committed", "0101")
    for locked, wrong in (("", True), ("for update", False)):
        schema = SCHEMA.format(locked=locked, more="")
        with system(server, tmp_path, schema, profile="postgres", wallet=WALLET) as target:
            found = replayed(target, wanted, REPLAYS)
        assert found.wrong is wrong
        assert found.observed.replays == REPLAYS


def test_ids_are_told_by_letters_where_they_stand_out():
    wallets = {"a": "0b5e-11", "b": "0b5e-112", "c": "7"}
    row = "wallet 0b5e-112 and (0b5e-11), 7 of x0b5e-11"
    assert lettered(row, wallets) == "wallet b and (a), 7 of x0b5e-11"


def test_what_is_slow_to_ask_is_asked_of_what_nothing_else_tells(server, tmp_path, monkeypatch):
    asked, ask = [], Reports.news
    monkeypatch.setattr(reports, "_SLOW_S", 0.0)
    monkeypatch.setattr(Reports, "news", lambda self: asked.append(1) or ask(self))
    schema = SCHEMA.format(locked="", more="")
    with system(server, tmp_path, schema, profile="postgres", wallet=WALLET) as target:
        explored(target, Explorer, APART)
        assert not asked
        assert explored(target, Explorer, DEPOSITS)[DEPOSITS].status.value == "failed"


def test_sessions_that_share_no_wallet_are_apart():
    apart = {one.title for one in scenarios(WALLET) if one.is_apart}
    assert {DEPOSITS, EXCHANGES} < apart
    assert not {APART, "two deposits meet", "money is passed on"} & apart
