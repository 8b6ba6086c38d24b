"""Each cell of the isolation matrix says what its evidence proves, and no more."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.access import AccessEvidence, Exposure, Read, RelationAccess
from pytest_readiness.evidence.attacks import (
    Assault,
    EscalationEvidence,
    Harm,
    InferenceEvidence,
    Tried,
    WriteEvidence,
)
from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.judges.isolation.cells import OWNER, State
from pytest_readiness.judges.isolation.matrix import Gathered, matrix
from relations import catalog, column, relation

NAME = "public.notes"
NAMELESS = "a caller without a user"
MINE = Read("alice", own=1, foreign=0, returned=1)
SEES = Read("bob", own=1, foreign=0, returned=1)
FILTERED = Read("bob", own=0, foreign=0)
REFUSED = Read("anon", own=0, foreign=0, sqlstate="42501", message="permission denied")
STEALS = Read("bob", own=1, foreign=1, victim="alice", canary="canary-1", returned=2)
USED = replace(
    relation(NAME, column("id"), column("user_id")),
    privileges={"authenticated": Privileges(("id",), ("id",), ("id",), ("delete", "truncate"))},
)
CATALOG = catalog(USED)


def read(*reads, **facts):
    given = {"kind": "table", "owned_by": "user_id", "nobodys": False, "keys_only": False, "rows": 1}
    given |= {"unfilled": "", "published_by": "", "policies": ("own",)} | facts
    return AccessEvidence((RelationAccess(relation=NAME, reads=reads, **given),))


def only(gathered):
    (row,) = matrix(gathered).rows
    return row.cells


def selected(*reads, **facts):
    return only(Gathered(CATALOG, access=read(*reads, **facts)))


def written(verb, *by, owner="done", own=None, **facts):
    assault = Assault(NAME, verb, len(by), owner=owner, by=by, unclear=facts.pop("unclear", ""))
    asked = InferenceEvidence((Assault(NAME, "INSERT", 1, by=(own,)),)) if own else None
    access = read(MINE, FILTERED, **facts)
    return only(Gathered(CATALOG, access=access, writes=WriteEvidence((assault,)), inferences=asked))


def test_who_is_shown_what_tells_of_no_row_is_not_isolated():
    cells = selected(MINE, replace(FILTERED, returned=2), REFUSED, untold="aid beside the key of alice")
    assert cells[OWNER, "SELECT"].state is State.OWN
    assert cells["bob", "SELECT"].state is State.UNKNOWN
    assert cells["anon", "SELECT"].state is State.ISOLATED


def test_who_is_filtered_or_refused_is_isolated_where_the_owner_reads():
    cells = selected(MINE, FILTERED, REFUSED)
    assert cells[OWNER, "SELECT"].state is State.OWN
    assert cells["bob", "SELECT"].state is State.ISOLATED
    assert cells["anon", "SELECT"].state is State.ISOLATED


def test_who_reads_of_private_people_without_signing_in_leaks_whoever_it_belongs_to():
    exposure = Exposure("anon", "home_address", "select 1")
    seen = replace(REFUSED, sqlstate="", message="", returned=1)
    cells = selected(replace(MINE, own=0), FILTERED, seen, owned_by="", exposure=exposure)
    assert cells["anon", "SELECT"].state is State.LEAK
    assert cells["bob", "SELECT"].state is State.UNKNOWN


def test_who_reads_his_own_rows_only_is_told_apart():
    assert selected(MINE, SEES)["bob", "SELECT"].state is State.OWN


def test_a_leak_tells_what_came_out():
    cell = selected(MINE, STEALS)["bob", "SELECT"]
    assert (cell.state, cell.note) == (State.LEAK, "read: alice's row: `canary-1`")


def test_an_owner_who_reads_a_colleagues_row_too_steals_nothing():
    cells = selected(replace(MINE, foreign=1, victim="carol", returned=2), FILTERED)
    assert cells[OWNER, "SELECT"].state is State.OWN
    assert cells["bob", "SELECT"].state is State.ISOLATED


def test_rows_without_an_owner_that_only_nobody_reads_leak():
    nobody = Read("anon", own=0, foreign=0, unowned=1, returned=1)
    assert selected(MINE, SEES, nobody)["anon", "SELECT"].state is State.LEAK


@pytest.mark.parametrize(
    "facts",
    [{"published_by": "is_public = true"}, {"keys_only": True}, {"as_caller": True}],
    ids=["published", "keys", "its caller's"],
)
def test_what_is_shared_on_purpose_is_no_leak(facts):
    assert selected(MINE, STEALS, **facts)["bob", "SELECT"].state is State.SHARED


def test_what_may_be_shared_on_purpose_is_unknown():
    cell = selected(MINE, STEALS, unclear="rows with is_template = 'true'")["bob", "SELECT"]
    assert (cell.state, "is_template" in cell.note) == (State.UNKNOWN, True)


def test_what_names_nobody_is_shared_by_those_who_read_it():
    cells = selected(Read("alice", 0, 0, returned=1), Read("bob", 0, 0, returned=1), REFUSED, nobodys=True)
    assert cells["bob", "SELECT"].state is State.SHARED
    assert cells["anon", "SELECT"].state is State.ISOLATED


def test_what_is_declared_public_is_shared():
    other = replace(read(MINE, FILTERED).relations[0], relation="public.others")
    cells = only(Gathered(CATALOG, frozenset({NAME}), AccessEvidence((other,))))
    assert {actor: cell.state for (actor, _), cell in cells.items()} == {
        OWNER: State.SHARED,
        "bob": State.SHARED,
    }


def test_what_fails_for_its_owner_is_broken_for_all():
    fails = Read("alice", 0, 0, sqlstate="42P17", message="infinite recursion")
    cells = selected(fails, Read("bob", 0, 0, sqlstate="42P17", message="infinite recursion"))
    assert {cell.state for cell in cells.values()} == {State.BROKEN}


def test_an_error_is_no_policy():
    cell = selected(MINE, Read("bob", 0, 0, sqlstate="22P02", message="not a uuid"))["bob", "SELECT"]
    assert cell.state is State.UNKNOWN
    assert "22P02 not a uuid" in cell.note


@pytest.mark.parametrize("error", ["22P02 not a uuid", "42704 no such parameter"])
def test_a_policy_that_fails_over_a_user_that_is_not_named_closes_the_door(error):
    state, message = error.split(" ", 1)
    cell = selected(MINE, Read(NAMELESS, 0, 0, sqlstate=state, message=message))[NAMELESS, "SELECT"]
    assert (cell.state, cell.note) == (State.ISOLATED, f"its policy raises {error} where there is no user")
    assert written("UPDATE", Tried(NAMELESS, 1, stopped=error))[NAMELESS, "UPDATE"].state is State.ISOLATED
    # Another error, another actor or an owner who does not get through either proves nothing.
    other = selected(MINE, Read(NAMELESS, 0, 0, sqlstate="57014", message=""))
    assert other[NAMELESS, "SELECT"].state is State.UNKNOWN
    assert written("UPDATE", Tried("bob", 1, stopped=error))["bob", "UPDATE"].state is State.UNKNOWN
    blind = selected(Read("alice", 0, 0), Read(NAMELESS, 0, 0, sqlstate=state))
    assert blind[NAMELESS, "SELECT"].state is State.UNKNOWN
    reached = written("UPDATE", Tried(NAMELESS, 1, done=1, touched=1, stopped=error))
    assert reached[NAMELESS, "UPDATE"].state is not State.UNKNOWN


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, "its owner does not see the row either"),
        ({"owned_by": ""}, "nothing tells whom its rows belong to"),
        ({"unfilled": "23514 never"}, "23514 never"),
        ({"rows": 0}, "it shows no value"),
    ],
)
def test_nothing_is_isolated_that_its_owner_does_not_read(facts, why):
    cell = selected(Read("alice", 0, 0), FILTERED, **facts)["bob", "SELECT"]
    assert cell.state is State.UNKNOWN
    assert why in cell.note


def test_rows_that_each_reads_apart_are_isolated():
    reads = Read("alice", 0, 0, returned=1), Read("bob", 0, 0, returned=1)
    assert selected(*reads, owned_by="", apart=True)["bob", "SELECT"].state is State.OWN
    assert selected(reads[0], FILTERED, owned_by="", apart=True)["bob", "SELECT"].state is State.ISOLATED


def test_a_list_for_all_is_shared():
    cell = selected(Read("alice", 0, 0), FILTERED, owned_by="", open_by="catalogue")["bob", "SELECT"]
    assert (cell.state, cell.note) == (State.SHARED, "policy catalogue")


def test_rows_that_no_policy_lets_anybody_read_are_closed():
    assert selected(Read("alice", 0, 0), FILTERED, policies=())["bob", "SELECT"].state is State.CLOSED


def test_a_relation_that_no_client_may_select_from_is_closed():
    refused = Read("alice", 0, 0, sqlstate="42501")
    assert selected(refused, REFUSED)["anon", "SELECT"].state is State.CLOSED


@pytest.mark.parametrize(
    ("tried", "state"),
    [
        (Tried("bob", 2, refused=2), State.ISOLATED),
        (Tried("bob", 2, done=2), State.ISOLATED),
        (Tried("bob", 2, done=2, touched=1), State.OWN),
        (Tried("bob", 2, refused=1, stopped="23505 taken"), State.ISOLATED),
        (Tried("bob", 2, stopped="23505 taken"), State.UNKNOWN),
        (Tried("bob", 2, stopped="55000 cannot update view"), State.CLOSED),
    ],
)
def test_an_update_is_isolated_when_a_policy_stopped_it_and_the_owner_may(tried, state):
    assert written("UPDATE", tried)["bob", "UPDATE"].state is state


@pytest.mark.parametrize(
    ("owner", "state"),
    [
        ("done", State.ISOLATED),
        ("P0001 not after payment", State.ISOLATED),
        ("refused", State.CLOSED),
        ("42P17 infinite recursion", State.BROKEN),
        ("", State.UNKNOWN),
    ],
)
def test_an_update_is_judged_beside_the_owners_own(owner, state):
    assert written("UPDATE", Tried("bob", 2, done=2), owner=owner)["bob", "UPDATE"].state is state


@pytest.mark.parametrize(
    ("own", "state"),
    [
        (Tried("bob", 1, done=1, touched=1), State.ISOLATED),
        (Tried("bob", 1, stopped="23503 no parent"), State.ISOLATED),
        (Tried("bob", 1, refused=1), State.CLOSED),
        (Tried("bob", 1, stopped="42P17 infinite recursion"), State.BROKEN),
        (None, State.UNKNOWN),
    ],
)
def test_an_insert_is_judged_beside_a_row_of_the_attackers_own(own, state):
    cells = written("INSERT", Tried("bob", 2, refused=1, done=1), owner="", own=own)
    assert cells["bob", "INSERT"].state is state


def test_a_row_that_anybody_may_leave_for_its_owner_is_shared():
    assault = Assault(
        NAME, "INSERT", 1, by=(Tried("anon", 1, done=1, touched=1),), meant="its policy drop_box says"
    )
    cell = only(Gathered(CATALOG, writes=WriteEvidence((assault,))))["anon", "INSERT"]
    assert (cell.state, cell.note) == (State.SHARED, "as its policy drop_box says")


@pytest.mark.parametrize(
    ("tried", "rows", "state"),
    [
        (Tried("bob", 1, done=1, touched=2), 2, State.SHARED),
        (Tried("bob", 1, done=1), 2, State.CLOSED),
        (Tried("bob", 1, done=1), 0, State.UNKNOWN),
        (Tried("bob", 1, refused=1), 0, State.UNKNOWN),
    ],
)
def test_what_belongs_to_nobody_is_shared_when_it_was_reached_and_closed_when_it_was_there(
    tried, rows, state
):
    assault = WriteEvidence((Assault(NAME, "UPDATE", 1, by=(tried,)),))
    access = read(Read("alice", 0, 0), FILTERED, nobodys=True, owned_by="", rows=rows)
    assert only(Gathered(CATALOG, access=access, writes=assault))["bob", "UPDATE"].state is state


def test_a_relation_without_a_row_says_why_there_is_none():
    cell = written("TRUNCATE", Tried("bob", 1, done=1), owner="", unfilled="23514 never")["bob", "TRUNCATE"]
    assert (cell.state, cell.note) == (State.UNKNOWN, "no row could be made in it: 23514 never")


@pytest.mark.parametrize("verb", ["INSERT", "UPDATE", "DELETE", "TRUNCATE"])
def test_what_no_client_holds_the_privilege_for_is_closed(verb):
    writes = WriteEvidence((Assault(NAME, verb, 1, by=(Tried("bob", 1, refused=1),)),))
    reader = replace(USED, privileges={"anon": Privileges(select=("id",))})
    assert only(Gathered(catalog(reader), writes=writes))["bob", verb].state is State.CLOSED
    assert only(Gathered(CATALOG, writes=writes))["bob", verb].state is State.UNKNOWN


def test_attempts_that_prove_nothing_are_unknown():
    cell = written("UPDATE", Tried("bob", 1, done=1), unclear="no row could be made")["bob", "UPDATE"]
    assert (cell.state, cell.note) == (State.UNKNOWN, "no row could be made")


def harmful(evidence, assault):
    return only(Gathered(CATALOG, access=read(MINE, FILTERED), **{evidence: assault}))


def test_a_harm_is_a_leak_of_its_actor_alone():
    harm = Harm("bob", "altered", NAME, "alice", "`canary-1`", "")
    by = (Tried("bob", 1, done=1, touched=2), Tried("anon", 1, refused=1))
    cells = harmful("writes", WriteEvidence((Assault(NAME, "UPDATE", 2, (harm,), "done", by=by),)))
    assert cells["bob", "UPDATE"].state is State.LEAK
    assert cells["anon", "UPDATE"].state is State.ISOLATED


def test_a_harm_by_another_way_is_a_leak_of_the_relation_that_suffers():
    harm = Harm("bob", "read", NAME, "alice", "`canary-1`", "")
    climbed = EscalationEvidence((Assault("public.seats", "ESCALATE", 3, (harm,)),))
    cell = harmful("further", climbed.assaults)["bob", "SELECT"]
    assert cell.state is State.LEAK
    assert cell.note == "read: alice's row: `canary-1`, by ESCALATE public.seats"


def test_what_the_platform_leaves_to_whoever_runs_sql_is_no_leak():
    harm = Harm("bob", "residual", NAME, "alice", "all", "")
    truncate = Assault(NAME, "TRUNCATE", 1, (harm,), by=(Tried("bob", 1, done=1),))
    assert harmful("writes", WriteEvidence((truncate,)))["bob", "TRUNCATE"].state is State.RESIDUAL


def test_what_comes_out_of_a_value_alone_is_no_cell():
    told = Assault(NAME, "KEY email", 1, (Harm("bob", "told", NAME, "alice", "taken", ""),))
    assert ("bob", "SELECT") in harmful("further", (told,))
    assert harmful("further", (told,))["bob", "SELECT"].state is State.ISOLATED


def test_a_relation_that_no_client_may_use_has_no_row():
    assert matrix(Gathered(catalog(replace(USED, privileges={})))).rows == ()


def test_a_relation_that_is_reached_all_the_same_has_one():
    harm = Harm("bob", "read", NAME, "alice", "`canary-1`", "")
    called = (Assault("public.f()", "CALL", 1, (harm,)),)
    assert only(Gathered(catalog(replace(USED, privileges={})), further=called))["bob", "SELECT"]


def test_the_owner_comes_first_and_whoever_did_harm_is_an_actor():
    harm = Harm("bob, given a blank name,", "read", NAME, "alice", "x", "")
    climbed = (Assault("public.seats", "ESCALATE", 3, (harm,)),)
    found = matrix(Gathered(CATALOG, access=read(MINE, FILTERED, REFUSED), further=climbed))
    assert found.actors == (OWNER, "bob", "anon", "bob, given a blank name,")


@pytest.mark.parametrize("reads", [(STEALS, SEES), (SEES, STEALS), (FILTERED, STEALS, FILTERED)])
def test_of_one_who_read_in_several_ways_the_worst_is_shown(reads):
    assert selected(MINE, *reads)["bob", "SELECT"].state is State.LEAK
