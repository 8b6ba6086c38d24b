"""Which code takes over what users say of themselves, and that it is named as the one cause."""

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.judges.isolation.believed_signups import as_well, believed, believing

TAKES = "begin insert into member values (new.id, new.raw_user_meta_data ->> 'rank'); return new; end"
NAMES = "begin insert into member values (new.id, new.raw_user_meta_data ->> 'full_name'); return new; end"
ASKS = "select raw_user_meta_data ->> 'rank' = 'warden' from auth.users where id = auth.uid()"


def function(name, body, *, attached=True):
    return Function(
        schema="public",
        name=f"public.{name}",
        signature=f"public.{name}()",
        kind="f",
        returns="trigger" if attached else "boolean",
        definer=True,
        owner="postgres",
        volatility="v",
        language="plpgsql",
        config=(),
        body=body,
        defaults=0,
        arguments=(),
        callers=(),
        attached=attached,
    )


def test_only_what_takes_over_a_key_that_was_said_is_to_blame_and_triggers_come_first():
    asks, takes = function("ask", ASKS, attached=False), function("welcome", TAKES)
    assert believing((asks, function("name", NAMES), takes), {"rank": "warden"}) == (takes, asks)


def test_the_trigger_function_is_named_and_policies_are_left_alone():
    why = believed([function("welcome", TAKES)], {"rank": "warden"}, ["trigger on_sign_up on auth.users"])
    assert why.cause == "public.welcome()"
    assert why.by == (
        "public.welcome(), run by trigger on_sign_up on auth.users, believes rank in raw_user_meta_data, "
        "which whoever signs up writes himself"
    )
    assert why.mend.startswith("Let public.welcome() take no rank from raw_user_meta_data")
    assert "policies that ask for it may stay" in why.mend


def test_what_policies_ask_themselves_is_run_by_no_trigger():
    assert believed([function("ask", ASKS, attached=False)], ["rank"], []).by.startswith(
        "public.ask() believes rank"
    )


def test_where_else_it_is_so_is_told_in_few_words():
    assert as_well([]) == ""
    assert as_well(["b", "a"]) == " The same goes for a, b."
    assert as_well(["e", "d", "c", "b", "a"]) == " The same goes for a, b, c and 2 more."
