"""A text by which rows are told apart names who belongs to the row that his own refers to."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.evidence.ownership import Who
from pytest_readiness.judges.owners.callers import hints_of
from relations import catalog, column, relation

JOINED = "select w.branch from public.keepers k join public.waterways w on w.id = k.waterway where k.keeper = auth.uid()"


def hinted(body, *, unique=True):
    columns = (column("id"), column("branch", "text"))
    said = ("((branch = kept()) OR starts_with(branch, kept()))",)
    places = relation("public.waterways", *columns, using=said)
    places = replace(places, unique=(("branch",),) if unique else ())
    keepers = relation("public.keepers", column("keeper"), column("waterway"), key=("keeper",))
    function = Function(
        schema="public",
        name="public.kept",
        signature="public.kept()",
        kind="function",
        returns="text",
        definer=True,
        owner="postgres",
        volatility="stable",
        language="sql",
        config=(),
        body=body,
        defaults=0,
        arguments=(),
        callers=(),
    )
    return hints_of(replace(catalog(places, keepers), functions=(function,)))


@pytest.mark.parametrize(
    "body",
    [JOINED, JOINED.replace("w.id = k.waterway", "k.waterway = w.id"), JOINED.replace(" w on", " as w on")],
    ids=["as usual", "turned", "with as"],
)
def test_what_a_function_reads_on_from_the_callers_row(body):
    found = hinted(body)
    assert found.callers["public.waterways", "branch"] is Who.TENANT
    assert ("public.keepers", "waterway") in found.looked_up


@pytest.mark.parametrize(
    ("body", "unique"),
    [(JOINED, False), (JOINED.replace("k.keeper = auth.uid()", "w.keeper = auth.uid()"), True)],
    ids=["that many have", "of the row that names him"],
)
def test_what_says_nothing_of_a_tenant(body, unique):
    found = hinted(body, unique=unique)
    assert ("public.keepers", "waterway") not in found.looked_up
