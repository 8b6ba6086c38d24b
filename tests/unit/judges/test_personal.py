"""Rows that name no user are a person's where each has to say how to reach one."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.judges.owners.personal import is_of_a_person, says_who
from relations import column, relation

OPEN = "((owner_id IS NULL) OR (owner_id = auth.uid()))"


def table(name, *columns, policy="read", shown=None):
    found = relation(
        f"public.{name}", column("id"), column("owner_id", not_null=False), *columns, using=[OPEN]
    )
    names = tuple(c.name for c in found.columns)
    return replace(
        found,
        policies=(replace(found.policies[0], name=policy),),
        privileges={"authenticated": Privileges(select=shown or names)},
    )


MAIL = column("email", "text")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (table("requests", MAIL), ("email", True)),
        (table("orders", column("phoneNumber", "text")), ("phoneNumber", True)),
        (table("requests", replace(MAIL, not_null=False)), ("email", False)),
        # Shops have addresses, and are no persons.
        (table("venues", MAIL), ("email", False)),
        # What is made for all, or said to be theirs, is theirs.
        (table("mail_templates", MAIL), None),
        (table("requests", MAIL, policy="public requests"), None),
        (table("checklists", column("title", "text")), None),
        (table("requests", MAIL, shown=("id", "owner_id")), None),
    ],
)
def test_whose_rows_without_an_owner_are(found, said):
    assert says_who(found, ("owner_id",), {"authenticated"}) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [("email", True), ("contact_phone", True), ("username", False), ("slug", False), ("rank", False)],
)
def test_what_says_how_to_reach_a_person_is_told_from_what_he_is_called(name, said):
    assert is_of_a_person(name) is said
