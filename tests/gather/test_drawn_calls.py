"""Calls that chance draws meet; of what goes wrong the least is shown, and a replay needs nothing but its name."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from pytest_readiness.gather.wallet.drawing import TOGETHER, explored, is_wrong
from pytest_readiness.gather.wallet.drawn import drawn
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.judges.wallet.meetings import acted_in_turn
from pytest_readiness.judges.wallet.replays import read, replay
from pytest_readiness.run.replay import replayed
from pytest_readiness.settings import load
from pytest_readiness.vocabulary import Status
from systems import system

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet"
SOUND = (FOLDER / "sound.sql").read_text()
WALLET = replace(load(FOLDER, FOLDER).wallet, isolation=("read committed",))
LOCKED = "perform 1 from wallets x where x.id in (wallet_exchange.src, wallet_exchange.dst) order by x.id for update;"
STALE = "update wallets x set balance = s.balance - wallet_exchange.amount"
WRONG = SOUND.replace(LOCKED, "").replace(
    "update wallets x set balance = x.balance - wallet_exchange.amount", STALE
)


@pytest.fixture
def meetings(server, tmp_path):
    """Explore drawn meetings of a wallet, and replay what went wrong."""

    def found(schema, count):
        with system(server, tmp_path, schema, profile="postgres", wallet=WALLET) as target:
            chance = Random(3)  # noqa: S311  to be repeated, not to be secret
            explorations = list(explored(Explorer(target), drawn(WALLET, chance, count)))
            again = [
                replayed(target, read(str(replay(one, seen))), 3).wrong
                for one in explorations
                for seen in one.observed
                if is_wrong(one) and seen.replays
            ]
        return explorations, again

    return found


def test_a_sound_wallet_passes_all_that_is_drawn(meetings):
    (together,), _ = meetings(SOUND, 40)
    finding = acted_in_turn(TOGETHER, [together])
    assert together.scenario == TOGETHER
    assert finding.status is Status.PASSED, finding.detail
    assert together.runs > 100


def test_what_goes_wrong_is_shown_at_its_least_and_again(meetings):
    assert WRONG.count(STALE) == 1
    assert LOCKED not in WRONG
    explorations, again = meetings(WRONG, 60)
    found = explorations[-1]
    finding = acted_in_turn(found.scenario, [found])
    assert finding.status is Status.FAILED, finding.detail
    assert found.scenario.count("exchange") >= 1
    assert " then " not in found.scenario
    assert again
    assert all(again)
