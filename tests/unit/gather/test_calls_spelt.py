"""How a call gives its arguments, and what a function is for each type that it may be given."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from pytest_readiness.evidence.catalog import Argument, Function
from pytest_readiness.gather.attacks.call_texts import listed
from pytest_readiness.gather.attacks.polymorphic import concrete, takes_any
from relations import catalog, column, relation


def taking(*types, returns="void", modes=()):
    arguments = tuple(Argument(f"a{at}", kind, kind, "p") for at, kind in enumerate(types))
    return Function(
        "public",
        "public.f",
        "public.f()",
        "function",
        returns,
        definer=True,
        owner="postgres",
        volatility="stable",
        language="sql",
        config=(),
        body="",
        defaults=0,
        arguments=arguments,
        callers=("authenticated",),
        modes=modes,
    )


@pytest.mark.parametrize(
    ("modes", "given", "said"),
    [
        ((), ("1", "2"), "1, 2"),
        (("i", "v"), ("1", "array[2]"), "1, variadic array[2]"),
        (("i", "v"), ("1",), "1"),
        (("i", "o"), ("1",), "1, null"),
    ],
)
def test_lists_are_given_as_lists_and_what_comes_out_as_nothing(modes, given, said):
    assert listed(taking("integer", "integer[]", modes=modes), given) == said


def field(*relations):
    logs = relation("public.logs", column("id", "uuid"))
    return SimpleNamespace(
        catalog=catalog(logs, *relations),
        owners=SimpleNamespace(owned={"public.logs": None}),
        published={},
        population=SimpleNamespace(row=lambda *_: True),
        texts=SimpleNamespace(function_reach=lambda _: frozenset()),
    )


@pytest.mark.parametrize(
    ("types", "first"),
    [
        (("anyelement", "integer"), ["public.logs", "integer"]),
        (("anyelement", "anyarray"), ["public.logs", "public.logs[]"]),
        (("anyrange", "anyelement"), ["int4range", "integer"]),
        (("record",), ["public.logs"]),
    ],
)
def test_any_type_is_that_of_rows_first_and_the_same_in_every_place(types, first):
    one, *_ = concrete(field(), taking(*types, returns="anyelement"))
    assert [argument.type for argument in one.arguments] == first
    assert one.returns in first


def test_any_enum_is_one_that_columns_have():
    state = replace(column("state", "public.state"), kind="e", labels=("on", "off"))
    (one,) = concrete(field(relation("public.lamps", state)), taking("anyenum"))
    assert [(a.type, a.labels) for a in one.arguments] == [("public.state", ("on", "off"))]


def test_a_function_with_types_of_its_own_stays_as_it_is():
    function = taking("integer", "uuid[]")
    assert not takes_any(function)
    assert concrete(field(), function) == [function]
