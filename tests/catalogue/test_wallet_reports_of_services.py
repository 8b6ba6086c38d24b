"""What requests that meet do to an account that is no wallet is told by reconciliation, on a service of its own each time."""

from pathlib import Path

import pytest

from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.gather.wallet.wire.explorer import WireExplorer
from pytest_readiness.judges.wallet.meetings import acted_in_turn
from pytest_readiness.settings import Wallet
from systems import system

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_http"
HOUSE = """
create table house (paid numeric not null);
insert into house values (0);
create function house_pays() returns trigger language plpgsql as $$
declare held numeric;
begin
    if new.account is null then
        select paid into held from house {locked};
        update house set paid = held - new.amount;
    end if;
    return new;
end $$;
create trigger house_pays before insert on entries for each row execute function house_pays();
"""
RECONCILE = """
select format('house paid %s, entries say %s', paid, told) from house,
    (select coalesce(-sum(amount), 0) told from entries where account is null) e where paid <> told
"""
DEPOSITS, APART = "two deposits to two wallets meet", "two spend from one wallet"


@pytest.mark.parametrize("kind", [Explorer, WireExplorer])
@pytest.mark.parametrize(("locked", "status"), [("", "failed"), ("for update", "passed")])
def test_a_service_whose_account_loses_an_update_is_told_from_one_that_locks_it(
    server, tmp_path, monkeypatch, kind, locked, status
):
    monkeypatch.syspath_prepend(FOLDER)
    schema = (FOLDER / "schema.sql").read_text() + HOUSE.format(locked=locked)
    wallet = Wallet(adapter="wallet_over_http:Bank", reconcile=RECONCILE)
    with system(server, tmp_path, schema, profile="postgres", wallet=wallet) as target:
        chosen = [one for one in scenarios(None) if one.title in {DEPOSITS, APART}]
        found = {one.scenario: acted_in_turn(one.scenario, [one]) for one in kind(target).explored(chosen)}
    assert found[DEPOSITS].status.value == status, found[DEPOSITS]
    assert found[APART].status.value == "passed", found[APART]
