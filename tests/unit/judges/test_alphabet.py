"""Words that are compared by order are ranks only where the alphabet has them as they are declared."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CheckConstraint
from pytest_readiness.judges.sql.alphabet import ranked
from pytest_readiness.judges.sql.texts import texts_of
from relations import catalog, column, relation


def compared(text, *ranks, kind="text"):
    """Return what a policy compares in a table whose column `rank` has one of these words."""
    words = ", ".join(f"'{rank}'::text" for rank in ranks)
    seats = relation("public.seats", column("user_id"), column("rank", kind), key=("user_id",))
    seats = replace(
        seats, checks=(CheckConstraint("c", ("rank",), f"CHECK ((rank = ANY (ARRAY[{words}])))"),)
    )
    known = catalog(seats)
    return list(ranked(known, texts_of(known), None, f"exists (select 1 from public.seats s where {text})"))


@pytest.mark.parametrize(
    ("text", "admitted"),
    [
        ("(s.rank >= 'editor'::text)", {"owner", "editor", "viewer"}),
        ("('editor'::text <= (s.rank)::text)", {"owner", "editor", "viewer"}),
        ("s.rank < 'owner'", {"editor"}),
    ],
)
def test_ranks_that_lie_apart_are_told(text, admitted):
    (found,) = compared(text, "owner", "editor", "viewer")
    assert found.admitted == admitted
    assert not found.is_threshold(found.admitted)


@pytest.mark.parametrize(
    ("text", "ranks"),
    [
        ("s.rank <= 'editor'", ("admin", "editor", "viewer")),
        ("s.rank >= 'l2'", ("l1", "l2", "l3")),
        ("s.rank > 'viewer'", ("owner", "editor", "viewer")),
        ("s.rank >= '2024-01'", ("2024-02", "2024-01", "2023-12")),
        ("s.rank >= 'editor'", ()),
        ("s.rank = 'editor'", ("owner", "editor", "viewer")),
    ],
)
def test_what_goes_as_it_is_declared_is_none(text, ranks):
    assert not compared(text, *ranks)


def test_an_enum_has_its_own_order():
    assert not compared("s.rank >= 'editor'", "owner", "editor", "viewer", kind="public.rank")


@pytest.mark.parametrize(
    ("may", "without", "astray"),
    [
        ({"editor"}, (), True),
        ((), (), False),
        ({"owner"}, (), False),
        ({"editor", "viewer"}, (), False),
        ({"owner", "editor", "viewer"}, {"owner", "editor", "viewer"}, False),
        ({"owner", "editor"}, {"owner"}, False),
        ({"editor"}, {"viewer"}, True),
    ],
    ids=[
        "between",
        "nobody",
        "the highest",
        "the others",
        "all of them anyway",
        "two halves",
        "still between",
    ],
)
def test_what_ranks_may_without_the_comparison_is_not_by_it(may, without, astray):
    (found,) = compared("s.rank < 'owner'", "owner", "editor", "viewer")
    assert found.leads_astray(frozenset(may), frozenset(without)) is astray


@pytest.mark.parametrize(
    ("left", "may", "hangs"),
    [
        # Editors are all from one on with owners or viewers, and alone they are not.
        ({"owner"}, {"editor"}, True),
        ({"viewer"}, {"editor"}, True),
        ({"editor"}, {"owner"}, False),
        ({"owner"}, (), False),
        ((), {"editor"}, False),
    ],
    ids=["the highest", "the lowest", "the next", "the highest alone", "none"],
)
def test_a_rank_that_was_not_tried_may_decide(left, may, hangs):
    (found,) = compared("s.rank >= 'editor'", "owner", "editor", "viewer")
    assert found.hangs_on(frozenset(left), frozenset(may), frozenset()) is hangs
