"""Names in a search path are read as the server reads them."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.judges.sql.paths import searched_by

TOTAL = Function(
    *("public", "public.total", "public.total()", "function", "integer", True, "Clerk", "stable", "sql"),
    *((), "select 1", 0, (), ()),
)


@pytest.mark.parametrize(
    ("config", "schemas"),
    [
        ((), ["public"]),
        (("work_mem=4MB", "search_path=desk, public"), ["desk", "public"]),
        (('search_path="$user", "My App", Desk',), ["Clerk", "My App", "desk"]),
        (('search_path="a""b, c",public',), ['a"b, c', "public"]),
        (('search_path=""',), []),
        (('search_path="", pg_temp',), ["pg_temp"]),
    ],
)
def test_where_a_function_looks_for_names(config, schemas):
    assert searched_by(replace(TOTAL, config=config)) == schemas
