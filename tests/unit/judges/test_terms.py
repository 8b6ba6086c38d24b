"""A term may come to be empty where clients write it, or code cuts it off."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.judges.sql.terms import beginnings, may_be_empty
from relations import column, relation

SPAN = column("span", "tstzrange")


def stays(insert=(), update=(), body=""):
    made = relation("public.stays", column("id"), SPAN, body=body)
    return replace(made, privileges={"authenticated": Privileges(insert=insert, update=update)})


CUT = "begin update public.stays s set span = s.span * tstzrange(null, now()) where s.id = p; raise notice 'done'; end"
MAKES = "insert into public.stays (id, span) values (p, tstzrange(p_from, p_to))"
GUARD = "begin if isempty(new.span) then raise exception 'no time'; end if; return new; end"


@pytest.mark.parametrize(
    ("table", "bodies", "empty"),
    [
        (stays(insert=("id", "span")), (), True),
        (stays(update=("span",)), (), True),
        (stays(insert=("id",)), (), False),
        (stays(), (CUT,), True),
        (stays(), (CUT.replace("s.span * tstzrange(null, now())", "tstzrange(null, now()) * span"),), True),
        (stays(), (MAKES,), True),
        (stays(), (f"begin if p_to <= p_from then raise exception 'no'; end if; {MAKES}; end",), False),
        (stays(), ("select exists (select 1 from public.stays s where s.span @> now() - '1 day'::interval)",), False),
        (stays(), (CUT.replace("public.stays", "public.leases"),), False),
        (stays(insert=("id", "span"), body=GUARD), (), False),
    ],
    ids=["inserted", "updated", "kept", "cut", "turned", "made", "asked", "read", "elsewhere", "guarded"],
)  # fmt: skip
def test_ranges_that_may_come_to_be_empty(table, bodies, empty):
    assert may_be_empty(table, SPAN, bodies) is empty


HIRED = relation("public.hirings", column("id"), column("begins", "date"), column("ends", "date"))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("select 1 from hirings h where h.begins <= current_date", True),
        ("select 1 from hirings h where (now() >= (h.begins)::timestamp with time zone)", True),
        ("(EXISTS ( SELECT 1 FROM hirings h WHERE (h.begins < CURRENT_DATE)))", True),
        ("select 1 from hirings h where h.begins > current_date", False),
        ("select 1 from hirings h where h.begins <= h.ends and now() is not null", False),
        ("select 1 from hirings h where h.beginsman <= current_date", False),
    ],
    ids=["begun", "turned", "as printed", "to come", "another", "called alike"],
)
def test_what_is_asked_to_be_there_begins_something(text, asked):
    found = beginnings(HIRED, HIRED.column("ends"), [text])
    assert [one.name for one in found] == (["begins"] if asked else [])
