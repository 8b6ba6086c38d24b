"""Wallets that hang, take no call, or speak otherwise: bounded, and told as what they are."""

import time
from dataclasses import replace

import pytest

from pytest_readiness.gather.wallet.ledger import ledger as ledger_evidence
from pytest_readiness.gather.wallet.manners import Manners
from pytest_readiness.gather.wallet.teller import Teller
from pytest_readiness.settings import Wallet
from pytest_readiness.settings.parse import parse
from systems import by_subject, judged, system

WALLET = Wallet(
    create="select w_create()",
    deposit="select w_deposit(%(wallet)s, %(amount)s, %(key)s)",
    transfer="select w_transfer(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    balance="select w_balance(%(wallet)s)",
)
SCHEMA = """
create table w (id bigint generated always as identity primary key, balance bigint not null default 0 check (balance >= 0));
create table k (key text primary key, body text not null);
create function w_create() returns bigint language sql as 'insert into w default values returning id';
create function w_balance(wallet bigint) returns bigint language sql as 'select balance from w where id = wallet';
create function first_use(k text, b text) returns boolean language plpgsql as $$
declare was text;
begin
    if k is null then raise exception 'a key is needed'; end if;
    insert into k values (k, b) on conflict do nothing;
    if found then return true; end if;
    select body into was from k where k.key = first_use.k;
    if was is distinct from b then raise exception 'another body, or not visible yet' using errcode = '40001'; end if;
    return false;
end $$;
create function w_deposit(wallet bigint, amount bigint, key text) returns boolean language plpgsql as $$
begin
    if amount is null or amount <= 0 then return false; end if;
    if not first_use(key, format('d %s %s', wallet, amount)) then return true; end if;
    update w set balance = balance + amount where id = wallet;
    if not found then raise exception 'no such wallet'; end if;
    return true;
end $$;
create function w_transfer(source bigint, destination bigint, amount bigint, key text) returns boolean language plpgsql as $$
begin
    if amount is null or amount <= 0 or source = destination then return false; end if;
    perform from w where id in (source, destination) order by id for update;
    if (select count(*) from w where id in (source, destination)) < 2 then return false; end if;
    if (select balance from w where id = source) < amount
        and not exists (select from k where k.key = w_transfer.key) then return false; end if;
    if not first_use(key, format('t %s %s %s', source, destination, amount)) then return true; end if;
    update w set balance = balance - amount where id = source;
    update w set balance = balance + amount where id = destination;
    return true;
end $$;
"""


@pytest.fixture
def findings(server, tmp_path):
    def run(check, sql=SCHEMA, **changed):
        wallet = replace(WALLET, **changed)
        with system(server, tmp_path, sql, profile="postgres", wallet=wallet) as target:
            return by_subject(judged(target, check))

    return run


@pytest.mark.parametrize("check", ["WAL001", "WAL002", "WAL005"])
def test_whole_units_and_refusals_that_are_false_are_another_design_not_a_defect(findings, check):
    found = findings(check)
    assert {found[name].status.value for name in ("deposit", "transfer") if name in found} == {"passed"}, (
        found
    )


def test_calls_of_that_design_act_in_turn(findings):
    found = findings("WAL009")
    assert found
    assert {finding.status.value for finding in found.values()} == {"passed"}, found
    assert {finding.status.value for finding in findings("WAL010").values()} == {"passed"}


def test_a_missing_capability_is_unknown_with_the_line_to_add(findings):
    found = findings("WAL003")
    assert found["freeze"].status.value == "unknown"
    assert "freeze = " in found["freeze"].detail


def test_a_wallet_without_keys_is_unknown_about_them(findings):
    found = findings("WAL005", transfer=WALLET.transfer.replace("%(key)s", "gen_random_uuid()::text"))
    assert found["transfer"].status.value == "unknown"
    assert "%(key)s" in found["transfer"].detail


@pytest.mark.parametrize(("needed", "status"), [(None, "passed"), (True, "passed"), (False, "failed")])
def test_whether_a_call_without_a_key_is_refused_is_as_declared(findings, needed, status):
    assert findings("WAL005", requires_key=needed)["transfer"].status.value == status


def test_a_template_that_does_not_parse_proves_nothing(findings):
    found = findings("WAL002", transfer="selekt %(source)s, %(destination)s, %(amount)s")
    assert found["transfer"].status.value == "unknown"
    assert "42601" in found["transfer"].detail


def test_a_function_that_sleeps_ends_with_its_limit(findings):
    slow = SCHEMA.replace(
        "update w set balance = balance - amount",
        "perform pg_sleep(60); update w set balance = balance - amount",
    )
    began = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pytest_readiness.gather.wallet.teller.LIMIT_S", 1)
        found = findings("WAL002", slow)
    assert found["transfer"].status.value == "unknown"
    assert time.monotonic() - began < 20


def test_a_level_that_a_database_or_role_sets_is_that_of_its_callers(server, tmp_path):
    declared = (
        SCHEMA
        + """
        do $$ begin execute format('alter database %I set default_transaction_isolation = %L', current_database(),
            'serializable'); end $$;
    """
    )
    with system(server, tmp_path, declared, profile="postgres", wallet=WALLET) as target:
        assert Teller(target).levels == ("serializable",)


LEDGER = (
    SCHEMA
    + """
create table e (id bigint generated always as identity primary key, transfer text, wallet bigint, gained bigint,
    lost bigint, check (gained >= lost or gained < lost));
insert into e (transfer, wallet, gained, lost) values ('t', 1, 5, 0);
create view v as select transfer, wallet, gained - lost as amount from e;
create function keep() returns trigger language plpgsql as $$
begin raise exception 'entries are kept' using errcode = 'check_violation'; end $$;
create trigger kept before update or delete on e for each row execute function keep();
create trigger kept_whole before truncate on e for each statement execute function keep();
"""
)
READ = "select transfer as transfer_id, wallet as wallet_id, gained - lost as amount from e"


def attempts(server, tmp_path, sql, ledger="e"):
    wallet = replace(WALLET, ledger=ledger, entries=READ)
    with system(server, tmp_path, sql, profile="postgres", wallet=wallet) as target:
        return ledger_evidence(target)


def test_a_computed_amount_is_changed_where_it_is_kept(server, tmp_path):
    kept = attempts(server, tmp_path, LEDGER)
    assert {(write.verb, write.changed, write.setup) for write in kept.writes} == {
        (verb, False, "") for verb in ("UPDATE", "DELETE", "TRUNCATE")
    }
    loose = attempts(server, tmp_path, LEDGER + "drop trigger kept on e;")
    assert {write.verb for write in loose.writes if write.changed} == {"UPDATE", "DELETE"}


def test_a_constraint_that_an_update_meets_first_proves_nothing(server, tmp_path):
    tied = (
        LEDGER
        + "drop trigger kept on e; alter table e add check (gained = 5), add check (lost = 0), add check (wallet = 1),"
        " add check (transfer = 't');"
    )
    updates = [w for w in attempts(server, tmp_path, tied).writes if w.verb == "UPDATE"]
    assert updates
    assert all("23514" in write.setup for write in updates)


def test_a_view_is_no_ledger(server, tmp_path):
    assert "no table" in attempts(server, tmp_path, LEDGER, ledger="v").error


def test_runs_that_hang_are_bounded_and_say_so(findings):
    stuck = SCHEMA.replace(
        "perform from w where id in (source, destination) order by id for update;",
        "perform pg_sleep(60);",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pytest_readiness.gather.wallet.teller.LIMIT_S", 60)
        patch.setattr("pytest_readiness.gather.wallet.stepping.BOUND_S", 0.2)
        # One by one it is not called: it would never end.
        patch.setattr("pytest_readiness.gather.wallet.teller.kept", lambda *_: Manners())
        found = findings("WAL009", stuck)
    assert found["more is spent than there is"].status.value == "failed"
    assert "hangs" in found["more is spent than there is"].detail
    assert any("no more are made" in finding.detail for finding in found.values())


def test_no_settings_no_wallet(server, tmp_path):
    with system(server, tmp_path, "select 1;") as target:
        record = judged(target, "WAL001")
    assert "[wallet]" in record.absent
    assert parse({"wallet": _pasted(record.absent)}).wallet.declared


def _pasted(text):
    import tomllib

    return tomllib.loads(text[text.index("[wallet]") :])["wallet"]


def test_keys_in_a_table_outlive_the_session(findings):
    found = findings("WAL011")
    assert {found[name].status.value for name in ("deposit", "transfer")} == {"passed"}, found


def test_keys_of_a_session_do_not(findings):
    held = SCHEMA.replace("insert into k values (k, b)", "insert into k values (k || pg_backend_pid(), b)")
    found = findings("WAL011", held)
    assert {found[name].status.value for name in ("deposit", "transfer")} == {"failed"}, found
    assert "lost its connection" in found["transfer"].detail
