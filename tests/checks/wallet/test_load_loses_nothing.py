"""WAL014 on loads made by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pytest_readiness.evidence.load import LoadEvidence, Move
from pytest_readiness.evidence.wallet import Charge, Entry
from readiness_checks.wallet.load_loses_nothing import load_loses_nothing

WALLETS = (("a", "1", Decimal(100)), ("b", "2", Decimal(100)))
DONE = tuple(Move(number % 2, "a", "b", Decimal(1), True) for number in range(12))
REFUSED = Move(0, "b", "a", Decimal(5), False)


def entries(moves):
    """Return what the ledger holds after these moves, and what wallets were opened with."""
    ids = {letter: wallet for letter, wallet, _ in WALLETS}
    found = [Entry(f"f{letter}", wallet, funds) for letter, wallet, funds in WALLETS]
    for number, move in enumerate(moves):
        found += [
            Entry(str(number), ids[move.source], -move.amount),
            Entry(str(number), ids[move.destination], move.amount),
        ]
    return tuple(found)


SOUND = LoadEvidence(
    wallets=WALLETS,
    moves=(*DONE, REFUSED),
    reads=((Decimal(100), Decimal(100)), (Decimal(95), Decimal(105))),
    looks=(("a", Decimal(95)), ("b", Decimal(200))),
    final=(Decimal(88), Decimal(112)),
    entries=entries(DONE),
    span=(10.0, 10.5),
    refusals=(("WL008", 1),),
)


def judge(**changed):
    return {finding.subject: finding for finding in load_loses_nothing(replace(SOUND, **changed))}


def test_a_sound_load_passes_in_all():
    found = judge()
    assert {name: finding.status.value for name, finding in found.items()} == {
        "whole reads": "passed", "single reads": "passed", "balances": "passed", "history": "passed", "errors": "passed",
        "fairness": "passed", "size": "passed",
    }  # fmt: skip
    assert "WL008 1 times" in found["errors"].detail


@pytest.mark.parametrize(
    "read", [(Decimal(95), Decimal(100)), (None, Decimal(200)), (Decimal(-5), Decimal(205))]
)
def test_a_read_that_misses_money_or_sees_less_than_nothing_fails(read):
    found = judge(reads=(*SOUND.reads, read))["whole reads"]
    assert found.status.value == "failed"
    assert "1 of 3 reads" in found.detail


@pytest.mark.parametrize("balance", [Decimal(-1), Decimal(201), Decimal("NaN")])
def test_a_balance_that_its_wallet_never_had_fails(balance):
    found = judge(looks=(*SOUND.looks, ("b", balance)))["single reads"]
    assert found.status.value == "failed"
    assert f"b {balance}" in found.detail


def test_where_nothing_could_be_read_nothing_passes():
    found = judge(reads=(), looks=(("a", None),), refusals=(("read 40001", 9),))
    assert found["whole reads"].status.value == found["single reads"].status.value == "unknown"
    assert "whole reads" not in judge(reads=()), "an adapter reads one balance after the other"


def test_a_balance_that_is_not_what_the_answers_add_up_to_fails():
    found = judge(final=(Decimal(89), Decimal(112)))["balances"]
    assert found.status.value == "failed"
    assert "a has 89, and the answers add up to 88" in found.detail


def test_what_was_answered_and_is_not_kept_and_the_reverse_both_fail():
    assert "1 answered as done and not in the ledger" in judge(entries=entries(DONE[1:]))["history"].detail
    found = judge(entries=entries((*DONE, REFUSED)))["history"]
    assert found.status.value == "failed"
    assert "1 in the ledger and not answered as done: 5 from b to a" in found.detail


def test_what_nobody_knows_the_end_of_may_be_kept_or_not():
    moves = (*DONE, replace(REFUSED, accepted=None))
    for kept in (DONE, (*DONE, REFUSED)):
        assert judge(moves=moves, entries=entries(kept))["history"].status.value == "passed"
    assert judge(moves=moves)["balances"].status.value == "unknown"


def test_faults_of_the_server_are_no_answer():
    assert judge(refusals=(("XX000", 1),))["errors"].status.value == "failed"
    assert judge(refusals=(("read 08006", 1),))["errors"].status.value == "failed"


def test_a_client_that_others_crowd_out_starves():
    busy = (replace(REFUSED, client=2, given_up=True),) * 5
    found = judge(moves=(*DONE, *busy))["fairness"]
    assert found.status.value == "failed"
    assert "1 of 3 clients hardly get through" in found.detail
    assert "client 0 6 of 6, client 1 6 of 6, client 2 0 of 5" in found.detail


@pytest.mark.parametrize(
    "others",
    [
        (replace(REFUSED, client=2),) * 5,
        (*(replace(REFUSED, client=2, given_up=True),) * 5, *(replace(DONE[0], client=2),) * 4),
    ],
    ids=["for want of money", "at times"],
)
def test_who_is_refused_is_not_thereby_crowded_out(others):
    assert judge(moves=(*DONE, *others))["fairness"].status.value == "passed"


def test_a_client_of_whom_nobody_knows_whether_he_gets_through_is_named():
    lost = (replace(REFUSED, client=2, accepted=None, given_up=True),) * 5
    found = judge(moves=(*DONE, *lost))["fairness"]
    assert found.status.value == "unknown"
    assert "no answer to client 2 tells" in found.detail
    at_last = replace(DONE[0], client=2)
    assert judge(moves=(*DONE, *lost, at_last))["fairness"].status.value == "passed"


def test_a_load_that_moved_nothing_proves_nothing():
    found = judge(moves=(REFUSED,) * 20)
    assert {name: finding.status.value for name, finding in found.items()} == {"load": "unknown"}
    assert judge(error="no wallet")["load"].status.value == "unknown"


def test_without_a_ledger_or_whole_reads_the_rest_is_judged():
    assert set(judge(entries=None, reads=())) == {"single reads", "balances", "errors", "fairness", "size"}


def test_a_load_that_did_not_reach_its_size_is_told_by_numbers():
    found = judge(asked=2000, bound_s=60)["size"]
    assert found.status.value == "unknown"
    assert "13 of 2000 transfers were asked for, among 2 wallets in 0 s; after 60 s" in found.detail
    assert judge(asked=13)["size"].status.value == "passed"


FEE = Decimal("0.05")


def charged(fee):
    """Return what a load leads to where each transfer costs its payer a fee."""
    entries = tuple(replace(e, amount=e.amount - fee) if e.amount == -1 else e for e in SOUND.entries)
    return {
        "entries": entries + tuple(Entry(str(number), None, fee) for number in range(len(DONE))),
        "final": (Decimal(88) - fee * len(DONE), Decimal(112)),
        "reads": ((Decimal(100) - fee, Decimal(100)),),
        "charge": Charge(0, ((Decimal(1), fee),)),
    }


def test_fees_that_the_ledger_tells_of_are_no_loss_where_each_transfer_has_one():
    assert {f.status.value for f in judge(**charged(FEE)).values()} == {"passed"}
    without = judge(**charged(FEE) | {"charge": None})
    assert {name for name, f in without.items() if f.status.value == "failed"} == {"whole reads", "balances"}
    more = judge(**charged(FEE) | {"final": (Decimal("87.30"), Decimal(112))})
    assert more["balances"].status.value == "failed"


def test_a_read_that_misses_no_more_than_fees_as_large_as_a_transfer_proves_nothing():
    found = judge(**charged(2 * FEE))
    assert [name for name, f in found.items() if f.status.value != "passed"] == ["whole reads"]
    assert found["whole reads"].status.value == "unknown"
    assert "all fees come to 1.20, and the smallest transfer to 1" in found["whole reads"].detail
    torn = judge(**charged(2 * FEE) | {"reads": ((Decimal(98), Decimal(100)),)})
    assert torn["whole reads"].status.value == "failed"


def test_balances_that_cannot_be_read_are_unknown():
    found = judge(reads=((None, Decimal(1)),), final=(None, Decimal(112)))
    assert {found[name].status.value for name in ("whole reads", "balances")} == {"unknown"}


OTHER = replace(
    SOUND,
    wallets=(("a2", "3", Decimal(100)), ("b2", "4", Decimal(100))),
    moves=tuple(replace(move, client=2, source="a2", destination="b2") for move in DONE),
    looks=(("a2", Decimal(95)),),
    span=(10.3, 10.9),
)
LEDGER = (
    *SOUND.entries,
    *(replace(e, transfer=f"{e.transfer}/2", wallet=str(int(e.wallet) + 2)) for e in SOUND.entries),
)
TOGETHER = replace(
    SOUND,
    wallets=(*WALLETS, *OTHER.wallets),
    moves=(*SOUND.moves, *OTHER.moves),
    reads=(),
    looks=(*SOUND.looks, *OTHER.looks),
    final=(*SOUND.final, *SOUND.final),
    entries=LEDGER,
    groups=(SOUND, OTHER),
    sizes=(("load_groups", 2), ("load_calls", 24)),
)


def together(**changed):
    return {finding.subject: finding for finding in load_loses_nothing(replace(TOGETHER, **changed))}


def test_groups_are_judged_alone_where_they_read_and_together_at_the_end():
    found = together()
    assert {finding.status.value for finding in found.values()} == {"passed"}
    assert {"all groups", "balances", "history"} <= set(found)
    assert {f"{kind} reads of group {number}" for kind in ("whole", "single") for number in (1, 2)} <= set(
        found
    )
    assert "whose clients called at once for 0.2 s, have the 400" in found["all groups"].detail


def test_a_group_that_misses_money_or_sees_more_than_its_own_is_named():
    short = replace(OTHER, reads=((Decimal(95), Decimal(100)),), looks=(("a2", Decimal(250)),))
    found = together(groups=(SOUND, short))
    failures = [name for name, finding in found.items() if finding.status.value == "failed"]
    assert failures == ["whole reads of group 2", "single reads of group 2"]


def test_what_one_group_takes_from_another_is_missed_in_all_together():
    # Answers of lost connections leave each balance open, and not what all wallets have.
    lost = tuple(replace(move, accepted=None) for move in OTHER.moves)
    final = (*SOUND.final, Decimal(88), Decimal(111))
    found = together(moves=(*SOUND.moves, *lost), final=final)
    failures = {name: finding for name, finding in found.items() if finding.status.value == "failed"}
    assert set(failures) == {"all groups"}
    assert "were given 400 and have 399" in failures["all groups"].detail
    assert "load_groups = 2, load_calls = 24" in failures["all groups"].reproduce
    assert together(final=(*SOUND.final, None, Decimal(112)))["all groups"].status.value == "unknown"


def test_groups_of_which_one_called_after_another_did_not_meet():
    found = together(groups=(SOUND, replace(OTHER, span=(10.6, 10.9))))["all groups"]
    assert found.status.value == "unknown"
    assert "not all of them called at once" in found.detail


def test_a_group_that_got_nothing_through_or_could_not_call_hides_nothing_of_the_others():
    busy = replace(OTHER, moves=tuple(replace(m, accepted=False, given_up=True) for m in OTHER.moves))
    found = together(groups=(SOUND, busy))
    assert found["reads of group 2"].status.value == "unknown"
    assert found["whole reads of group 1"].status.value == "passed"
    refused = LoadEvidence(error="deposit was refused (55P03: busy)")
    found = {
        finding.subject: finding
        for finding in load_loses_nothing(replace(SOUND, groups=(SOUND, refused), sizes=TOGETHER.sizes))
    }
    assert (found["group 2"].status.value, found["group 2"].detail) == ("unknown", refused.error)
    assert found["all groups"].status.value == "unknown"
    assert found["whole reads of group 1"].status.value == "passed"


@pytest.mark.parametrize(
    ("known", "settled", "status"),
    [
        ((), (), "passed"),
        ((), ("wallet 1 drifts",), "failed"),
        (("wallet 1 drifts",), ("wallet 1 drifts", "wallet 2 drifts"), None),
        (None, ("wallet 1 drifts",), None),
        ((), None, None),
    ],
    ids=["nothing", "news", "it cried before", "it was not asked before", "it was not asked"],
)
def test_what_reconciliation_reports_after_the_load_alone_fails_it(known, settled, status):
    found = judge(known=known, settled=settled).get("reconciliation")
    assert (found and found.status.value) == status
