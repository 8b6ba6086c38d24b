"""A repetition is answered with the first receipt, whatever form answers have; other words of answers may differ."""

from decimal import Decimal

import pytest

from pytest_readiness.evidence.wallet import Answer, Legal, Rule, Trial
from pytest_readiness.judges.wallet.receipts import another
from pytest_readiness.judges.wallet.trials import is_legal

ONE, OTHER = "7f0c6f0e-8a1b-4c3d-9e2f-000000000001", "7f0c6f0e-8a1b-4c3d-9e2f-000000000002"


def trial(*results, repeats=True, asked=(), accepted=True):
    answers = [Answer("deposit", accepted=True, result=results[0])]
    answers += [Answer("deposit", accepted=accepted, result=one) for one in results[1:]]
    money = (("a", Decimal(131)),)
    return Trial(
        rule=Rule.KEY,
        subject="deposit",
        what="twice",
        control=False,
        answers=tuple(answers),
        before=money,
        after=money,
        legal=(Legal(None),),
        script="",
        repeats=repeats,
        asked=frozenset(asked),
    )


@pytest.mark.parametrize(
    "results",
    [
        (ONE, OTHER),
        ("41", "42"),
        ("TX-41", "TX-42"),
        (f"({ONE},f)", f"({OTHER},t)"),
        (f'{{"id": "{ONE}"}}', f'{{"id": "{OTHER}"}}'),
        ('{"transfer": {"transfer_id": 41}}', '{"transfer": {"transfer_id": 42}}'),
    ],
)
def test_another_receipt_is_no_answer_to_the_first_call(results):
    assert "another receipt" in another(trial(*results))
    assert not is_legal(trial(*results))
    assert is_legal(trial(*results, repeats=False))
    assert is_legal(trial(*results, accepted=False)), "a refusal claims nothing"


@pytest.mark.parametrize(
    "results",
    [
        (ONE, ONE),
        ("done", "duplicate"),
        ("1", "0"),
        ("130.00", "131.00"),
        ("130", "131"),
        ("13000", "13100"),
        ("2026-01-01T10:00:00Z", "2026-01-01T10:00:01Z"),
        (ONE, ""),
        ('{"id": 41, "replayed": false}', '{"id": 41, "replayed": true}'),
        (f'{{"id": 41, "request_id": "{ONE}"}}', f'{{"id": 41, "request_id": "{ONE}"}}'),
        ('{"request_id": 7}', '{"request_id": 8}'),
    ],
)
def test_what_is_no_receipt_may_differ(results):
    assert not another(trial(*results))


def test_what_was_asked_with_is_no_receipt():
    assert another(
        trial(f'{{"id": "{ONE}", "wallet_id": "w"}}', f'{{"id": "{OTHER}", "wallet_id": "w"}}', asked=["w"])
    )
