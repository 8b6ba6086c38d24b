"""Addresses are told by code that takes them apart, and domains by what it compares with their ends."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Argument, Function
from pytest_readiness.judges.owners.mailboxes import mailboxes_of
from relations import catalog, column, relation

CARDS = ("public.cards", "contact")
HOSTS = ("public.hosts", "suffix")


def known(using, *bodies):
    cards = relation("public.cards", column("id"), column("contact", "text"), using=(using,))
    hosts = relation("public.hosts", column("firm"), column("suffix", "text"))
    functions = tuple(
        Function(
            schema="public",
            name="public.same_firm",
            signature="public.same_firm(p text)",
            kind="function",
            returns="boolean",
            definer=True,
            owner="postgres",
            volatility="stable",
            language="plpgsql",
            config=(),
            body=body,
            defaults=0,
            arguments=(Argument("p", "text", "text", "b"),),
            callers=(),
        )
        for body in bodies
    )
    return replace(catalog(cards, hosts), functions=functions)


QUERY = "(EXISTS ( SELECT 1 FROM hosts h WHERE (h.suffix = {})))"


@pytest.mark.parametrize(
    "found",
    [
        known(QUERY.format("lower(split_part(cards.contact, '@'::text, 2))")),
        known(QUERY.format("\"substring\"(contact, '@(.*)$'::text)")),
        known("same_firm(contact)", "select true from hosts h where h.suffix = lower(split_part(p, '@', 2))"),
        known("same_firm(contact)", "select true from hosts h where split_part($1, '@', 2) = h.suffix"),
        known(
            "same_firm(cards.contact)",
            "declare d text := lower(split_part(p, '@', 2)); begin return exists (select 1 from hosts where suffix = d); end",
        ),
    ],
    ids=["a query", "a pattern", "an argument", "turned round", "a variable"],
)
def test_an_address_is_what_is_taken_apart_and_a_domain_what_its_end_is_compared_with(found):
    mailboxes = mailboxes_of(found)
    assert mailboxes.addresses == {CARDS}
    assert mailboxes.domains == {HOSTS}


@pytest.mark.parametrize(
    "using",
    [
        QUERY.format("split_part(cards.contact, '/'::text, 2)"),
        QUERY.format("split_part(auth.email(), '@'::text, 2)"),
        QUERY.format("cards.contact"),
    ],
    ids=["a path", "the caller's", "as it is"],
)
def test_nothing_else_is_an_address(using):
    assert not mailboxes_of(known(using)).addresses
