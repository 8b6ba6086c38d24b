"""Clients who call at once: how they wait for one another, and what groups of them lead to together."""

import time
from dataclasses import replace
from pathlib import Path

from pytest_readiness.evidence.load import LoadEvidence, LoadPlace
from pytest_readiness.gather.wallet.clients import opened
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.gather.wallet.teller import Teller
from pytest_readiness.judges.wallet.serial import explained
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Wallet
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_others"
PLAIN = (FOLDER / "numbered_as_one.sql").read_text()
DEADLOCKS = """
create function wallet_deadlocks(a text, b text, amount numeric, k text) returns void language plpgsql as $$
begin raise exception 'deadlock detected' using errcode = '40P01'; end $$;
"""
WALLET = Wallet(
    create="select wallet_create(%(owner)s, %(currency)s)",
    deposit="select wallet_deposit(%(wallet)s, %(amount)s, %(key)s)",
    transfer="select wallet_deadlocks(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    balance="select wallet_balance(%(wallet)s)",
)


def test_deadlocks_are_looked_for_seldom_until_there_is_one(server, tmp_path):
    with system(server, tmp_path, PLAIN + DEADLOCKS, profile="postgres", wallet=WALLET) as target:
        teller = Teller(target)
        wallets = {letter: teller.open(letter, teller.owner()) for letter in "ab"}
        first, other = opened(target, teller, wallets, range(2))
        first.work(1, time.monotonic() + 60)
        shown = [
            caller.teller.connection.execute("show deadlock_timeout").fetchone() for caller in (first, other)
        ]
    assert set(first.refusals) == {"40P01"}
    assert shown == [("1ms",), ("100ms",)]


GROUPS = replace(
    WALLET,
    transfer="select wallet_transfer(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    ledger="e",
    entries="select t as transfer_id, w as wallet_id, amount from e",
    load_groups=3,
    load_clients=2,
)


def test_groups_meet_in_one_database_each_with_wallets_of_its_own(server, tmp_path):
    with system(server, tmp_path, PLAIN, profile="postgres", wallet=GROUPS) as target:
        store = open_store(target, tmp_path)
        load, place = store.get(LoadEvidence), store.get(LoadPlace)
        with target.database(place.database) as connection:
            there = connection.execute("select id::text from w where ccy = 'USD'").fetchall()
        found = by_subject(judged(target, "WAL014"))
    wallets = [wallet for _, wallet, _ in load.wallets]
    assert len(set(wallets)) == 12
    assert set(wallets) == {made for (made,) in there}
    assert [len({move.client for move in group.moves}) for group in load.groups] == [2, 2, 2]
    assert len({move.client for move in load.moves}) == 6
    assert len(load.moves) >= load.asked >= GROUPS.load_calls
    assert [finding for finding in found.values() if finding.status is not Status.PASSED] == []
    assert "have the 1200 that they were given" in found["all groups"].detail


TAKES = """
create function takes() returns trigger language plpgsql as $$
begin
  if new.bal < old.bal then
    update w set bal = bal - 1
      where id = (select id from w other where id <> new.id and bal > 60 order by id limit 1);
  end if;
  return null;
end $$;
create trigger takes after update on w for each row when (pg_trigger_depth() = 0) execute function takes();
"""


def test_what_calls_of_one_group_take_from_another_is_missed(server, tmp_path):
    with system(server, tmp_path, PLAIN + TAKES, profile="postgres", wallet=GROUPS) as target:
        found = by_subject(judged(target, "WAL014"))
    assert found["all groups"].status is Status.FAILED


def test_a_template_of_two_statements_says_the_same_alone_and_in_a_meeting(server, tmp_path):
    two = replace(
        GROUPS, transfer=f"select set_config('app.user', 'x', true); {GROUPS.transfer}", load_groups=1
    )
    with system(server, tmp_path, PLAIN, profile="postgres", wallet=two) as target:
        explorer = Explorer(target)
        meetings = [one for one in scenarios(two) if one.title == "opposite transfers meet"]
        (found,) = [one for one in explorer.explored(meetings) if one.level == "read committed"]
    assert found.observed
    assert all(explained(seen) for seen in found.observed)


BUSY = """
create function wallet_busy(a uuid, b uuid, amount numeric, k text) returns uuid language plpgsql as $$
begin
  if not pg_try_advisory_xact_lock(7) then raise exception 'busy' using errcode = '55P03'; end if;
  return wallet_transfer(a, b, amount, k);
end $$;
create function deposit_busy(a uuid, amount numeric, k text) returns uuid language plpgsql as $$
begin
  if not pg_try_advisory_xact_lock(7) then raise exception 'busy' using errcode = '55P03'; end if;
  return wallet_deposit(a, amount, k);
end $$;
"""


def test_groups_make_their_wallets_before_any_of_them_calls(server, tmp_path):
    busy = replace(
        GROUPS,
        deposit="select deposit_busy(%(wallet)s, %(amount)s, %(key)s)",
        transfer="select wallet_busy(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    )
    with system(server, tmp_path, PLAIN + BUSY, profile="postgres", wallet=busy) as target:
        load = open_store(target, tmp_path).get(LoadEvidence)
        open_there = target.database().execute(
            "select count(*) from pg_stat_activity where datname = %s", (load_place_of(target, tmp_path),)
        )
        still = open_there.fetchone()
    assert [group.error for group in load.groups] == [""] * 3
    starts, ends = zip(*(group.span for group in load.groups), strict=True)
    assert max(starts) < min(ends)
    assert still[0] <= 3, "clients of groups leave no connection"


def load_place_of(target, folder):
    return open_store(target, folder).get(LoadPlace).database
