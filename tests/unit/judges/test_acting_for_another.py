"""A function that writes as another has to come back; one that is called after the change stays there."""

import pytest

from pointed import function
from pytest_readiness.judges.sql.switches import acts_for_another, tables_written

SET = "perform set_config('app.mill', other::text, true);"
WRITE = "insert into grain.sack (mill_id) values (other);"


@pytest.mark.parametrize(
    ("name", "body", "acts"),
    [
        ("grain.lend", f"begin {SET} {WRITE} end", True),
        ("grain.lend", f"begin {SET} update only grain.sack set kilos = 1; end", True),
        ("grain.lend", f"begin {WRITE} {SET} end", False),
        ("grain.lend", f"begin {SET} raise notice 'insert into grain.sack'; end", False),
        ("grain.lend", f"begin {SET} -- {WRITE}\nend", False),
        ("grain.lend", f"begin {WRITE} end", False),
        ("grain.settle", f"begin {SET} {WRITE} end", True),
        ("grain.open_credit", f"begin {SET} {WRITE} end", True),
        ("grain.user_pays", f"begin {SET} {WRITE} end", True),
        ("grain.use_mill", f"begin {SET} {WRITE} end", False),
        ("grain.switch_mill", f"begin {SET} {WRITE} end", False),
        ("grain.mill_wechseln", f"begin {SET} {WRITE} end", False),
        ('"actAs"', f"begin {SET} {WRITE} end", False),
    ],
)
def test_what_writes_after_it_made_a_setting_acts_for_another(name, body, acts):
    assert acts_for_another(function(name=name, body=body).functions[0]) is acts


def test_what_statements_write_to_is_told_without_schemas():
    body = f"begin {WRITE} delete from neighbour; update \"Sacks\" set kilos = 0; select 'update mill'; end"
    assert tables_written(function(body=body).functions[0]) == {"sack", "neighbour", "Sacks"}
