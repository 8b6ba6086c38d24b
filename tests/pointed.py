"""Evidence of schemas, made by hand."""

from dataclasses import replace

from pytest_readiness.evidence.access import AccessEvidence, Read, RelationAccess
from pytest_readiness.evidence.catalog import Function, Policy
from pytest_readiness.evidence.schema import Grant, SchemaEvidence
from relations import catalog, column, relation

ROLES = ("anon", "authenticated")
NOTES = relation("public.notes", column("id"), column("body", "text"))
OPEN = SchemaEvidence(ROLES, ("public",), (Grant("public.notes", "anon", ("SELECT",)),))
CLOSED = SchemaEvidence(ROLES, ("public",))
UNTRIED = AccessEvidence((), undeclared="nobody can be impersonated")


def table(**facts):
    """Return a catalog of one table of notes."""
    return catalog(replace(NOTES, **facts))


def guarded(using="", check="", command="ALL", roles=("authenticated",), **facts):
    """Return a catalog of one table with one policy."""
    policy = Policy("p", command, roles, True, using, check)
    return table(**{"rls": True, "policies": (policy,)} | facts)


def function(**facts):
    """Return a catalog of one function."""
    values = {
        "schema": "public",
        "name": "public.f",
        "signature": "public.f()",
        "kind": "function",
        "returns": "int",
        "definer": True,
        "owner": "postgres",
        "volatility": "volatile",
        "language": "sql",
        "config": (),
        "body": "select 1",
        "defaults": 0,
        "arguments": (),
        "callers": (),
    }
    return replace(catalog(), functions=(Function(**values | facts),))


def attacked(foreign):
    """Return what came of reading notes: so many rows of another."""
    reads = (Read("alice", 1, 0), Read("bob", 0, foreign))
    one = RelationAccess("public.notes", "view", "id", False, False, 1, "", "", (), reads)
    return AccessEvidence((one,))
