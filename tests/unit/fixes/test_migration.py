"""The next migration is named as the others are, and comes after them."""

import ast
import datetime as dt

import pytest

from pytest_readiness.evidence.people import ALICE
from pytest_readiness.fixes.migration import next_name, text, words
from pytest_readiness.fixes.regression import check_file, marks, next_id
from pytest_readiness.fixes.system import Change

NOW = dt.datetime(2026, 6, 1, 12, 30, 5, tzinfo=dt.UTC)
CHANGE = Change(("alter table a enable row level security", "select 1"), "enables it", 1)


@pytest.mark.parametrize(
    ("last", "following"),
    [
        ("20260101000000_payments.sql", "20260601123005_close_it.sql"),
        ("20990101000000_payments.sql", "20990101000001_close_it.sql"),
        ("202601010000_payments.sql", "202606011230_close_it.sql"),
        ("20260101-payments.sql", "20260601-close-it.sql"),
        ("009_add-index.sql", "010_close-it.sql"),
        ("0001_init.sql", "0002_close_it.sql"),
        ("99999999.sql", "100000000_close_it.sql"),
        ("1.sql", "2_close_it.sql"),
        ("V7__init.sql", "V8__close_it.sql"),
        ("schema.sql", "schema_close_it.sql"),
        ("", "0001_close_it.sql"),
    ],
)
def test_each_style_is_kept(last, following):
    assert next_name([last] if last else [], "close_it", NOW) == following


@pytest.mark.parametrize(
    "names", [["0001_a.sql", "0002_b.sql"], ["20260101000000_a.sql"], ["a.sql", "b.sql"]]
)
def test_it_is_the_last_in_name_order(names):
    assert sorted([*names, next_name(names, "x", NOW)])[:-1] == names


def test_a_finding_gives_a_file_its_name():
    assert words("ISO005", 'public."Get It"(a uuid)') == "iso005_public_get_it_a_uuid"


def test_the_text_is_comments_and_the_statements():
    found = text("ISO001", "public.a", "As bob\nI read; drop table b;", CHANGE, 3)
    plain = [line for line in found.splitlines() if not line.startswith("--")]
    assert plain == ["alter table a enable row level security;", "select 1;"]
    assert "3 accesses" in found


@pytest.mark.parametrize("script", ["select 1;", 'select """;', "select E'\\\\';", 'select "a"'])
def test_the_check_is_python_that_holds_the_script_as_it_is(script):
    module = ast.parse(check_file("FIX001", "ISO001", 'public."a\\b"', script, ("x",)))
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in module.body
        if isinstance(node, ast.Assign)
    }
    assert values["SCRIPT"].strip() == script
    assert values["SUBJECT"] == 'public."a\\b"'
    assert values["MARKS"] == ("x",)


def test_ids_are_free_and_marks_are_hers():
    assert next_id(["ISO001", "FIX001", "FIX003"]) == "FIX002"
    assert marks("As bob I read `canary-12ab` (x)")[0] == "canary-12ab"
    assert {ALICE.email, str(ALICE.tenant.number)} <= {*marks("")}
