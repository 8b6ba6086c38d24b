"""Where the statements of a body begin, whatever stands between them."""

import pytest

from pytest_readiness.gather.wallet.between import bodies
from pytest_readiness.gather.wallet.between.bodies import BodyError, called, mentioned, plpgsql, sql

BODY = """
#variable_conflict use_column
<<outer>>
declare
    x int := case when true then 2 else 3 end; -- begin
    c cursor for select 1;
begin
    if (case when a then b else c end) then x := 1; elsif exists (select from t) then return; else null; end if;
    <<rows>> for r in select * from t where (x) loop
        begin insert into t values (1); exception when others then raise; when sqlstate '40001' then null; end;
    end loop rows;
    case x when 1, 2 then perform f(x); else update t set a = case when b then 1 end; end case;
    case when x = 1 then null; end case;
    loop exit when x > 3; x := x + 1; end loop;
    while x is distinct from 4 loop x := 'end loop; begin'; end loop;
    execute format('select %I()', $q$;end$q$);
end outer;
"""


def test_every_statement_is_found_and_only_those_that_come_to_the_database_act():
    found = plpgsql(BODY)
    assert [(s.line, s.text.split()[0], s.acts) for s in found] == [
        (8, "if", False), (8, "x", False), (8, "return", False), (8, "null", False),
        (9, "for", True), (10, "insert", True), (10, "raise", False), (10, "null", False),
        (12, "case", False), (12, "perform", False), (12, "update", True),
        (13, "case", False), (13, "null", False), (14, "exit", False), (14, "x", False),
        (15, "while", False), (15, "x", False), (16, "execute", True),
    ]  # fmt: skip
    assert BODY[found[4].start :].startswith("<<rows>> for")


@pytest.mark.parametrize(
    "body", ["begin x := 1", "select 1", "begin if a then end;", "begin null; end; more"]
)
def test_a_body_of_another_form_is_told(body):
    with pytest.raises(BodyError):
        plpgsql(body)


@pytest.mark.parametrize(
    "body",
    [
        "insert into t values (';'); -- ;\nselect case when a then 1 end from t",
        "begin atomic\n insert into t values (';');\n select case when a then 1 end from t;\nend",
    ],
)
def test_statements_of_sql_are_found_with_and_without_an_atomic_body(body):
    assert [(s.text.split()[0], s.acts) for s in sql(body)] == [("insert", True), ("select", True)]


def test_locks_of_other_kinds_act():
    assert plpgsql("begin perform pg_advisory_xact_lock(1); end")[0].acts


def test_a_comparison_reads_nothing():
    assert not plpgsql("begin x := a is distinct from b; end")[0].acts


def test_names_in_strings_count_as_they_may_be_run():
    text = """select "My Fn" (1), plain from t where execute('select hidden(1) from other')"""
    assert {"My Fn", "execute", "hidden"} <= called(text)
    assert "plain" not in called(text)
    assert {"plain", "other"} <= mentioned(text)
    assert called("") == bodies.mentioned("") == frozenset()
