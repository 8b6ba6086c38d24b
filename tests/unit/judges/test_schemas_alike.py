"""Tenants have schemas of their own where these hold the same tables, and logins are called like them."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Role
from pytest_readiness.judges.owners.schemas_alike import homes
from relations import column, relation


def table(schema, name="pets", *columns, rls=False):
    made = relation(f"{schema}.{name}", *(column(one) for one in columns or ("id", "remark")))
    return replace(made, schema=schema, table=name, rls=rls)


def role(name, *, login=True, bypasses=False):
    known = {"superuser": False, "creates_roles": False, "settings": (), "member_of": ()}
    return Role(name=name, login=login, bypasses=bypasses, **known)


@pytest.mark.parametrize(
    ("tables", "roles", "found"),
    [
        ([table("elm"), table("oak")], [role("elm_desk"), role("oak_desk")], {"elm_desk": "elm", "oak_desk": "oak"}),
        ([table("elm"), table("oak")], [role("app_elm"), role("oak")], {"app_elm": "elm", "oak": "oak"}),
        ([table("elm"), table("oak")], [role("elm_desk")], {}),
        ([table("elm"), table("oak")], [role("elm_desk"), role("elm_till"), role("oak")], {}),
        ([table("elm"), table("oak")], [role("elm_desk"), role("oak_desk", login=False)], {}),
        ([table("elm"), table("oak")], [role("elm_desk"), role("oak_desk", bypasses=True)], {}),
        ([table("elm"), table("oak", "pets", "id")], [role("elm_desk"), role("oak_desk")], {}),
        ([table("elm", rls=True), table("oak", rls=True)], [role("elm_desk"), role("oak_desk")], {}),
        ([table("v1"), table("v2")], [role("v1_desk"), role("v2_desk")], {}),
        ([table("elm"), table("elm_north")], [role("elm_desk"), role("elm_north")], {"elm_desk": "elm", "elm_north": "elm_north"}),
    ],
    ids=["alike", "turned", "one", "several", "groups", "above", "others", "policies", "versions", "longer"],
)  # fmt: skip
def test_which_login_has_which_schema(tables, roles, found):
    assert {login: schema for login, (schema, _) in homes(tables, roles).items()} == found
