"""What is learned of a wallet before it is tried."""

import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pytest_readiness.gather.wallet import manners, teller
from pytest_readiness.gather.wallet.battery import movements
from pytest_readiness.gather.wallet.teller import Teller
from pytest_readiness.gather.wallet.trials import Trials
from pytest_readiness.settings import Isolation, Session, Wallet
from systems import by_subject, judged, system

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_others"
PLAIN = (FOLDER / "numbered_as_one.sql").read_text()
SQL = (FOLDER / "says_what_is_wrong.sql").read_text()
WALLET = Wallet(
    create="select wallet_create(%(owner)s, %(currency)s)",
    deposit="select wallet_deposit(%(wallet)s, %(amount)s, %(key)s)",
    transfer="select wallet_transfer(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    balance="select wallet_balance(%(wallet)s)",
    freeze="select wallet_freeze(%(wallet)s, %(frozen)s)",
)


@pytest.fixture
def findings(server, tmp_path):
    def run(check, sql=SQL, **changed):
        wallet = replace(WALLET, **changed)
        with system(server, tmp_path, sql, profile="postgres", wallet=wallet) as target:
            return by_subject(judged(target, check))

    return run


def statuses(found):
    return {name: finding.status.value for name, finding in found.items()}


def test_refusals_that_are_answers_are_learned_once_a_run(server, tmp_path, monkeypatch):
    lessons = []
    whole = manners._Lesson.learned
    monkeypatch.setattr(manners._Lesson, "learned", lambda self: lessons.append(self) or whole(self))
    with system(server, tmp_path, SQL, profile="postgres", wallet=WALLET) as target:
        tellers = [Teller(target), Teller(target)]
    assert len(lessons) == 1
    assert [dict(teller.manners.words)["deposit"].forms for teller in tellers] == [{"OK"}] * 2


# What a refusal is in words alone, and only where a wallet is frozen, is learned from no overdraft.
_ONLY_FROZEN = (
    SQL.replace(
        "exception when raise_exception then return upper",
        "exception when raise_exception then if sqlerrm <> 'no such wallet' then raise; end if; return upper",
    )
    .replace(
        "exception when raise_exception then return jsonb",
        "exception when raise_exception then if sqlerrm <> 'frozen' then raise; end if; return jsonb",
    )
    .replace(
        "update w set bal = bal + x where id = p_w and not frozen",
        "update w set bal = bal + x where id = p_w",
    )
)


NUMBERED = """
create table w (id bigint generated always as identity primary key, bal numeric not null default 0);
create function w_create() returns bigint language sql as 'insert into w default values returning id';
create function w_move(s bigint, d bigint, x numeric) returns text language plpgsql as $$ begin
  if not exists (select from w where id = d) then return 'nobody'; end if;
  if x is null or not x > 0 then return 'amount'; end if;
  if s <> 0 and (select bal from w where id = s for update) < x then return 'funds'; end if;
  update w set bal = bal + case when id = s then -x else x end where id in (s, d);
  return 'done';
end $$;
"""


def test_what_is_said_of_a_wallet_that_is_not_there_is_learned_of_ids_of_its_kind(server, tmp_path):
    wallet = Wallet(
        create="select w_create()",
        deposit="select w_move(0, %(wallet)s, %(amount)s)",
        transfer="select w_move(%(source)s, %(destination)s, %(amount)s)",
        balance="select bal from w where id = %(wallet)s",
    )
    with system(server, tmp_path, NUMBERED, profile="postgres", wallet=wallet) as target:
        words = dict(Teller(target).manners.words)
    assert words["deposit"].refusals == {"amount", "nobody"}
    assert words["transfer"].refusals == {"amount", "nobody", "funds"}


def test_a_refusal_that_was_never_heard_is_asked_about_and_may_be_declared(findings):
    found = findings("WAL003", _ONLY_FROZEN)["transfer"]
    assert (found.status.value, found.fix) == ("unknown", 'refused = ["error"]')
    assert findings("WAL003", _ONLY_FROZEN, refused=("error",))["transfer"].status.value == "passed"


def test_a_refusal_in_words_that_moved_the_money_all_the_same_is_a_failure(findings):
    wrong = SQL.replace("if s.bal < x then raise exception 'funds'; end if;", "").replace(
        "check (bal >= 0)", "check (bal > -1e9)"
    )
    assert findings("WAL004")["transfer"].status.value == "passed"
    assert findings("WAL004", wrong)["transfer"].status.value == "failed"


LEDGER = {
    "ledger": "e",
    "entries": "select t as transfer_id, w as wallet_id, ccy as currency, amount, n as seq from e",
}


def test_small_amounts_that_are_refused_ask_for_a_unit_that_all_are_multiplied_by(findings):
    sql = (FOLDER / "whole_hundreds.sql").read_text()
    found = findings("WAL001", sql)["transfer"]
    assert (found.status.value, found.reason) == ("unknown", "control")
    assert 'unit = "100"' in found.detail
    assert findings("WAL001", sql, unit="100")["transfer"].status.value == "passed"
    assert set(statuses(findings("WAL011", sql)).values()) == {"unknown"}


def test_a_freeze_that_lets_money_in_may_be_declared(findings):
    sql = (FOLDER / "debit_freeze.sql").read_text()
    found = findings("WAL003", sql)
    assert statuses(found) == {"deposit": "failed", "transfer": "failed"}
    assert 'freeze_stops = "outgoing"' in found["deposit"].fix
    declared = findings("WAL003", sql, freeze_stops="outgoing")
    assert (declared["deposit"].status.value, declared["transfer"].status.value) == ("passed", "passed")


def test_one_operation_that_forgets_the_freeze_is_no_choice(findings):
    wrong = PLAIN.replace("where id = p_w and not frozen", "where id = p_w")
    assert wrong != PLAIN
    found = statuses(findings("WAL003", wrong))
    assert (found["deposit"], found["transfer"]) == ("failed", "passed")


KEEPER = """
do $$ begin create role e_keeper nologin; exception when duplicate_object then null; end $$;
do $$ begin create role e_app nologin; exception when duplicate_object then null; end $$;
drop trigger e_final on e;
grant select, insert on e to e_app; grant select, insert, update on w, t to e_app;
grant e_keeper to current_user; grant create on schema public to e_keeper;
alter table e owner to e_keeper;
grant select, insert on e to current_user;
"""


@pytest.mark.parametrize(
    ("member", "kept", "status"),
    [
        ("revoke e_keeper from e_login;", False, "unknown"),
        ("grant e_keeper to e_login;", False, "failed"),
        ("revoke e_keeper from e_login;", True, "passed"),
    ],
    ids=["nobody becomes it", "a login may", "nobody, and a trigger refuses"],
)
def test_what_an_owner_may_do_whom_no_login_may_become_is_unknown(server, tmp_path, member, kept, status):
    app = Session("e_app", "select set_config('app.user_id', %(user)s, true)")
    login = "do $$ begin create role e_login login; exception when duplicate_object then null; end $$;"
    keeper = KEEPER.replace("drop trigger e_final on e;", "") if kept else KEEPER
    given = {"wallet": replace(WALLET, **LEDGER), "isolation": Isolation(session=app)}
    with system(server, tmp_path, f"{PLAIN}{keeper}{login}{member}", profile="postgres", **given) as target:
        found = by_subject(judged(target, "WAL007"))
    assert {f.status.value for name, f in found.items() if name.endswith("by e_app")} == {"passed"}
    assert {f.status.value for name, f in found.items() if name.endswith("by e_keeper")} == {status}


def test_numbers_of_the_whole_ledger_are_learned_and_stay_out_of_what_is_compared(findings, server, tmp_path):
    wallet = replace(WALLET, **LEDGER)
    with system(server, tmp_path, PLAIN, profile="postgres", wallet=wallet) as target:
        assert Teller(target).manners.numbered_as_one
    assert statuses(findings("WAL006", PLAIN, **LEDGER))["e: numbers are there once"] == "passed"


FEE = (FOLDER / "fee_on_transfers.sql").read_text()
# It goes to nobody.
LOST = FEE.replace(", (c.id, null, s.ccy, fee)", "")
# One amount costs more than a larger one.
SKIMS = FEE.replace("if s.bal < x + fee", "if x = 20 then fee := fee + 3; end if; if s.bal < x + fee")


@pytest.mark.parametrize(
    ("sql", "status"), [(FEE, "passed"), (LOST, "failed"), (SKIMS, "failed")], ids=["fee", "lost", "skims"]
)
def test_a_fee_that_the_ledger_gives_to_somebody_is_left_out_and_what_goes_beyond_it_is_not(
    findings, sql, status
):
    assert sql == FEE or sql.count("fee") != FEE.count("fee")
    ledger = LEDGER | {"entries": LEDGER["entries"].replace(", n as seq", "")}
    assert statuses(findings("WAL002", sql, **ledger))["transfer"] == status


# Where what is left is too little for the fee, the payer is debited and nobody credited, or the other way.
FUNDS = "if s.bal < x + fee then raise exception 'funds'; end if;"
ONE_SIDE = (
    "if s.bal < x then raise exception 'funds'; end if; "
    "if s.bal < x + fee then update w set bal = bal {0} x where id = p_{1}; return c.id; end if;"
)


@pytest.mark.parametrize(
    ("instead", "status"),
    [(FUNDS, "passed"), (ONE_SIDE.format("-", "s"), "failed"), (ONE_SIDE.format("+", "d"), "failed")],
    ids=["refused", "debited alone", "credited alone"],
)
def test_who_has_too_little_for_the_fee_is_refused_and_neither_debited_nor_credited_alone(
    findings, instead, status
):
    assert FUNDS in FEE
    ledger = LEDGER | {"entries": LEDGER["entries"].replace(", n as seq", "")}
    assert statuses(findings("WAL004", FEE.replace(FUNDS, instead), **ledger))["transfer"] == status


def test_under_load_what_fees_cost_is_no_loss(findings):
    ledger = LEDGER | {"entries": LEDGER["entries"].replace(", n as seq", "")}
    found = statuses(findings("WAL014", FEE, **ledger))
    assert found.pop("whole reads") == "unknown", "all fees come to more than a transfer"
    assert set(found.values()) == {"passed"}
    wrong = FEE.replace("set bal = bal + x where id = p_d", "set bal = bal + x - 0.01 where id = p_d")
    assert statuses(findings("WAL014", wrong, **ledger))["balances"] == "failed"


def test_a_ledger_that_cannot_be_read_is_no_empty_one(findings):
    broken = LEDGER | {"entries": LEDGER["entries"].replace("amount", "sum")}
    for check in ("WAL001", "WAL002", "WAL003", "WAL004", "WAL009", "WAL014"):
        found = findings(check, **broken).values()
        told = [one for one in found if "could not be read" in one.detail]
        assert told, check
        assert {one.status.value for one in told} == {"unknown"}
        assert not [one for one in found if one.status.value == "failed"]


def test_a_ledger_that_cannot_be_read_once_costs_one_trial_and_no_other(server, tmp_path, monkeypatch):
    wallet = replace(WALLET, **LEDGER | {"entries": LEDGER["entries"].replace(", n as seq", "")})
    with system(server, tmp_path, FEE, profile="postgres", wallet=wallet) as target:
        told = iter((False, True))
        teller, whole = Teller(target), Teller.ledger

        def ledger(self, wallets):
            if next(told, False):
                raise psycopg.OperationalError("too busy")
            return whole(self, wallets)

        monkeypatch.setattr(Teller, "ledger", ledger)
        trials = Trials(teller)
        movements(trials)
    first, *others = [trial.setup for trial in trials.made]
    assert "could not be read: too busy" in first
    assert {*others} == {""}


def test_what_was_learned_is_kept_whole_or_not_at_all(server, tmp_path, monkeypatch):
    learned = manners.Manners(unit="100")

    def unread():
        raise manners.UnreadError("too busy")

    def torn(path, data):
        path.write_text(repr(data)[:3])
        raise OSError("disk full")

    with system(server, tmp_path, SQL, profile="postgres", wallet=WALLET) as target:
        assert dict(manners.kept(target, unread).unusable) == dict.fromkeys(manners._MOVING, "too busy")
        with monkeypatch.context() as disk:
            disk.setattr(Path, "write_bytes", torn)
            with pytest.raises(OSError, match="disk full"):
                manners.kept(target, lambda: learned)
        assert manners.kept(target, lambda: learned) == learned
        assert manners.kept(target, unread) == learned, "it is learned once"


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("loop perform pg_sleep(0.01); end loop;", "transfer did not end within 1 s, 2 times"),
        ("commit;", "transfer ends transactions by itself (2D000"),
    ],
    ids=["never ends", "commits midway"],
)
def test_what_cannot_be_called_is_learned_once_and_told_once(server, tmp_path, monkeypatch, step, why):
    monkeypatch.setattr(teller, "LIMIT_S", 1)
    pay = f"create procedure pay(p_s uuid, p_d uuid, p_x numeric, p_key text) language plpgsql as $$ begin {step} end $$;"
    wallet = replace(WALLET, transfer=WALLET.transfer.replace("select wallet_transfer", "call pay"))
    began = time.monotonic()
    with system(server, tmp_path, PLAIN + pay, profile="postgres", wallet=wallet) as target:
        for check in ("WAL009", "WAL010", "WAL012"):
            found = by_subject(judged(target, check))
            unknown = {name: f.detail for name, f in found.items() if f.status.value == "unknown"}
            assert list(unknown) == ["all with transfer"], unknown
            assert why in unknown["all with transfer"]
            assert check == "WAL010" or found["two deposits meet"].status.value == "passed"
        assert why in by_subject(judged(target, "WAL014"))["load"].detail
    assert time.monotonic() - began < 30
