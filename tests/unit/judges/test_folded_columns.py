"""What is compared without regard to its case is the column, however it is cast."""

import pytest

from pytest_readiness.judges.owners.callers import hints_of
from pytest_readiness.judges.sql.comparisons import folded
from relations import catalog, column, relation


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("(lower(a.code) = lower(b.code))", "(a.code = b.code)"),
        ("(upper((a.code)::text) = b.code)", "(a.code = b.code)"),
        ("(btrim(code) = upper(b.code))", "(code = b.code)"),
        ("(lower(f(code)) = 'x'::text)", "(lower(f(code)) = 'x'::text)"),
        ("(flower(code) = 'x'::text)", "(flower(code) = 'x'::text)"),
    ],
)
def test_a_column_stands_for_itself(text, bare):
    assert folded(text) == bare


def test_columns_are_compared_in_any_case():
    crews = relation("public.crews", column("boat", "text"), column("sailor"))
    asked = "(EXISTS ( SELECT 1 FROM crews c WHERE (upper((c.boat)::text) = upper(logs.yacht))))"
    logs = relation("public.logs", column("id"), column("yacht", "text"), using=(asked,))
    assert (("public.logs", "yacht"), ("public.crews", "boat")) in hints_of(catalog(crews, logs)).pairs
