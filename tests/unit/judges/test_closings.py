"""What is closed to clients, and for want of what."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from pytest_readiness.judges.purpose.closings import lacked
from relations import column, relation

LOCKS = relation("public.locks", column("id"), column("words", "text"))
ALL = Privileges(("id",), ("id",), ("id",), ("delete",))


def policy(command, role="authenticated", *, permissive=True):
    return Policy("own", command, (role,), permissive=permissive, using="true", check="")


@pytest.mark.parametrize(
    ("policies", "held", "verb", "lack"),
    [
        ([policy("SELECT")], ALL, "DELETE", "policy"),
        ([policy("DELETE", permissive=False)], ALL, "DELETE", "policy"),
        ([policy("DELETE", "keepers")], ALL, "DELETE", ""),
        ([policy("ALL")], ALL, "DELETE", ""),
        ([policy("DELETE", "public")], ALL, "DELETE", ""),
        ([policy("ALL")], replace(ALL, others=()), "DELETE", "grant"),
        ([policy("ALL")], replace(ALL, insert=()), "INSERT", "grant"),
        ([], ALL, "TRUNCATE", ""),
    ],
)
def test_what_no_client_has(policies, held, verb, lack):
    locks = replace(LOCKS, rls=True, policies=tuple(policies), privileges={"authenticated": held})
    assert lacked(locks, verb, ["authenticated"]) == lack


def test_a_table_without_policies_that_needs_none_is_open():
    assert (
        lacked(replace(LOCKS, rls=False, privileges={"authenticated": ALL}), "DELETE", ["authenticated"])
        == ""
    )
