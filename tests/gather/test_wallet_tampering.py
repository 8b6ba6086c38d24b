"""A transfer that grew on both its sides sums to zero, and is told by the balances alone, where there are any."""

from dataclasses import replace

import pytest

from pytest_readiness.gather.wallet import rewriting
from pytest_readiness.settings import Wallet
from systems import by_subject, judged, system

WALLET = Wallet(
    create="select w_create()",
    deposit="select w_move(0, %(wallet)s, %(amount)s)",
    transfer="select w_move(%(source)s, %(destination)s, %(amount)s)",
    balance="select w_balance(%(wallet)s)",
    reconcile="select * from w_problems()",
    ledger="entries",
    entries="select move as transfer_id, wallet as wallet_id, amount from entries",
)
SCHEMA = """
create table w (id bigint generated always as identity primary key, balance numeric not null default 0);
create table entries (
    move uuid not null, wallet bigint not null references w, amount numeric not null, kept int not null default 0
){partitions};
insert into w overriding system value values (0);
create function w_create() returns bigint language sql as 'insert into w default values returning id';
create function w_balance(wallet bigint) returns numeric language sql as $$ {balance} $$;
create function w_move(source bigint, destination bigint, amount numeric) returns uuid language plpgsql as $$
declare made uuid := gen_random_uuid();
begin
    if amount is null or amount <= 0 or source = destination then raise exception 'no'; end if;
    perform from w where id in (source, destination) order by id for update;
    if source <> 0 and (select balance from w where id = source) < amount then raise exception 'no funds'; end if;
    update w set balance = balance + case when id = source then -amount else amount end
    where id in (source, destination);
    insert into entries values (made, source, -amount, 1), (made, destination, amount, 2);
    return made;
end $$;
create function w_problems() returns setof text language sql as $$
    select move::text from entries group by move having sum(amount) <> 0
    union all {problems}
$$;
"""
STORED = "select balance from w where id = wallet"
SUMMED = "select coalesce(sum(amount), 0) from entries e where e.wallet = w_balance.wallet"
EACH = """select w.id::text from w where w.balance <> (
    select coalesce(sum(amount), 0) from entries e where e.wallet = w.id)"""
TOTALS = (
    """select 'totals' where (select sum(balance) from w) <> (select coalesce(sum(amount), 0) from entries)"""
)
GROWN = "a transfer that is larger on both its sides"
GONE = "a transfer whose entries are all gone"
GIVEN = "the balance of a wallet without entries (w)"


@pytest.mark.parametrize("parts", ["", "two"])
@pytest.mark.parametrize(
    ("balance", "problems", "status"),
    [(STORED, EACH, "passed"), (STORED, TOTALS, "failed"), (SUMMED, TOTALS, None)],
    ids=["each wallet is compared", "totals are compared", "balances are sums"],
)
def test_what_offsets_in_the_totals_is_told_by_each_wallet(
    server, tmp_path, balance, problems, status, parts
):
    schema = SCHEMA.format(
        balance=balance, problems=problems, partitions=" partition by list (kept)" if parts else ""
    )
    for kept in (1, 2) if parts else ():
        schema += f"create table entries_{kept} partition of entries for values in ({kept});\n"
    with system(server, tmp_path, schema, profile="postgres", wallet=WALLET) as target:
        found = by_subject(judged(target, "WAL008"))
    assert found["one amount"].status.value == "passed"
    for change in (GROWN, GONE):
        assert (found[change].status.value if change in found else None) == status
    assert (found[GIVEN].status.value if GIVEN in found else None) == (status and "passed")


COMPUTED = "select move as transfer_id, wallet as wallet_id, amount * 1.0 as amount from entries"
SEEN = "select * from seen"
VIEW = "create view seen as select move as transfer_id, wallet as wallet_id, amount * 1.0 as amount from entries;"


@pytest.mark.parametrize("entries", [COMPUTED, SEEN], ids=["computed", "a view"])
@pytest.mark.parametrize(("problems", "status"), [(EACH, "passed"), ("select '' where false", "failed")])
def test_an_amount_that_is_computed_is_changed_where_the_ledger_keeps_it(
    server, tmp_path, entries, problems, status
):
    schema = SCHEMA.format(balance=STORED, problems=problems, partitions="") + VIEW
    if status == "failed":
        schema = schema.replace("group by move having sum(amount) <> 0", "where false")
    wallet = replace(WALLET, entries=entries)
    with system(server, tmp_path, schema, profile="postgres", wallet=wallet) as target:
        found = by_subject(judged(target, "WAL008"))
    assert {found[name].status.value for name in ("one amount", "two amounts that offset each other")} == {
        status
    }
    assert (GROWN in found) is (entries == COMPUTED)
    assert "unknown" not in {finding.status.value for finding in found.values()}


def test_a_number_that_moves_all_that_would_tell_of_it_is_none_to_change(server, tmp_path):
    schema = SCHEMA.format(balance=SUMMED, problems=TOTALS, partitions="")
    kept = "select move as transfer_id, wallet as wallet_id, amount + kept * 0 as amount from entries"
    wallet = replace(WALLET, entries=kept, double_entry=False)
    with system(server, tmp_path, schema, profile="postgres", wallet=wallet) as target:
        assert by_subject(judged(target, "WAL008"))["one amount"].status.value == "passed"
        both = replace(wallet, entries=f"{kept} union all {kept.replace('amount +', '-amount +')}")
    with system(server, tmp_path, schema, profile="postgres", wallet=both) as target:
        found = by_subject(judged(target, "WAL008"))["an amount"]
    assert found.status.value == "unknown"
    assert "in one transfer or balance alone" in found.detail


def test_whatever_number_may_be_an_amount_that_is_computed_is_rewritten(server, tmp_path):
    table = (
        "create table e (move text, wallet text, n real); insert into e values ('m', 'a', 5), ('m', 'b', 6);"
    )
    query = "select move as transfer_id, wallet as wallet_id, n * 2 as amount from e"
    with system(server, tmp_path, table, profile="postgres") as target:
        ways = [way for group in rewriting.updates(target.database(), query, ["e"]) for way, _ in group]
    assert [way for way in ways if '"n" + 1' in way]
