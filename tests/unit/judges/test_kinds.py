"""A word in a row says which relation it hangs on, where a closed list has the names of relations."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Argument, CheckConstraint, Function
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.judges.isolation.labels import Labels
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

USERS = "auth.users"


def owners(*words, number=("about_id", "bigint"), names=("invoice", "contracts"), key="bigint"):
    """Return the owners of invoices, contracts, and remarks on what one of the words names."""
    owned = [relation(f"public.{name}", column("id", key), column("user_id")) for name in names]
    closed = CheckConstraint("c", ("about_kind",), f"CHECK ((about_kind = ANY (ARRAY{list(words)})))")
    remarks = relation("public.remarks", column("about_kind", "text"), column(*number), key=())
    return infer(catalog(*owned, replace(remarks, checks=(closed,))), Isolation(), USERS)


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("invoice", "contract"), {}),
        (("Invoice", "Contracts"), {}),
        (("invoice", "contract"), {"number": ("about_no", "text"), "key": "uuid"}),
        (("fattura", "contratto"), {"names": ("fatture", "contratti")}),
    ],
)
def test_the_word_leads_to_the_owner(words, given):
    found = owners(*words, **given).owned["public.remarks"].kinds
    assert found.column == "about_kind"
    assert [word for word, _ in found.ways] == [*words]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("invoice", "letter"), {}),
        (("open", "closed"), {}),
        (("invoice", "contract"), {"number": ("amount", "bigint")}),
        (("invoice", "contract"), {"number": ("about_id", "uuid")}),
    ],
)
def test_other_words_and_other_numbers_do_not(words, given):
    assert "public.remarks" not in owners(*words, **given).owned


def test_a_row_belongs_to_whose_the_row_of_that_kind_is():
    known = {
        "public.invoice": [{"id": 5, "user_id": BOB.uuid}],
        "public.contracts": [{"id": 5, "user_id": ALICE.uuid}],
    }
    labels = Labels(catalog(), owners("invoice", "contract"), known)
    told = [
        labels.of("public.remarks", {"about_kind": w, "about_id": 5}) for w in ("invoice", "contract", "x")
    ]
    assert told == [{BOB.name}, {ALICE.name}, frozenset()]


def open_owners(using, column_name="about_kind", names=("invoice", "contract"), *functions):
    """Return the owners of the same where any word may stand, and policies compare the number."""
    owned = [
        relation(f"public.{name}", column("id", "bigint"), column("user_id"), using=("user_id = auth.uid()",))
        for name in names
    ]
    said = (column(column_name, "text"), column("about_id", "bigint"))
    remarks = relation("public.remarks", *said, key=(), using=(using,))
    return infer(replace(catalog(*owned, remarks), functions=functions), Isolation(), USERS).owned


EITHER = "(about_id IN ( SELECT x.id FROM invoice x)) OR (about_id IN ( SELECT x.id FROM contract x))"
SAID = "((about_kind = 'I'::text) AND (about_id IN ( SELECT i.id FROM invoice i))) OR " + EITHER


@pytest.mark.parametrize(
    ("using", "words"),
    [
        (EITHER, {"invoice", "contract"}),
        (SAID.replace("'I'", "'Invoices'"), {"Invoices", "contract"}),
        (SAID, {"invoice", "contract"}),
    ],
)
def test_any_word_leads_to_the_owner_where_code_compares_the_number_with_two_keys(using, words):
    found = open_owners(using)["public.remarks"].kinds
    assert {word for word, _ in found.ways} == words


@pytest.mark.parametrize(
    ("using", "given"),
    [
        (EITHER, {"column_name": "about_whom"}),
        ("about_id IN ( SELECT x.id FROM invoice x)", {}),
        (EITHER.replace("contract", "invoice_archive"), {"names": ("invoice", "invoice_archive")}),
    ],
    ids=["no kind", "one key", "what was put aside"],
)
def test_else_it_says_nothing(using, given):
    assert "public.remarks" not in open_owners(using, **given)


def test_the_number_may_be_given_to_a_function():
    body = "select exists (select 1 from invoice i where i.id = n) or exists (select 1 from contract c where c.id = n)"
    given = (Argument("n", "bigint", "bigint", "b"),)
    owns = Function(
        "public",
        "public.owns",
        "public.owns(bigint)",
        "function",
        "boolean",
        definer=True,
        owner="postgres",
        volatility="stable",
        language="sql",
        config=(),
        body=body,
        defaults=0,
        arguments=given,
        callers=(),
    )
    found = open_owners("owns(about_id)", "about_kind", ("invoice", "contract"), owns)
    assert found["public.remarks"].kinds.column == "about_kind"
