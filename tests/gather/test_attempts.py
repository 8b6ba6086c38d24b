"""Attempts are judged one by one although they travel together, and leave nothing behind."""

import pytest
from psycopg import sql

from pytest_readiness.gather.attacks.attempts import (
    OPENED,
    QUERY,
    TRIPPED,
    TRIPWIRE,
    Attempt,
    Runner,
    branches,
    install,
    watch,
)
from pytest_readiness.target.identities import Identity

ROOT = Identity("root", "", "", ("select 1",))
OTHER = Identity("another root", "", "", ("select 2",))
WATCHED = ("public.notes",)


@pytest.fixture
def runner(server, tmp_path):
    from systems import system

    schema = (
        "create table public.notes (id int primary key, body text); insert into public.notes values (1, 'a');"
        "create table public.lines (note int references public.notes, nr int); insert into public.lines values (1, 1);"
    )
    with system(server, tmp_path, schema) as target:
        connection = target.database()
        install(connection)
        watch(connection, {"public.notes": ("public.notes t", "to_jsonb(t.*)::text")})
        yield Runner(connection)


def states(runner, *steps, actor=ROOT):
    return [outcome.state for _, outcome in runner.run(Attempt(actor, (step,), WATCHED) for step in steps)]


def test_each_attempt_starts_from_what_there_was_at_first(runner):
    insert = Attempt(ROOT, ("insert into public.notes values (2, 'b')",), WATCHED)
    outcomes = [outcome for _, outcome in runner.run([insert] * 3)]
    assert [outcome.state for outcome in outcomes] == ["", "", ""]
    assert all(outcome.changed["public.notes"].new == ({"id": 2, "body": "b"},) for outcome in outcomes)
    assert runner.one(Attempt(ROOT, (f"{QUERY}select count(*)::text from public.notes",))).rows == ("1",)


def test_what_fails_is_told_of_its_attempt_alone_and_in_its_place(runner):
    assert states(runner, "select 1", "select 1/0", "select 1", "select * from public.nowhere") == [
        "",
        "22012",
        "",
        "42P01",
    ]


def test_outcomes_of_several_actors_come_in_the_order_of_the_attempts(runner):
    asked = [Attempt(actor, (f"{QUERY}select '{n}'",)) for n in range(6) for actor in (ROOT, OTHER)]
    assert [outcome.rows[0] for _, outcome in runner.run(asked)] == [
        str(n) for n in range(6) for _ in range(2)
    ]


def test_who_hangs_is_ended_after_its_own_time_and_the_others_are_judged_by_theirs(runner):
    runner.connection.execute("set statement_timeout = '700ms'")
    slow = "select pg_sleep(0.2)"
    assert states(runner, slow, slow, slow, slow, "select pg_sleep(9)", slow, "select 1/0") == [
        "", "", "", "", "57014", "", "22012",
    ]  # fmt: skip


def test_who_cannot_become_anybody_says_so_for_each_attempt(runner):
    nobody = Identity("x", "", "", ("select no_such_function()",))
    assert states(runner, "select 1", "select 2", actor=nobody) == ["42883", "42883"]


def test_an_update_to_the_same_values_is_a_change_and_a_refused_one_is_none(runner):
    same, refused = (
        outcome
        for _, outcome in runner.run(
            Attempt(ROOT, (step,), WATCHED)
            for step in ("update public.notes set body = body", "update public.notes set id = null")
        )
    )
    assert same.changed["public.notes"].gone == same.changed["public.notes"].new == ({"id": 1, "body": "a"},)
    assert (refused.state, refused.changed) == ("23502", {})


def test_an_inert_attempt_that_touches_no_row_is_not_compared(runner):
    runner.connection.execute("update public.notes set body = 'changed outside'")
    step = ("update public.notes set body = 'x' where false",)
    assert runner.one(Attempt(ROOT, step, WATCHED)).changed
    assert not runner.one(Attempt(ROOT, step, WATCHED, inert=True)).changed


def test_a_truncate_comes_up_to_the_wire_only_if_nothing_refuses_it(runner):
    runner.connection.execute("create role emptier; grant usage on schema public to emptier")
    emptier = Identity("emptier", "emptier", "emptier", ("select 1",))
    step = f"truncate public.notes, {TRIPWIRE} cascade"
    try:
        assert states(runner, step, actor=emptier) == ["42501"]
        runner.connection.execute("grant truncate on public.notes to emptier")
        assert states(runner, step, actor=emptier) == ["42501"]  # lines refer to notes, and would go too
        runner.connection.execute("grant truncate on public.lines to emptier")
        assert states(runner, step, actor=emptier) == [TRIPPED]
    finally:
        runner.connection.execute("drop owned by emptier; drop role emptier")


def test_talks_are_held_side_by_side_and_end_in_their_order(runner):
    def talk(number):
        found = []
        for step in range(number):
            (outcome,) = yield [Attempt(ROOT, (f"{QUERY}select '{number}.{step}'",))]
            found += outcome.rows
        return found

    before = runner.count
    assert list(runner.abreast(map(talk, (3, 0, 1)))) == [["3.0", "3.1", "3.2"], [], ["1.0"]]
    assert runner.count - before == 4


@pytest.mark.parametrize("count", [0, 1, 2, 5, 64])
def test_branches_lead_to_the_statement_of_each_number(server, tmp_path, count):
    from systems import system

    body = branches("place", [f"return {n};" for n in range(count)])
    with system(server, tmp_path) as target:
        connection = target.database()
        connection.execute(
            sql.SQL("create function f(place int) returns int language plpgsql as {}").format(
                sql.Literal(f"begin {body} return -1; end")
            )
        )
        found = connection.execute("select f(n) from generate_series(0, %s) n", (count - 1,)).fetchall()
    assert [n for (n,) in found] == list(range(count))


def test_what_is_deferred_refuses_after_every_step_has_done_its_work(runner):
    runner.connection.execute(
        "alter table public.lines alter constraint lines_note_fkey deferrable initially deferred"
    )
    steps = ("insert into public.lines values (9, 9)", f"{QUERY}select max(nr)::text from public.lines")
    late, early = (Attempt(ROOT, made, WATCHED) for made in (steps, (*steps, f"{QUERY}select 1/0")))
    came = dict(runner.run([late, early]))
    assert (came[late].state, came[late].rows, came[late].at_commit(late)) == ("23503", ("9",), True)
    assert (came[early].state, came[early].at_commit(early)) == ("22012", False)


def test_what_is_left_open_is_fetched_from_whatever_it_is_called(runner):
    declared = "declare one cursor for select id, body from public.notes"
    other = "declare other cursor for select nr from public.lines where nr < 0"
    third = "declare third cursor for select nr, note from public.lines"
    outcome = runner.one(Attempt(ROOT, (declared, other, third, f"{OPENED}fetch all from one")))
    assert outcome.state == "", outcome.said
    assert sorted(outcome.rows) == ['{"id": 1, "body": "a"}', '{"nr": 1, "note": 1}']
