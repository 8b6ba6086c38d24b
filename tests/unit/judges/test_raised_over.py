"""What a trigger looks at before it raises is known, so that a row can be made that it takes."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Trigger
from pytest_readiness.judges.sql.raising import raised_as, raised_over
from relations import column, relation

RULES = relation("public.rules", column("id"), column("code", "text"), column("rate", "numeric"))


def asked(body, *events):
    trigger = Trigger("valid", "public.valid", body, "O", events or ("INSERT", "UPDATE"))
    return {c.name: said.strip() for c, said in raised_over(replace(RULES, triggers=(trigger,)))}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "begin IF length(NEW.code) <> 8 THEN RAISE EXCEPTION 'bad %', NEW.code; END IF; return new; end",
            {"code": "length(NEW.code) <> 8"},
        ),
        (
            "begin if new.rate < 0 then raise 'low'; elsif new.rate > 9 then raise 'high'; end if; end",
            {"rate": "new.rate < 0  and  new.rate > 9"},
        ),
        ("begin if new.rate < 0 then raise notice 'low'; end if; return new; end", {}),
        ("begin if new.rate < 0 then new.rate := 0; end if; return new; end", {}),
        ("begin -- if new.rate < 0 then raise\n return new; end", {}),
    ],
)
def test_conditions_before_a_raise_are_read(body, said):
    assert asked(body) == said


def test_a_trigger_that_no_insert_fires_asks_nothing_of_a_new_row():
    assert not asked("begin if new.rate < 0 then raise 'low'; end if; end", "UPDATE")


@pytest.mark.parametrize(
    ("message", "form"),
    [("bad code 17", "bad code %"), ("it''s bad code 17", "it''s bad code 17"), ("worse", "worse")],
)
def test_messages_of_one_format_are_one_refusal(message, form):
    body = (
        "begin if length(new.code) <> 8 then raise exception 'bad code %', new.code; end if; return new; end"
    )
    trigger = Trigger("valid", "public.valid", body, "O", ("INSERT",))
    assert raised_as(replace(RULES, triggers=(trigger,)), message) == form
