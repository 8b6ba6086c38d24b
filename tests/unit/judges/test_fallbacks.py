"""What stands in for a key that a caller does not bring is a key, unless it says that there is none."""

import pytest

from pytest_readiness.judges.owners.fallbacks import fallbacks, may_hold, named_beside
from relations import column

CLAIM = "((auth.jwt() -> 'app_metadata'::text) ->> 'farm'::text)"
MAIN = "5ead1e55-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("texts", "keys"),
    [
        ([f"(farm_id = COALESCE(({CLAIM})::integer, 1))"], ("1",)),
        ([f"(farm = COALESCE({CLAIM}, 'main'::text))"], ("main",)),
        ([f"(farm_id = COALESCE(({CLAIM})::uuid, '{MAIN}'::uuid))"], (MAIN,)),
        (["(farm_id = COALESCE(farm(), 1))", f"select ({CLAIM})::integer"], ("1",)),
        ([f"begin if {CLAIM} is null then return 7; end if; end"], ("7",)),
        ([f"select case when {CLAIM} is null then 'main' else {CLAIM} end"], ("main",)),
        (["(farm_id = COALESCE((NULLIF(current_setting('app.farm', true), ''))::integer, 1))"], ("1",)),
        # A parenthesis in a string closes nothing.
        ([f"(farm = COALESCE(NULLIF({CLAIM}, '('::text), 'main'::text))"], ("main",)),
        # These are the keys of nobody, or of all.
        ([f"(farm_id = COALESCE(({CLAIM})::integer, 0))"], ()),
        ([f"(farm_id = COALESCE(({CLAIM})::integer, '-1'::integer))"], ()),
        ([f"(farm_id = COALESCE(({CLAIM})::uuid, '00000000-0000-0000-0000-000000000000'::uuid))"], ()),
        ([f"(farm = COALESCE({CLAIM}, ''::text))"], ()),
        ([f"(farm = COALESCE({CLAIM}, 'demo'::text))"], ()),
        # Nothing of it comes from a caller, or nothing stands in.
        (["(farm_id = COALESCE(seller_id, 1))"], ()),
        ([f"(farm = {CLAIM})"], ()),
    ],
)
def test_what_stands_in_for_a_key(texts, keys):
    assert fallbacks(texts) == keys


@pytest.mark.parametrize(
    ("kind", "key", "fits"),
    [
        ("integer", "1", True),
        ("integer", "main", False),
        ("text", "main", True),
        ("uuid", MAIN, True),
        ("uuid", "1", False),
        ("boolean", "1", False),
    ],
)
def test_a_key_fits_a_column_of_its_type(kind, key, fits):
    assert may_hold(column("farm", kind), key) is fits


def test_words_of_a_function_that_says_no_key_come_last():
    tier = f"begin if {CLAIM} = 'x' then return 'gold'; else return 'basic'; end if; end"
    farm = f"begin if {CLAIM} is null then return 'main'; end if; end"
    assert fallbacks([tier, farm], [farm]) == ("main", "gold", "basic")


def test_functions_that_say_a_key_are_named_beside_its_column():
    using = "((farm = ( SELECT app.farm_of() AS farm_of)) AND (tier() = 'gold'::text))"
    named = named_beside([using, "select 1"], ["farm"])
    assert "farm_of" in named
    assert "tier" not in named
