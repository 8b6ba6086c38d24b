"""A term may come to be empty where clients write it, or code cuts it off."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.judges.sql.terms import may_be_empty
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
