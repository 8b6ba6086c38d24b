"""A link says nothing by itself, and is over by what is called so."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CheckConstraint
from pytest_readiness.judges.owners.links import ends, is_link
from relations import column, relation

KEYS = ("id", "file_id", "token")


def links(*more, references=None, checks=()):
    columns = [column(name) for name in KEYS]
    made = relation("public.links", *columns, *more, references=references or {"file_id": "public.files"})
    return replace(made, checks=checks)


@pytest.mark.parametrize(
    ("more", "is_one"),
    [
        (column("label", "text", not_null=False), True),
        (column("email", "text"), True),
        (column("role", "text", default="'reader'::text"), True),
        (column("wishes", "text"), False),
        (column("total", "numeric(12,2)"), False),
    ],
)
def test_what_is_a_link(more, is_one):
    assert is_link(links(more), KEYS) is is_one


def test_what_leads_nowhere_is_no_link():
    assert not is_link(replace(links(), foreign_keys=()), KEYS)


@pytest.mark.parametrize(
    ("one", "over", "held"),
    [
        (column("revoked_at", "timestamp with time zone", not_null=False), "2001-01-01", None),
        (column("expires_at", "timestamp with time zone", not_null=False), "2001-01-01", "2999-01-01"),
        (column("valid_until", "date"), "2001-01-01", "2999-01-01"),
        (column("is_active", "boolean", default="true"), "false", "true"),
        (column("revoked", "boolean", default="false"), "true", "false"),
    ],
)
def test_how_a_link_ends(one, over, held):
    (end,) = ends(links(one))
    assert (end.column.name, end.over, end.held) == (one.name, over, held)


def test_how_a_link_ends_by_a_word():
    one = column("state", "text", default="'open'::text")
    check = CheckConstraint(
        "c", ("state",), "CHECK (state = ANY (ARRAY['open'::text, 'seen'::text, 'revoked'::text]))"
    )
    (end,) = ends(links(one, checks=(check,)))
    assert (end.over, end.held) == ("revoked", "open")


@pytest.mark.parametrize("name", ["created_at", "archived_at", "hidden_at", "seen_at", "accepted_at"])
def test_what_is_no_end(name):
    assert not list(ends(links(column(name, "timestamp with time zone", not_null=False))))
