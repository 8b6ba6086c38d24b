"""Calls that are held between statements: in nested, trigger, SQL and SECURITY DEFINER functions."""

from dataclasses import replace

import pytest

from pytest_readiness.gather.wallet.between.explorer import BetweenExplorer
from pytest_readiness.gather.wallet.between.halts import install
from pytest_readiness.gather.wallet.between.instrument import instrument
from pytest_readiness.gather.wallet.crash import crash
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.judges.wallet.replays import read, slug
from pytest_readiness.judges.wallet.serial import deadlocked, explained
from pytest_readiness.run.replay import replayed
from pytest_readiness.settings import Wallet
from systems import by_subject, judged, system

WALLET = Wallet(
    create="select w_create(%(owner)s)",
    deposit="select w_deposit(%(wallet)s, %(amount)s, %(key)s)",
    transfer="select w_transfer(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    balance="select w_balance(%(wallet)s)",
    isolation=("read committed",),
)
SCHEMA = """
create table w (id uuid primary key default gen_random_uuid(), owner uuid, balance numeric not null default 0);
create table k (key uuid primary key, body text not null);
create function w_create(owner uuid) returns uuid language sql begin atomic insert into w (owner) values (w_create.owner) returning id; end;
create function w_balance(wallet uuid) returns numeric language sql stable as 'select balance from w where id = wallet';
create function fresh(key uuid, body text) returns boolean language plpgsql as $$
begin
    insert into k values (fresh.key, fresh.body) on conflict do nothing;
    if found then return true; end if;
    if (select k.body from k where k.key = fresh.key) is distinct from fresh.body then raise exception 'other'; end if;
    return false;
end $$;
create function claim(wallet uuid) returns void language sql as 'select from w where id = wallet for update';
create function now_of(wallet uuid) returns numeric language plpgsql security definer as $$
begin return (select balance from w where id = wallet); end $$;
create function try_claim(wallet uuid) returns void language plpgsql as $$
begin perform from w where id = wallet for update nowait; end $$;
create function checked() returns trigger language plpgsql as $$
begin if new.balance < 0 then raise exception 'overdrawn'; end if; return new; end $$;
create trigger checked before update on w for each row execute function checked();
create function w_deposit(wallet uuid, amount numeric, key uuid) returns boolean language plpgsql as $$
declare was numeric;
begin
    if amount is null or not (amount > 0 and amount < 1e15) then raise exception 'amount'; end if;
    {deposit}
    if not fresh(key, format('d %s %s', wallet, amount)) then return true; end if;
    update w set balance = was + amount where id = wallet;
    if not found then raise exception 'nobody'; end if;
    return true;
end $$;
create function w_transfer(source uuid, destination uuid, amount numeric, key uuid) returns boolean language plpgsql as $$
begin
    if amount is null or not (amount > 0 and amount < 1e15) or source = destination then raise exception 'amount'; end if;
    {transfer}
    if not fresh(key, format('t %s %s %s', source, destination, amount)) then return true; end if;
    update w set balance = balance - amount where id = source;
    if not found then raise exception 'nobody'; end if;
    update w set balance = balance + amount where id = destination;
    if not found then raise exception 'nobody'; end if;
    return true;
end $$;
"""
LOCKED = {
    "deposit": "perform claim(wallet); was := now_of(wallet);",
    "transfer": "perform claim(least(source, destination)); perform claim(greatest(source, destination));",
}
RACES = {
    "nested": {"deposit": "was := now_of(wallet); perform try_claim(wallet);"},
    "advisory": {
        "deposit": """was := now_of(wallet);
    if not pg_try_advisory_xact_lock(7) then raise exception 'busy' using errcode = '55P03'; end if;
    perform try_claim(wallet);"""
    },
}


@pytest.fixture
def wallet(server, tmp_path):
    def build(**parts):
        text = SCHEMA
        for name, part in (LOCKED | parts).items():
            text = text.replace(f"{{{name}}}", part) if name != "more" else part + text
        return system(server, tmp_path, text, profile="postgres", wallet=WALLET)

    return build


def scenario(title):
    return next(one for one in scenarios(WALLET) if one.title == title)


def wrong(explorer, title):
    (explored,) = explorer.explored([scenario(title)])
    assert not explored.setup
    return [observed for observed in explored.observed if not explained(observed)]


def test_a_sound_wallet_is_clean_and_every_kind_of_function_was_held_in(wallet):
    with wallet() as target:
        found = by_subject(judged(target, "WAL012"))
        explorer = BetweenExplorer(target)
    assert {finding.status.value for finding in found.values()} == {"passed"}, found
    assert "with one preemption each; bounds: 8 s a run, 60 s for a shard" in found["reach"].detail
    stops = {place.function.partition("(")[0] for place in explorer.places.values() if place.stops}
    assert stops == {
        "w_create",
        "w_balance",
        "fresh",
        "claim",
        "now_of",
        "try_claim",
        "w_deposit",
        "w_transfer",
    } - {"try_claim"}
    assert any(place.function == "checked()" for place in explorer.places.values())
    assert not explorer.unread


@pytest.mark.parametrize("name", RACES)
def test_what_lies_before_a_lock_that_is_only_tried_is_seen_between_statements_alone(wallet, name):
    with wallet(**RACES[name]) as target:
        assert not wrong(Explorer(target), "a deposit meets a transfer")
        (lost,) = wrong(BetweenExplorer(target), "a deposit meets a transfer")
        assert lost.replays == 3
        text = f"between/{slug('a deposit meets a transfer')}/read-committed/{lost.schedule}"
        again = replayed(target, read(text), 30)
        assert again.wrong
        assert [count for _, count in again.outcomes] == [30]
        assert again.outcomes[0][0] == lost.outcome
        found = by_subject(judged(target, "WAL012"))["a deposit meets a transfer"]
    assert found.status.value == "failed"
    assert f"pytest-readiness replay {text}" in found.detail
    assert "now_of:2" in found.detail
    assert "is held before" in found.reproduce


def test_locks_in_two_orders_deadlock_in_the_midst_of_two_calls(wallet):
    with wallet(transfer="perform claim(source); perform claim(destination);") as target:
        (held,) = Explorer(target).explored([scenario("opposite transfers meet")])
        (between,) = BetweenExplorer(target).explored([scenario("opposite transfers meet")])
        found = by_subject(judged(target, "WAL012"))["opposite transfers meet"]
    assert not any(deadlocked(observed) for observed in held.observed)
    assert max(observed.replays for observed in between.observed if deadlocked(observed)) == 3
    assert found.status.value == "failed", found
    assert "deadlock" in found.detail


def test_a_lock_timeout_of_the_wallet_does_not_run_while_it_is_held(wallet):
    slow = "set local lock_timeout = '5ms'; perform claim(wallet); was := now_of(wallet);"
    with wallet(deposit=slow) as target:
        explorer = BetweenExplorer(target)
        explorer._halts.reset()
        ran = explorer.run(scenario("two deposits meet"), "read committed", "0" * 5)
    assert all("done" in answer for answer in ran.outcome.answers), ran.outcome


def test_calls_that_do_not_end_are_bounded_and_told(wallet, monkeypatch):
    monkeypatch.setattr("pytest_readiness.gather.wallet.between.stepping.BOUND_S", 0.1)
    with wallet(transfer="if amount = 30 then perform pg_sleep(3); end if;") as target:
        (explored,) = BetweenExplorer(target).explored([scenario("two spend from one wallet")])
    assert "runs did not end" in explored.setup


def test_a_function_that_cannot_be_read_is_left_as_it_is_and_told(server, tmp_path):
    odd = "create function odd() returns void language plpgsql as 'begin perform 1; end';"
    text = SCHEMA.replace("{deposit}", LOCKED["deposit"] + " if amount = 0.125 then perform odd(); end if;")
    text = text.replace("{transfer}", LOCKED["transfer"]) + odd
    with system(server, tmp_path, text, profile="postgres", wallet=WALLET) as target:
        connection = target.database()
        connection.execute("update pg_proc set prosrc = 'begin if' where proname = 'odd'")
        install(connection)
        ((name, why),) = instrument(connection, WALLET).unread
        left = connection.execute("select prosrc from pg_proc where proname = 'odd'").fetchone()
    assert name == "odd()"
    assert "THEN" in why
    assert left == ("begin if",)


def test_a_trigger_of_a_table_behind_a_view_is_held_in(server, tmp_path):
    behind = """create table wish (id bigint generated always as identity, source uuid, destination uuid, amount numeric,
      key uuid);
    create view wishes as select * from wish; create view pay as select * from wishes;
    create function granted() returns trigger language plpgsql as $$
    begin perform w_transfer(new.source, new.destination, new.amount, new.key); return new; end $$;
    create trigger granted before insert on wish for each row execute function granted();"""
    text = SCHEMA.replace("{deposit}", LOCKED["deposit"]).replace("{transfer}", LOCKED["transfer"]) + behind
    asked = """insert into pay (source, destination, amount, key)
    values (%(source)s, %(destination)s, %(amount)s, %(key)s) returning id"""
    with system(server, tmp_path, text, profile="postgres", wallet=replace(WALLET, transfer=asked)) as target:
        explorer = BetweenExplorer(target)
    reached = {place.function.partition("(")[0] for place in explorer.places.values()}
    assert {"granted", "w_transfer"} <= reached


def test_a_function_that_is_called_by_no_name_is_told(wallet):
    hidden = """create function hidden() returns void language plpgsql as 'begin perform 1; end';
    create function unused() returns void language plpgsql as 'begin perform 1; end';"""
    with wallet(transfer="execute 'select hid' || 'den()';" + LOCKED["transfer"], more=hidden) as target:
        found = by_subject(judged(target, "WAL012"))
    assert found["hidden()"].status.value == "unknown"
    assert "nothing that the templates come to names it" in found["hidden()"].detail
    assert {"reach", "unused()"}.isdisjoint(found)


MARKED = """if (select last_value from last_key) = hashtext(key::text) then return true; end if;
    perform setval('last_key', hashtext(key::text)); """


def cut_off(target):
    """Return the trials of transfers that were cut off before a statement."""
    return [one for one in crash(target).trials if one.subject == "transfer" and ":" in one.what]


def test_a_call_that_is_cut_off_before_any_of_its_statements_has_one_effect_when_it_comes_again(wallet):
    with wallet() as target:
        cut = cut_off(target)
        assert by_subject(judged(target, "WAL011"))["transfer"].status.value == "passed"
    assert len({one.what for one in cut}) == len(cut) >= 4
    assert {one.setup for one in cut} == {""}


def test_what_outlives_a_rollback_is_found_wherever_the_call_was_cut_off(wallet):
    remembered = "create sequence last_key minvalue -2147483648;"
    with wallet(deposit=LOCKED["deposit"], transfer=MARKED + LOCKED["transfer"], more=remembered) as target:
        cut = cut_off(target)
        assert by_subject(judged(target, "WAL011"))["transfer"].status.value == "failed"
    lost = [one.before == one.after for one in cut]
    assert lost[:2] == [False, False]  # nothing was remembered yet
    assert all(lost[2:])
