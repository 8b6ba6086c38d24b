"""Bodies are taken apart into statements that can be planned by themselves."""

from pytest_readiness.judges.plpgsql import declarations, guarded, pieces

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
        "insert into m values (1)",
    ]


def test_a_piece_knows_where_it_stands():
    piece = next(piece for piece in pieces(BODY) if piece.text.startswith("insert"))
    assert BODY[piece.offset :].startswith("insert into m")


def test_variables_of_loops_are_declared():
    assert "one record;" in declarations(BODY)
    assert "i integer;" in declarations(BODY)


def test_a_body_that_asks_what_there_is_is_told():
    assert guarded("begin if to_regclass('x') is not null then end if; end")
    assert not guarded(BODY)
