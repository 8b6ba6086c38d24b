"""What an administrator writes down of an account is what code asks it for, and nothing that gives rights."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.ownership import Owners, Ownership
from pytest_readiness.evidence.people import ALICE, NEWCOMER, RED
from pytest_readiness.judges.owners.accounts import registered
from pytest_readiness.judges.sql.requests import Claim, registered_in, said_in
from relations import catalog, column, relation

NOTES = relation("public.notes", column("squad", "integer"), column("firm", "text"))
PROFILES = relation("public.profiles", column("squad", "integer"))
OWNERS = Owners(
    owned={
        "public.notes": Ownership(tenants=("squad",)),
        "public.profiles": Ownership(tenants=("squad",)),
    },
    public={},
    nobodys={},
)


def of(body, person=ALICE, owners=OWNERS):
    trigger = replace(NOTES, triggers=relation("t", body=body).triggers)
    return registered(catalog(trigger, PROFILES), owners, person)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("new.raw_app_meta_data ->> 'org'", {"org": RED.number}),
        ("new.raw_app_meta_data ->> 'squad'", {"squad": RED.number}),
        ("m := coalesce(new.raw_app_meta_data, '{}'); t := m ->> 'org'", {"org": RED.number}),
        ("x in (select y::int from jsonb_array_elements_text(raw_app_meta_data -> 'orgs') y)", {"orgs": [RED.number]}),
        ("new.raw_app_meta_data #>> '{org}'", {"org": RED.number}),
        ("new.raw_app_meta_data ->> 'nick'", {}),
        ("new.raw_app_meta_data ->> 'team_role'", {}),
        ("new.raw_app_meta_data ->> 'provider'", {}),
        ("new.raw_user_meta_data ->> 'org'", {}),
        ("new.raw_app_meta_data ->> 'nick', new.raw_user_meta_data ->> 'org'", {}),
        ("-- new.raw_app_meta_data ->> 'org'", {}),
    ],
)  # fmt: skip
def test_the_tenant_is_registered_where_code_asks_for_it(body, found):
    assert of(body) == found


def test_whoever_is_of_no_tenant_is_registered_with_none():
    assert of("new.raw_app_meta_data ->> 'org'", NEWCOMER) == {}


def test_a_key_has_the_type_of_the_column_called_so_or_else_the_commonest():
    owned = OWNERS.owned | {"public.notes": Ownership(tenants=("squad", "firm"))}
    both = "new.raw_app_meta_data ->> 'firm', new.raw_app_meta_data ->> 'org'"
    assert of(both, owners=replace(OWNERS, owned=owned)) == {"firm": RED.slug, "org": RED.number}
    assert of(both, owners=replace(OWNERS, owned={})) == {"firm": RED.uuid, "org": RED.uuid}


def test_what_users_say_of_themselves_is_apart_and_in_its_order():
    texts = [
        "a(new.raw_app_meta_data ->> 'org'); said := new.raw_user_meta_data; b(said ->> 'team', said ->> 'nick')"
    ]
    assert registered_in(texts) == tuple(Claim(name, "", listed=False) for name in ("nick", "org", "team"))
    assert said_in(texts) == tuple(Claim(name, "", listed=False) for name in ("team", "nick"))
