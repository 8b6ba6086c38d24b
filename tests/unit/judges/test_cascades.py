"""What hangs on a row that is deleted, by keys that act."""

import itertools
from dataclasses import replace

import pytest

from pytest_readiness.judges.isolation.cascades import chains, following, told, told_of_keys
from relations import catalog, column, relation


def hanging(name, target, act, **facts):
    made = relation(name, column("id"), column("of"), references={"of": target}, **facts)
    return replace(made, foreign_keys=tuple(replace(key, on_delete=act) for key in made.foreign_keys))


PRODUCTS = relation("public.products", column("id"))
VARIANTS = hanging("public.variants", "public.products", "CASCADE")


def found(*relations, of=PRODUCTS):
    listed = chains(catalog(of, *relations), of)
    return [tuple(link.child.table for link in chain.links) for chain in listed]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("CASCADE", "rows of others in public.wishes that refer to his own: the key has ON DELETE CASCADE"),
        (
            "SET NULL",
            "references of others in public.wishes that refer to his own: the key has ON DELETE SET NULL",
        ),
    ],
)
def test_a_key_that_acts_says_what_it_does(act, said):
    (chain,) = chains(catalog(PRODUCTS, wishes := hanging("public.wishes", "public.products", act)), PRODUCTS)
    assert (chain.what, chain.last.child, chain.between) == (said, wishes, ())


def test_a_key_that_refuses_takes_nothing_with_it():
    assert found(hanging("public.receipts", "public.products", "")) == []


@pytest.mark.parametrize("act", ["CASCADE", "SET NULL"])
def test_rows_go_with_rows_that_go(act):
    receipts = hanging("public.receipts", "public.variants", act)
    assert found(VARIANTS, receipts) == [("variants",), ("variants", "receipts")]


def test_the_way_is_told():
    receipts = hanging("public.receipts", "public.variants", "CASCADE")
    *_, far = chains(catalog(PRODUCTS, VARIANTS, receipts), PRODUCTS)
    assert "that refer to his own, by public.variants:" in far.what


def test_a_row_that_stays_takes_nothing_with_it():
    variants = hanging("public.variants", "public.products", "SET NULL")
    assert found(variants, hanging("public.receipts", "public.variants", "CASCADE")) == [("variants",)]


def test_circles_end():
    back = hanging("public.products", "public.receipts", "CASCADE")
    receipts = hanging("public.receipts", "public.variants", "CASCADE")
    assert found(VARIANTS, receipts, of=back) == [("variants",), ("variants", "receipts")]


def test_a_long_chain_is_cut():
    names = ["products", "a", "b", "c", "d"]
    below = [hanging(f"public.{one}", f"public.{up}", "CASCADE") for up, one in itertools.pairwise(names)]
    assert found(*below)[-1] == ("a", "b", "c")


def test_all_that_one_delete_takes_is_told_at_once():
    below = [hanging(f"public.{name}", "public.products", "CASCADE") for name in "abcdefg"]
    said = told([*chains(catalog(PRODUCTS, *below), PRODUCTS)])
    assert said.startswith("rows of others in public.a that refer")
    assert said.endswith(
        "; and of public.b (ON DELETE CASCADE), "
        + ", ".join([f"public.{name} (ON DELETE CASCADE)" for name in "cde"] + ["2 more"])
    )


@pytest.mark.parametrize(("act", "names"), [("CASCADE", ["variants"]), ("SET NULL", ["variants"]), ("", [])])
def test_what_follows_a_key_that_is_changed(act, names):
    """The row itself that is changed follows nothing."""
    variants = hanging("public.variants", "public.products", "")
    back = hanging("public.products", "public.products", "")
    known = [
        replace(one, foreign_keys=tuple(replace(key, on_update=act) for key in one.foreign_keys))
        for one in (back, variants)
    ]
    assert [chain.last.child.table for chain in following(catalog(*known), known[0])] == names


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("CASCADE", "keys of others in public.wishes that refer to his own: the key has ON UPDATE CASCADE"),
        (
            "SET NULL",
            "references of others in public.wishes that refer to his own: the key has ON UPDATE SET NULL",
        ),
    ],
)
def test_what_another_key_does_is_told_with_all_that_follow(act, said):
    made = hanging("public.wishes", "public.products", ""), hanging("public.tags", "public.products", "")
    wishes, tags = (
        replace(one, foreign_keys=tuple(replace(key, on_update=act) for key in one.foreign_keys))
        for one in made
    )
    found = list(following(catalog(PRODUCTS, wishes, tags), PRODUCTS))
    assert {told_of_keys(found[:1])} <= {said, said.replace("wishes", "tags")}
    assert "; and in public." in told_of_keys(found)
