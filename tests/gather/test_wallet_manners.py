"""What is learned of a wallet before it is tried."""

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_readiness.gather.wallet import manners
from pytest_readiness.gather.wallet.teller import Teller
from pytest_readiness.settings import Wallet
from systems import by_subject, judged, system

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_others"
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
