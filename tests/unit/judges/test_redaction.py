"""Which columns a log covers on purpose."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.audit import AuditedTable, Log, LogColumns, Write
from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.judges.audit.redaction import redacted, withheld
from pytest_readiness.judges.audit.trail import untruths
from relations import catalog, column, relation

COLUMNS = LogColumns(operation="op", old="was", new="now")
TABLE = AuditedTable("public.people", Log("public.log", COLUMNS, ""), "declared", ("id",), "", ())
ROW = {"id": 1, "name": "x", "ssn": "123-45", "iban": None}


def table(*told, log=TABLE.log):
    writes = tuple(
        Write("INSERT", "", "b", None, ROW, ({"op": "INSERT", "was": None, **one},)) for one in told
    )
    return replace(TABLE, writes=writes, log=log)


@pytest.mark.parametrize(
    ("told", "covered"),
    [
        ([{"id": 1, "name": "x"}], {"ssn"}),
        ([{"id": 1, "name": "x", "ssn": "***"}], {"ssn"}),
        ([ROW], set()),
        ([{"id": 1, "name": "x"}, ROW], set()),
        ([{"id": 1}], {"ssn"}),
    ],
)
def test_a_delicate_column_is_covered_if_no_entry_shows_it(told, covered):
    assert redacted(table(*({"now": image} for image in told))) == covered


def test_what_is_covered_is_no_untruth_and_all_else_is():
    audited = table({"now": {"id": 1, "ssn": "***"}})
    (write,) = audited.writes
    assert list(untruths(audited, write, redacted(audited))) == ["now lacks name"]


def test_history_tables_cover_columns_too():
    mirrored = Log("public.people_history", LogColumns(), "", mirrored=True)
    assert redacted(table({**ROW, "ssn": None}, log=mirrored)) == {"ssn"}


def test_entries_for_single_columns_cover_their_values():
    columns = LogColumns(row="of", changed="field", old="was", new="now")
    after = {**ROW, "ssn": "678-90", "name": "y"}
    told = ({"field": "ssn", "was": "***", "now": "***"}, {"field": "name", "was": "x", "now": "y"})
    entries = tuple({"of": 1, **one} for one in told)
    change = Write("UPDATE", "ssn", "b", ROW, after, entries)
    audited = replace(TABLE, log=replace(TABLE.log, columns=columns), writes=(change,))
    assert redacted(audited) == {"ssn"}
    assert not list(untruths(audited, change, redacted(audited)))


@pytest.mark.parametrize(
    ("shown", "covered"), [({"id": 1}, {"name", "ssn"}), ({"id": 1, "name": "x"}, {"ssn"})]
)
def test_what_grants_keep_from_readers_of_the_log_it_may_leave_out(shown, covered):
    audited = replace(table({"now": shown}), withheld=frozenset({"name"}))
    assert redacted(audited) == covered


@pytest.mark.parametrize(
    ("of_table", "of_log", "found"),
    [
        (("id",), ("n",), {"name"}),
        (("id", "name"), ("n",), set()),
        (("id",), (), set()),
        ((), ("n",), set()),
    ],
)
def test_columns_are_withheld_from_those_who_read_the_log_and_part_of_the_table(of_table, of_log, found):
    people = relation("public.people", column("id"), column("name"))
    log = relation("public.log", column("n"))
    people, log = (
        replace(one, privileges={"member": Privileges(select=columns)} if columns else {})
        for one, columns in ((people, of_table), (log, of_log))
    )
    assert withheld(catalog(people, log), people, TABLE.log) == found
