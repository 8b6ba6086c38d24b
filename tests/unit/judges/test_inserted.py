"""The arguments of a function tell the columns that its INSERT fills with them, or that are called like them."""

import pytest

from pointed import function
from pytest_readiness.evidence.catalog import Argument
from pytest_readiness.judges.sql.inserted import names_told, told_by
from relations import column, relation

LOG = relation(
    "public.audit_log", *(column(n) for n in ("table_name", "operation", "row_id", "oldData", "at"))
)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("insert into public.audit_log (table_name, operation) values (p_a, upper(p_b))", ("table_name", "operation")),
        ("insert into audit_log(operation, table_name) select p_a, p_b from x", ("operation", "table_name")),
        ("insert into audit_log (at, table_name, row_id) values (now(), concat(p_a, ',', 1), $2)", ("table_name", "row_id")),
        ("insert into public.other (table_name) values (p_a)", ("", "")),
        ("insert into audit_log (table_name) values (p_ab)", ("", "")),
        ("", ("", "")),
    ],
)  # fmt: skip
def test_a_body_says_what_its_arguments_fill(body, told):
    arguments = (Argument("p_a", "text", "text", "b"), Argument("p_b", "text", "text", "b"))
    assert told_by(function(body=body, arguments=arguments).functions[0], LOG) == told


@pytest.mark.parametrize(
    ("name", "told"),
    [("p_operation", "operation"), ("row_id", "row_id"), ("_oldData", ""), ("p_old_data", "oldData"), ("note", ""), ("", "")],
)  # fmt: skip
def test_a_name_says_it_where_the_body_hands_on(name, told):
    arguments = (Argument(name, "text", "text", "b"),)
    assert told_by(function(body="perform helper($1)", arguments=arguments).functions[0], LOG) == (told,)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("insert into audit_log (at, row_id) select now(), r.nr from x r", {"nr": "row_id"}),
        ("insert into public.audit_log as l (row_id, operation) select trim(r.nr), r.what from x r", {"nr": "row_id", "what": "operation"}),
        ("insert into audit_log (row_id) select r.nr || r.what from x r", {}),
        ("insert into public.other (row_id) select r.nr from x r", {}),
    ],
)  # fmt: skip
def test_a_name_fills_a_column_alone(body, told):
    assert names_told(function(body=body).functions[0], LOG, ["nr", "what"]) == told
