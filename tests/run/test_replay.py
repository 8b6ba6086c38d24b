"""What a report has of a run of several sessions brings the same about again, each time, on real servers."""

from pathlib import Path

import pytest

from pytest_readiness.cli import main
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.wallet.interleaving import interleaving
from pytest_readiness.judges.wallet.replays import read, replay
from pytest_readiness.judges.wallet.serial import explained
from pytest_readiness.run.replay import replayed
from pytest_readiness.settings import Wallet
from systems import system

WALLET = Wallet(
    create="select open()",
    deposit="select pay_in(%(wallet)s, %(amount)s)",
    transfer="select pay(%(source)s, %(destination)s, %(amount)s)",
    balance="select balance from w where id = %(wallet)s",
    isolation=("read committed",),
)
SOUND = """
create table w (id bigint generated always as identity primary key, balance numeric not null default 0);
create function open() returns bigint language sql as 'insert into w default values returning id';
create function pay_in(wallet bigint, amount numeric) returns bigint language sql as
    'update w set balance = balance + amount where id = wallet returning id';
create function pay(source bigint, destination bigint, amount numeric) returns bigint language plpgsql as $$
begin
    perform from w where id in (source, destination) order by id for update;
    if (select balance from w where id = source) < amount then raise exception 'too much'; end if;
    update w set balance = balance - amount where id = source;
    update w set balance = balance + amount where id = destination;
    return source;
end $$;
"""
UNLOCKED = SOUND.replace("perform from w where id in (source, destination) order by id for update;", "")
SETTINGS = """
profile = "postgres"
migrations = ["db"]
[wallet]
create = "select open()"
deposit = "select pay_in(%(wallet)s, %(amount)s)"
transfer = "select pay(%(source)s, %(destination)s, %(amount)s)"
balance = "select balance from w where id = %(wallet)s"
"""
SPLIT = (Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_others" / "vakken.sql").read_text()
SPLIT_WALLET = Wallet(
    create="select open_rekening(%(owner)s, %(currency)s)",
    deposit="select stort(%(wallet)s, %(amount)s, %(key)s)",
    transfer="select maak_over(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    balance="select saldo(%(wallet)s)",
    isolation=("read committed",),
)
SPENT_TWICE = "hold/more-is-spent-than-there-is/read-committed/0101"


def test_each_counterexample_is_brought_about_each_time_and_quickly(server, tmp_path):
    with system(server, tmp_path, UNLOCKED, profile="postgres", wallet=WALLET) as target:
        explorations = interleaving(target, Shard(0, 1)).explorations
        wrong = [(e, o) for e in explorations for o in e.observed if not explained(o)]
        assert {exploration.scenario for exploration, _ in wrong} >= {"more is spent than there is"}
        for exploration, observed in wrong[:3]:
            again = replayed(target, read(str(replay(exploration, observed))), 30)
            assert again.wrong
            assert again.outcomes == ((observed.outcome, 30),)
            assert again.seconds < 0.1


def test_what_came_by_many_deposits_is_spent_from_several_rows_at_once(server, tmp_path):
    with system(server, tmp_path, SPLIT, profile="postgres", wallet=SPLIT_WALLET) as target:
        explorations = interleaving(target, Shard(0, 1)).explorations
        wrong = [(e, o) for e in explorations for o in e.observed if not explained(o)]
        # What the ids that rise have shown is not shown once more by ids that fall.
        assert {exploration.scenario for exploration, _ in wrong} == {
            "two spend all that came by many deposits"
        }
        exploration, observed = wrong[0]
        assert dict(exploration.before) == {"a": "200", "b": "0", "c": "0"}
        again = replayed(target, read(str(replay(exploration, observed))), 10)
    assert again.wrong
    assert again.outcomes == ((observed.outcome, 10),)


def test_a_wallet_that_is_mended_ends_as_some_order_does(server, tmp_path):
    with system(server, tmp_path, SOUND, profile="postgres", wallet=WALLET) as target:
        assert not replayed(target, read(SPENT_TWICE), 3).wrong


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "1.sql").write_text(UNLOCKED)
    (tmp_path / "readiness.toml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_shows_lanes_and_exits_by_what_it_saw(project, capsys):
    assert main(["replay", SPENT_TWICE, "--times", "2"]) == 1
    said = capsys.readouterr().out
    assert "double spend" in said
    assert "2 of 2 runs" in said
    assert "session 0" in said
    assert "… waits" in said
    assert main(["replay", SPENT_TWICE.replace("0101", "0011")]) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0101", "is no replay"),
        ("hold/nothing/serializable/01", "there are: more-is"),
        (SPENT_TWICE.replace("0101", "0121"), "has 2 sessions"),
        (SPENT_TWICE.replace("read-committed", "read-uncommitted"), "there are: read committed, repeatable"),
        (SPENT_TWICE.replace("hold", "guess"), "has the technique guess; there are: hold"),
    ],
)
def test_what_cannot_be_replayed_is_said(project, capsys, text, said):
    assert main(["replay", text]) == 4
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("times", ["0", "-1", "x"])
def test_it_runs_at_least_once(project, capsys, times):
    with pytest.raises(SystemExit):
        main(["replay", SPENT_TWICE, "--times", times])
    assert "--times" in capsys.readouterr().err


def test_pytest_replays_in_place_of_a_run(project, pytester):
    pytester.makepyfile("def test_of_the_project(): raise SystemExit")
    (pytester.path / "db").mkdir()
    (pytester.path / "db" / "1.sql").write_text(UNLOCKED)
    (pytester.path / "readiness.toml").write_text(SETTINGS)
    run = pytester.runpytest_subprocess(f"--readiness-replay={SPENT_TWICE}")
    assert run.ret == 1
    run.stdout.fnmatch_lines(["*double spend*3 of 3 runs*", "*session 0*session 1*"])
    run = pytester.runpytest_subprocess("--readiness-replay=0101")
    assert run.ret == 4
