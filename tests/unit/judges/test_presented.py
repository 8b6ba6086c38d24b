"""A header names a tenant by a list that the backend keeps, and by none on which users put themselves."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy, Privileges
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

ASKED = "({} = ((current_setting('request.headers'::text, true))::json ->> 'x-{}'::text))"


def owners(*, name="greenhouse", roles=("authenticated",), writes=False):
    notes = relation("public.notes", column("id"), column(name, "text"), column("remark", "text"))
    shown = Policy("shown", "SELECT", roles, permissive=True, using=ASKED.format(name, name), check="")
    held = Privileges((name,), (name,) if writes else ())
    verb, using = "ALL" if writes else "SELECT", "(keeper = auth.uid())"
    own = Policy("own", verb, ("authenticated",), permissive=True, using=using, check="")
    keepers = relation("public.keepers", column(name, "text"), column("keeper"), key=(name, "keeper"))
    return infer(
        catalog(
            replace(notes, policies=(shown,)),
            replace(keepers, policies=(own,), privileges={"authenticated": held}),
        ),
        Isolation(),
        "auth.users",
    )


def test_a_list_of_the_backends_says_that_a_header_names_a_tenant():
    found = owners()
    assert [one.tenant for one in found.memberships] == ["greenhouse"]
    assert found.owned["public.notes"].tenants == ("greenhouse",)


@pytest.mark.parametrize(
    "given",
    [{"writes": True}, {"roles": ("public",)}, {"name": "drawer_code"}, {"name": "language"}],
    ids=str,
)
def test_what_users_choose_or_hold_names_none(given):
    assert not owners(**given).memberships
    assert "public.notes" not in owners(**given).owned
