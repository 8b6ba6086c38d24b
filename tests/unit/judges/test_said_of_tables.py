"""A table without policies is public where its comment says so in so many words, and grants agree."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.judges.purpose.said_of_tables import said_public_of
from relations import column, relation

CLIENTS = ("anon", "authenticated")


def table(comment, *columns, rls=False, roles=CLIENTS, update=()):
    names = columns or ("id", "title")
    made = relation("public.theatres", *(column(name) for name in names))
    held = dict.fromkeys(roles, Privileges(select=names, update=update))
    return replace(made, comment=comment, rls=rls, privileges=held, policies=())


@pytest.mark.parametrize(
    ("known", "public"),
    [
        (table("public list of titles"), True),
        (table("Public register of all stages"), True),
        (table("ISO list, open to all"), True),
        (table("the public directory"), True),
        (table("Visible to everybody; kept by the office"), True),
        (table("Readable by all visitors"), True),
        (table("Readable by all members of the guild that owns it"), False),
        (table("Open to all staff"), False),
        (table("Open to everybody in the house"), False),
        (table("Open to all, within the house"), False),
        (table("Public key data"), False),
        (table("Public health data of patients"), False),
        (table("Public health register of patients"), False),
        (table(""), False),
        (table("slug = public subdomain"), False),
        (table("public list of titles once they are approved"), False),
        (table("no public list"), False),
        (table("public list of titles", "id", "email"), False),
        (table("public list of titles", rls=True), False),
        (table("public list of titles", roles=("authenticated",)), False),
        (table("public list of titles", update=("title",)), False),
    ],
    ids=[
        "list",
        "register",
        "open",
        "directory",
        "everybody",
        "all visitors",
        "members",
        "staff",
        "a house",
        "within",
        "keys",
        "health",
        "register of health",
        "nothing",
        "a word of it",
        "some",
        "none",
        "addresses",
        "policies",
        "not to strangers",
        "written",
    ],
)
def test_what_a_comment_says(known, public):
    assert bool(said_public_of(known, CLIENTS)) is public


@pytest.mark.parametrize(
    ("said", "public"),
    [("Public list of plays", True), ("open to all", False), ("public data", False)],
)
def test_what_belongs_to_somebody_has_to_be_called_a_list(said, public):
    assert said_public_of(table(said), CLIENTS)
    assert bool(said_public_of(table(said), CLIENTS, owned=True)) is public
