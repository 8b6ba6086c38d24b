"""Sound wallets of other designs fail no check, however their calls are held, ended or loaded."""

from dataclasses import replace

import pytest

from pytest_readiness.settings import Wallet
from systems import judged, system

CHECKS = ("WAL002", "WAL005", "WAL009", "WAL010", "WAL011", "WAL012", "WAL013", "WAL014")
WALLET = Wallet(
    create="select w_create(%(owner)s)",
    deposit="select w_deposit(%(wallet)s, %(amount)s, %(key)s)",
    transfer="select w_transfer(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    balance="select w_balance(%(wallet)s)",
    isolation=("read committed",),
    ledger="e",
    entries="select transfer_id, wallet_id, amount from e",
    replays_failures=False,
)
TABLES = """
create table w (id uuid primary key default gen_random_uuid(), owner uuid, balance numeric not null default 0 check (balance >= 0));
create table t (id uuid primary key default gen_random_uuid(), key uuid not null unique, body text not null);
create table e (transfer_id uuid not null references t, wallet_id uuid references w, amount numeric not null);
create function w_create(owner uuid) returns uuid language sql as 'insert into w (owner) values ($1) returning id';
create function w_balance(wallet uuid) returns numeric language sql stable as 'select balance from w where id = wallet';
create function begun(key uuid, body text) returns uuid language plpgsql as $$
declare made uuid;
begin
    insert into t (key, body) values (begun.key, begun.body) on conflict do nothing returning id into made;
    return made;
end $$;
create function known(k uuid, b text) returns uuid language plpgsql as $$
declare was t;
begin
    select * into was from t where t.key = k;
    if was.id is null then raise exception 'not visible yet' using errcode = '40001'; end if;
    if was.body <> b then raise exception 'another body'; end if;
    return was.id;
end $$;
create function side(tx uuid, wallet uuid, amount numeric) returns void language sql as 'insert into e values (tx, wallet, amount)';
"""
CALLS = """
create function w_deposit(wallet uuid, amount numeric, key uuid) returns uuid language plpgsql as $$
declare tx uuid; body text := format('d %s %s', wallet, amount);
begin
    if amount is null or not (amount > 0 and amount < 1e15) then raise exception 'amount'; end if;
    {claim_one}
    tx := begun(key, body);
    if tx is null then return known(key, body); end if;
    update w set balance = balance + amount where id = wallet;
    if not found then raise exception 'nobody'; end if;
    perform side(tx, wallet, amount), side(tx, null, -amount);
    return tx;
end $$;
create function w_transfer(source uuid, destination uuid, amount numeric, key uuid) returns uuid language plpgsql as $$
declare tx uuid; body text := format('t %s %s %s', source, destination, amount);
begin
    if amount is null or not (amount > 0 and amount < 1e15) or source = destination then raise exception 'amount'; end if;
    {claim_two}
    tx := begun(key, body);
    if tx is null then return known(key, body); end if;
    {move}
    perform side(tx, source, -amount), side(tx, destination, amount);
    return tx;
end $$;
"""
MOVE = """update w set balance = balance - amount where id = source and balance >= amount;
    if not found then raise exception 'funds'; end if;
    update w set balance = balance + amount where id = destination;
    if not found then raise exception 'nobody'; end if;"""
ORDERED = """perform from w where id in (least(source, destination), greatest(source, destination)) order by id for no key update;"""
ABSOLUTE = """<<moving>> declare one numeric; other numeric;
    begin
        select balance into one from w where id = source;
        select balance into other from w where id = destination;
        if one is null or other is null or one < amount then raise exception 'funds'; end if;
        update w set balance = one - amount where id = source;
        update w set balance = other + amount where id = destination;
    end;"""
CAUGHT = """begin
        update w set balance = balance - amount where id = source;
        update w set balance = balance + amount where id = destination;
        if not found then raise exception 'nobody'; end if;
    exception when check_violation then
        raise exception 'funds' using errcode = 'P0001';
    end;"""
DESIGNS = {
    "rows in order, read afterwards": (WALLET, "", ORDERED, ABSOLUTE),
    "one lock of the transaction for all": (
        WALLET, "perform pg_advisory_xact_lock(1);", "perform pg_advisory_xact_lock(1);", ABSOLUTE,
    ),
    "the whole table": (
        WALLET, "lock table w in exclusive mode;", "lock table w in exclusive mode;", ABSOLUTE,
    ),
    "refused where it would wait": (
        WALLET,
        "perform from w where id = wallet for no key update nowait;",
        ORDERED.replace("update;", "update nowait;"),
        ABSOLUTE,
    ),
    "a condition in the update": (WALLET, "", ORDERED, MOVE),
    "a constraint that is caught": (WALLET, "", ORDERED, CAUGHT),
    "serializable callers and no locks": (
        replace(WALLET, isolation=("serializable",)), "", "", ABSOLUTE,
    ),
    "repeatable read and no locks": (
        replace(WALLET, isolation=("repeatable read",)), "", "", ABSOLUTE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DESIGNS)
def test_a_sound_design_fails_nothing(server, tmp_path, name):
    wallet, one, two, move = DESIGNS[name]
    text = TABLES + CALLS.replace("{claim_one}", one).replace("{claim_two}", two).replace("{move}", move)
    with system(server, tmp_path, text, profile="postgres", wallet=wallet) as target:
        records = {check: judged(target, check) for check in CHECKS}
    off = [
        (check, finding.subject, finding.status.value, finding.detail)
        for check, record in records.items()
        for finding in record.findings
        if finding.status.value == "failed"
        or (finding.status.value == "unknown" and "settings do not say" not in finding.detail)
    ]
    assert not off, off[0]
    assert all(record.findings for record in records.values())
