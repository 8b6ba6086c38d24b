"""A word in a row says which relation it hangs on, where a closed list has the names of relations."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CheckConstraint
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
