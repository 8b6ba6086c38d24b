"""What a function works out from rows and stores says nothing new of them; what it was given does."""

import pytest

from pytest_readiness.judges.sql.recomputed import recomputes

DRAWN = """
declare v_in numeric; v_out numeric; v_left numeric;
begin
  select s.weight into v_in from public.sacks s where s.mill = p_mill;
  select coalesce(sum(l.weight), 0) into v_out from public.loads l where l.mill = p_mill;
  v_left := v_in - v_out;
  update public.mills m set stock = {0} where m.no = p_mill;
  return v_left;
end
"""


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("v_left", True),
        ("coalesce(v_in, 0) - v_out", True),
        ("(select sum(l.weight) from public.loads l where l.mill = m.no)", True),
        ("v_left, counted = v_out", True),
        ("v_left, counted = 0", False),
        ("p_weight", False),
        ("v_left + p_weight", False),
        ("0", False),
        ("'closed'", False),
        ("coalesce(v_left, 'none')", False),
        ("stock + 1", False),
    ],
)
def test_what_is_drawn_from_rows_is_told_from_what_is_said(value, found):
    assert recomputes(DRAWN.format(value), "public.mills", ["p_mill", "p_weight"]) is found


@pytest.mark.parametrize(
    "body",
    [
        "begin update public.mills set stock = 0; update public.mills set stock = (select 1); end",
        "begin update public.sacks set stock = (select 1); end",
        "begin select p_weight into v_left; update public.mills set stock = v_left; end",
        "begin select p_weight into p_weight from public.sacks; update public.mills set stock = p_weight; end",
    ],
)
def test_one_value_that_was_not_drawn_is_enough(body):
    assert not recomputes(body, "public.mills", ["p_mill", "p_weight"])
