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
