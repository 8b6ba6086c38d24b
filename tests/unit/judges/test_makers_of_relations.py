"""Which functions make relations that stay, and which values a part of a table takes."""

from types import SimpleNamespace

import pytest

from pytest_readiness.judges.sql.makers_of_relations import bound_values, makes_relations


@pytest.mark.parametrize(
    ("bounds", "values"),
    [
        (
            "FOR VALUES FROM ('2031-03-01 00:00:00+00') TO ('2031-04-01 00:00:00+00')",
            ("2031-03-01 00:00:00+00",),
        ),
        ("FOR VALUES FROM (7, 'it''s') TO (8, MAXVALUE)", ("7", "it's")),
        ("FOR VALUES IN (2031, 2032)", ("2031", "2032")),
        ("FOR VALUES FROM (MINVALUE) TO (3)", ()),
        ("FOR VALUES WITH (modulus 4, remainder 1)", ()),
        ("DEFAULT", ()),
        ("", ()),
    ],
)
def test_what_a_part_takes(bounds, values):
    assert bound_values(bounds) == values


@pytest.mark.parametrize(
    ("body", "returns", "makes"),
    [
        ("execute format('create table %I partition of t', n)", "void", True),
        ("create  unlogged table x (a int)", "", True),
        ("create materialized view v as select 1", "void", True),
        ("create temp table x (a int)", "void", False),
        ("-- create table x\nselect 1", "void", False),
        ("create table x (a int); perform dblink('y', 'z')", "void", False),
        ("create table x (a int)", "trigger", False),
    ],
)
def test_what_makes_relations(body, returns, makes):
    kind = "function" if returns else "procedure"
    assert makes_relations(SimpleNamespace(body=body, returns=returns, kind=kind)) is makes
