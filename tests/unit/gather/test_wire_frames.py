"""Messages of the protocol, put together into what a client waits for."""

import pytest

from pytest_readiness.gather.wallet.wire.frames import Answered, Sent, framed, sqlstate
from pytest_readiness.gather.wallet.wire.lines import Asked
from pytest_readiness.gather.wallet.wire.passage import points


def parse(name, text):
    return "P", f"{name}\0{text}\0".encode() + b"\0\0"


def bind(portal, name):
    return "B", f"{portal}\0{name}\0".encode() + b"\0\0\0\0\0\0"


EXECUTE, SYNC, FLUSH, DESCRIBE = ("E", b"\0\0\0\0\0"), ("S", b""), ("H", b""), ("D", b"Ss\0")


def units(*messages, sent=None):
    known = sent or Sent()
    return [unit for kind, body in messages if (unit := known.take(kind, body))]


def test_a_simple_query_is_a_unit():
    (unit,) = units(("Q", b"select  1\n;\0"))
    assert (unit.text, unit.runs, unit.answers) == ("select 1 ;", True, 0)
    assert unit.data == b"Q" + (4 + 12).to_bytes(4, "big") + b"select  1\n;\0"


def test_what_is_executed_by_name_is_told_by_its_text():
    sent = Sent()
    (first,) = units(parse("s", "select a"), DESCRIBE, SYNC, sent=sent)
    assert (first.text, first.runs) == ("select a", False)
    (second,) = units(bind("", "s"), EXECUTE, SYNC, sent=sent)
    assert (second.text, second.runs) == ("select a", True)


def test_a_flush_is_answered_message_by_message():
    (unit,) = units(parse("s", "select a"), DESCRIBE, FLUSH)
    assert unit.answers == 2
    answered = Answered(unit)
    assert [answered.take(kind, b"") for kind in ("1", "t", "T")] == [False, False, True]
    assert bytes(answered.data) == b"".join(framed(kind, b"") for kind in ("1", "t", "T"))
    assert units(FLUSH)[0].silent


def test_what_is_flushed_and_failed_is_followed_by_nothing_until_a_sync():
    flushed, synced = (Answered(units(parse("", "x"), end)[0]) for end in (FLUSH, SYNC))
    flushed.take("E", b"SERROR\0C22012\0\0")
    assert flushed.skips
    synced.take("E", b"SERROR\0C22012\0\0")
    synced.take("Z", b"I")
    assert not synced.skips


def test_an_error_ends_what_is_flushed_and_not_what_is_synchronised():
    body = b"SERROR\0C40P01\0Mdeadlock detected\0\0"
    flushed = Answered(units(parse("", "x"), FLUSH)[0])
    assert flushed.take("E", body)
    assert flushed.sqlstate == "40P01"
    synchronised = Answered(units(("Q", b"x\0"))[0])
    assert not synchronised.take("E", body)
    assert synchronised.take("Z", b"E")
    assert (synchronised.status, synchronised.sqlstate) == ("E", "40P01")


def test_a_copy_lets_the_client_go_on():
    answered = Answered(units(("Q", b"copy t from stdin\0"))[0])
    assert not answered.copies
    answered.take("G", b"")
    assert answered.copies


def test_an_error_without_a_state_has_none():
    assert sqlstate(b"SERROR\0\0") == ""


@pytest.mark.parametrize(
    ("text", "automatic"),
    [
        ("BEGIN", True),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE;", True),
        ("SET lock_timeout = '1s'; SHOW server_version", True),
        ("ROLLBACK", True),
        ("select 1", True),
        ("SELECT t.oid FROM pg_catalog.pg_type t", True),
        ("COMMIT", False),
        ("BEGIN; select balance from accounts", False),
        ("select balance from accounts", False),
        ("select 10 from accounts for update", False),
        ("settle_all()", False),
        ("SELECT current_setting('jit') AS cur, set_config('jit', 'off', false) AS new", True),
        ("SELECT set_config('jit', $1, false)", True),
        ("select set_config('app.fee', fee, true) from fees", False),
        ("WITH RECURSIVE tree AS (SELECT oid FROM pg_catalog.pg_type) SELECT * FROM tree", True),
        ("select t.oid from pg_type t", True),
        ("update accounts set balance = balance - $1::pg_catalog.numeric", False),
        ("select balance::pg_catalog.numeric from accounts", False),
        ("with gone as (delete from accounts returning 1) select oid from pg_catalog.pg_type", False),
        ("select 1 from pg_class c join accounts a on a.oid = c.oid for update", False),
    ],
)
def test_only_what_meets_nobody_passes_by_itself(text, automatic):
    assert Asked(text, runs=True).automatic is automatic


def test_a_statement_is_found_again_by_its_shape_whatever_came_before_it():
    def asked(*texts):
        return [Asked(text, runs=True) for text in texts]

    first = points(asked("select * from a where id = 17", "insert into b values ('it''s', 1.50)", "COMMIT"))
    again = points(
        asked("select told()", "select * from a where id = 4", "insert into b values ('x', 2)", "COMMIT")
    )
    assert set(first) < set(again)
    assert [point.time for point in points(asked("select 1", "select 2", "select b from a1"))] == [1, 2, 1]
