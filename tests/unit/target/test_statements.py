"""Statements are counted as the server counts them; else a failure is blamed on its neighbour."""

import pytest

from pytest_readiness.target.statements import split


@pytest.mark.parametrize(
    ("sql", "texts"),
    [
        ("", []),
        (" ;; -- only a comment\n ;", []),
        ("select 1", ["select 1"]),
        ("select 1; select 2;", ["select 1", "select 2"]),
        ("select ';'; select 2", ["select ';'", "select 2"]),
        ("select 'it''s; fine'; select 2", ["select 'it''s; fine'", "select 2"]),
        (r"select E'\'; x'; select 2", [r"select E'\'; x'", "select 2"]),
        (r"select '\'; select 2", [r"select '\'", "select 2"]),
        ('select 1 as ";"; select 2', ['select 1 as ";"', "select 2"]),
        ("select $$ ; $$; select 2", ["select $$ ; $$", "select 2"]),
        ("select $a$ ; $$ ; $a$; select 2", ["select $a$ ; $$ ; $a$", "select 2"]),
        ("select /* ; /* ; */ ; */ 1; select 2", ["select /* ; /* ; */ ; */ 1", "select 2"]),
        ("select 1 -- ; '\n; select 2", ["select 1 -- ; '", "select 2"]),
        ("create rule r as on insert to t do also (select 1; select 2); select 3", None),
        (
            "create function f() returns int begin atomic select 1; select case when true then 2 end; end; select 3",
            None,
        ),
        ("select a$b$c from t; select 2", ["select a$b$c from t", "select 2"]),
        ("select $1; select 2", ["select $1", "select 2"]),
        ("select 'unterminated; select 2", ["select 'unterminated; select 2"]),
        ("begin; select 1; end; select 2", ["begin", "select 1", "end", "select 2"]),
    ],
)
def test_split(sql, texts):
    found = [statement.text for statement in split(sql)]
    if texts is None:
        assert len(found) == 2
        assert found[1] == "select 3"
    else:
        assert found == texts


def test_a_statement_knows_its_line():
    assert [s.line for s in split("-- a\nselect 1;\n\n/* b\n */ select\n 2;")] == [2, 5]
