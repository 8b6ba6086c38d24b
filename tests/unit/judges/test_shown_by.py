"""A policy shows rows by what it has as USING: one that only checks what is written shows none."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from relations import column, relation


@pytest.mark.parametrize(
    ("command", "using", "shown"),
    [("ALL", "true", True), ("SELECT", "(id = 1)", True), ("ALL", "", False), ("UPDATE", "true", False)],
)
def test_policies_by_which_clients_read(command, using, shown):
    policy = Policy("p", command, ("public",), permissive=True, using=using, check="true")
    held = {"authenticated": Privileges(select=("id",))}
    made = replace(relation("public.strikes", column("id")), policies=(policy,), privileges=held)
    assert bool(made.shown_by) is shown
