"""By which words a row waits for somebody's approval, and by which it has it."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy
from pytest_readiness.judges.purpose.approval_words import is_made_by_its_owner, verdict
from relations import column, relation


def text(default):
    return column("state", "text", default=f"'{default}'::text")


@pytest.mark.parametrize(
    ("default", "words", "said"),
    [
        ("pending", ("pending", "rejected", "approved"), ("pending", "approved")),
        ("requested", ("granted", "requested"), ("requested", "granted")),
        ("In Review", ("In Review", "Published"), ("In Review", "Published")),
        ("beantragt", ("beantragt", "genehmigt"), ("beantragt", "genehmigt")),
        ("approved", ("pending", "approved"), None),
        ("draft", ("draft", "published"), None),
        ("pending", ("pending", "paid", "shipped"), None),
        ("open", ("open", "closed"), None),
    ],
)
def test_only_what_waits_for_somebodys_word_is_approved(default, words, said):
    assert verdict(text(default), words) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [("is_approved", ("false", "true")), ("terms_accepted", None), ("confirmed", None), ("is_active", None)],
)
def test_a_switch_is_one_that_nobody_turns_on_for_himself(name, said):
    assert verdict(column(name, "boolean", default="false"), ()) == said
    assert verdict(column(name, "boolean", default="true"), ()) is None


@pytest.mark.parametrize(
    ("command", "check", "said"),
    [
        ("INSERT", "(owner_id = auth.uid())", True),
        ("INSERT", "is_clerk()", False),
        ("UPDATE", "(owner_id = auth.uid())", False),
    ],
)
def test_policies_for_new_rows_ask_whose_they_are(command, check, said):
    policy = Policy("p", command, ("public",), permissive=True, using="", check=check)
    permits = replace(relation("public.permits", column("owner_id")), policies=(policy,))
    assert is_made_by_its_owner(permits, {"owner_id"}) is said
