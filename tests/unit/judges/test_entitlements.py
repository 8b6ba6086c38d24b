"""Which rank has most to say, by how much migrations say of each; and which rows keep somebody out."""

import pytest

from pytest_readiness.evidence.catalog import CatalogEvidence, Function
from pytest_readiness.judges.owners.denials import denied
from pytest_readiness.judges.owners.entitlements import Entitlement, extremes
from pytest_readiness.judges.sql.texts import Texts
from relations import column, relation


@pytest.mark.parametrize(
    ("listed", "chosen"),
    [
        ((("clerk", 2), ("hand", 1), ("head", 3)), ("head", "hand")),
        ((("admin", 4),), ("admin", "")),
        ((("admin", 1), ("member", 1)), ("", "")),
        ((), ("", "")),
    ],
)
def test_ranks_with_most_and_least(listed, chosen):
    assert extremes(listed) == chosen


@pytest.mark.parametrize(
    ("right", "gives"),
    [
        ("suspended", False),
        ("late", False),
        ("see_hidden", True),
        ("cancelled:undo", True),
        ("stays.read", True),
    ],
)
def test_what_takes_away_is_no_right(right, gives):
    flags = relation("public.flags", column("org"), column("flag", "text"))
    listed = Entitlement(flags, flags.columns[1], ("", ""), (right,), frozenset({"late"}))
    assert listed.gives(right) is gives


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("select not exists (select from flags f where f.flag = 'overdrawn')", {"overdrawn"}),
        ("select (NOT (EXISTS ( SELECT FROM flags f WHERE (f.flag = 'overdrawn'::text))))", {"overdrawn"}),
        ("select o from orgs where o not in (select org from flags where flag = 'overdrawn')", {"overdrawn"}),
        ("select (NOT (o IN ( SELECT f.org FROM flags f WHERE (f.flag = 'overdrawn'::text))))", {"overdrawn"}),
        ("select exists (select from flags f where f.flag <> 'barred' and f.flag = 'seen')", {"barred"}),
        ("select exists (select from flags where flag <> ALL (ARRAY['barred'::text, 'late'::text]))", {"barred", "late"}),
        ("select not exists (select from flags f where f.org = o)", None),
        ("select exists (select from flags f where f.flag = 'seen')", set()),
        ("begin if not exists (select from flags where flag = 'seen') then raise 'no'; end if; end", set()),
        ("begin if o is null or not exists (select from flags) then raise 'no'; end if; end", set()),
        ("insert into flags select o where not exists (select from flags where org = o)", set()),
        ("select not exists (select from others where word = 'late')", set()),
    ],
)  # fmt: skip
def test_what_keeps_somebody_out(body, words):
    flags = relation("public.flags", column("org"), column("flag", "text"))
    function = Function(
        *("public", "public.f", "public.f()", "function", "boolean", True, "boss", "stable", "sql"),
        *((), body, 0, (), ()),
    )
    catalog = CatalogEvidence((flags,), 180001, functions=(function,))
    assert denied(Texts(catalog), flags) == words
