"""Bodies are taken apart into statements that can be planned by themselves."""

import pytest

from pytest_readiness.judges.sql.plpgsql import declarations, guarded, pieces, temporaries

BODY = """
declare
    total numeric; -- select in a comment; is none
begin
    for one in select * from a where b = 1 loop
        update c set d = 'begin; select' where e = one.e;
    end loop;
    for i in 1..3 loop
        perform f(i);
    end loop;
    if exists (select from g) then
        return (select h from j);
    end if;
    total := (select sum(k) from l);
    raise notice 'select %', total;
exception when unique_violation then
    insert into m values (1);
end
"""


def test_statements_expressions_and_loops_are_found():
    assert [" ".join(piece.text.split()) for piece in pieces(BODY)] == [
        "perform * from (select * from a where b = 1) readiness_rows",
        "update c set d = 'begin; select' where e = one.e",
        "perform f(i)",
        "perform exists (select from g)",
        "perform (select h from j)",
        "perform (select sum(k) from l)",
        "perform total",
        "insert into m values (1)",
    ]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("new.total := new.amount + new.fee;", ["perform new.total", "perform new.amount + new.fee"]),
        ('new."Total" = 1;', ['perform new."Total"', "perform 1"]),
        (
            "if new.fee > 0 then null; elsif (old.a) then null; end if;",
            ["perform new.fee > 0", "perform (old.a)"],
        ),
        ("x := case when a then b else c end;", ["perform case when a then b else c end"]),
        ("case x when 1 then y := 2; else z := 3; end case;", ["perform 2", "perform 3"]),
        (
            "update t set a = case when b then 1 else 2 end;",
            ["update t set a = case when b then 1 else 2 end"],
        ),
        ("while a < b loop exit when c = d; end loop;", ["perform a < b", "perform c = d"]),
        ("raise exception 'no %', new.fee using errcode = 'P0001';", ["perform new.fee"]),
        ("return;", []),
        ("return next a;", []),
        ("for a in execute 'select b from c' loop return next a; end loop;", []),
        ("get diagnostics n = row_count;", []),
        ("execute 'select a from b' into c;", ["execute 'explain ' || ('select a from b')"]),
        (
            "execute format('delete from %I where a = $1', 'b') using d, e;",
            ["execute 'explain ' || (format('delete from %I where a = $1', 'b')) using d, e"],
        ),
        ("execute $q$select a from b$q$;", ["execute 'explain ' || ($q$select a from b$q$)"]),
        ("execute format('select a from %s', b);", []),
        ("execute 'create table a ()';", []),
    ],
)
def test_each_expression_is_one_of_them(statement, expected):
    assert [piece.text for piece in pieces(f"begin {statement} end")] == expected


def test_a_variable_of_a_loop_backwards_or_over_a_text_is_one():
    body = "begin for i in reverse 9..1 loop null; end loop; for r in execute 'x' loop null; end loop; end"
    assert "i integer;" in declarations(body)
    assert "r record;" in declarations(body)


def test_a_piece_knows_where_it_stands():
    piece = next(piece for piece in pieces(BODY) if piece.text.startswith("insert"))
    assert BODY[piece.offset :].startswith("insert into m")


def test_variables_of_loops_are_declared():
    assert "one record;" in declarations(BODY)
    assert "i integer;" in declarations(BODY)


def test_a_body_that_asks_what_there_is_is_told():
    assert guarded("begin if to_regclass('x') is not null then end if; end")
    assert not guarded(BODY)


def test_tables_of_the_session_are_told_with_their_places():
    body = """begin
      create temporary table a as select case when true then 1 else 0 end as n;
      perform 'create temp table b (x int);';
      create local temp table c (x int default 1);
      create table d (x int);
    end"""
    found = list(temporaries(body))
    assert [one.text.split()[-3:] for one in found] == [["end", "as", "n"], ["int", "default", "1)"]]
    assert all(body[one.offset :].startswith(one.text) for one in found)
