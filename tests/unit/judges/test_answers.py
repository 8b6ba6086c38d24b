"""Answers: what refuses is told from what was done by calls of which that is known."""

import json

import pytest

from pytest_readiness.judges.wallet.answers import Reading, Words, learned, names_refusal, to_declare

DONE, REFUSED, DOUBTFUL = Reading.DONE, Reading.REFUSED, Reading.DOUBTFUL
ONE, TWO = "6f1e0d3a-8f0d-4a52-9c0b-2b7d6b1f4e01", "0d3a6f1e-0d8f-524a-0b9c-7d2b1f6b4e02"


def told(**members):
    return json.dumps(members, sort_keys=True)


@pytest.mark.parametrize(
    ("done", "undone", "read"),
    [
        # One word says that it was done: every other refuses, also one that no lesson has heard.
        (["OK", "OK"], ["FUNDS"], {"OK": DONE, "FUNDS": REFUSED, "FROZEN": REFUSED}),
        (["0", "0"], ["51"], {"0": DONE, "51": REFUSED, "14": REFUSED}),
        ([None, None], ["FUNDS"], {None: DONE, "FROZEN": REFUSED}),
        # A server and a driver write the same in two ways.
        (["true", "true"], ["false"], {"t": DONE, "f": REFUSED, "true": DONE, "false": REFUSED}),
        (["OK", "OK"], ["FUNDS"], {'"OK"': DONE, '"FUNDS"': REFUSED}),
        (
            ["2026-01-02 10:00:00+00:00", "2026-01-02 10:00:01+00:00"],
            ["no"],
            {"2026-01-02 10:00:02+00": DONE, "no": REFUSED},
        ),
        # An id says so.
        ([ONE, TWO], ["no funds"], {ONE[::-1]: DONE, "frozen": REFUSED}),
        (["TX-17", "TX-18"], ["FUNDS"], {"TX-400": DONE, "FROZEN": REFUSED}),
        (["17", "18"], ["-1"], {"190": DONE, "0": DONE, "-2": REFUSED}),
        (["17", "18"], ["0"], {"190": DONE, "0": REFUSED}),
        # A member of an object, or of an object in it; what differs by amount or wallet tells nothing.
        (
            [told(status="ok", balance=1), told(status="ok", balance=2)],
            [told(status="error", error="funds")],
            {
                told(status="ok", balance=7): DONE,
                told(status="error", error="frozen"): REFUSED,
                told(status="failed"): REFUSED,
            },
        ),
        (
            [told(result={"state": "done"}, id=ONE), told(result={"state": "done"}, id=TWO)],
            [told(result={"state": "declined"}, id=None)],
            {
                told(result={"state": "declined"}, id=ONE): REFUSED,
                told(result={"state": "done"}, id=ONE): DONE,
            },
        ),
        ([told(id=1), told(id=2)], [told(error="funds")], {told(id=3): DONE, told(error="frozen"): REFUSED}),
        ([told(id=1), told(id=2)], [told(id=None)], {told(id=3): DONE, told(id=None): REFUSED}),
        (["(t,17)", "(t,18)"], ["(f,)"], {"(t,190)": DONE, "(f,)": REFUSED}),
        # Where no refusal was heard, another word may be one, and may not.
        (["OK", "OK"], [], {"OK": DONE, "FROZEN": DOUBTFUL}),
        (
            [told(status="ok", id=1), told(status="ok", id=2)],
            [],
            {told(status="ok", id=3): DONE, told(status="error", id=4): DOUBTFUL},
        ),
        (["sent to Ann", "sent to Bo"], ["no funds"], {"no funds": REFUSED, "sent to Cy": DOUBTFUL}),
        # Nothing is learned from one answer, nor from one that is the same whether it was done or not.
        (["OK"], ["FUNDS"], {"OK": DONE, "FUNDS": DONE}),
        ([ONE, TWO], [ONE], {ONE: DONE}),
        (["OK", "OK"], ["OK"], {"OK": DONE}),
        # A balance that is answered may come to zero.
        (["110.00", "0.00"], ["100.00"], {"0": DONE, "100.00": DONE}),
    ],
)
def test_refusals_are_told_from_what_was_done(done, undone, read):
    words = learned(done, undone)
    assert {answer: words.read(answer) for answer in read} == read


def test_nothing_is_a_refusal_where_nothing_was_learned():
    assert Words().read("FUNDS") is DONE


@pytest.mark.parametrize(
    ("refused", "answer", "named"),
    [
        (["FUNDS"], "FUNDS", True),
        (["FUNDS"], "FROZEN", False),
        (["no *"], "no funds", True),
        (["error"], '{"status": "error"}', True),
        (["error"], '{"status": "ok"}', False),
        (["fu*"], "(f,funds)", True),
        (["f"], None, False),
    ],
)
def test_settings_name_refusals_whole_or_as_a_member(refused, answer, named):
    assert names_refusal(refused, answer) is named


@pytest.mark.parametrize(
    "answer",
    [
        *("FUNDS", "only 30 left", '{"code": 7, "status": "error"}', "(f,funds)"),
        *("0", "-1", "4 0", "***", "no [1]", '{"why": "*"}'),
    ],
)
def test_the_line_to_declare_names_the_answer_it_was_made_for_and_not_every_other(answer):
    refused = json.loads(to_declare(answer).partition("= ")[2])
    assert names_refusal(refused, answer)
    assert not any(names_refusal(refused, other) for other in ("7", "OK", "30 left", '{"status": "ok"}'))


def test_numbers_in_the_line_to_declare_are_left_open():
    assert to_declare("only 30 left") == 'refused = ["only * left"]'
