"""Tenants have a key that fits each type of column, and a row tells whose it is by any of them."""

import pytest

from pytest_readiness.evidence.ownership import Owners, Ownership
from pytest_readiness.evidence.people import BLUE, RED
from pytest_readiness.judges.isolation.labels import Labels
from relations import catalog, column, relation

TYPES = ("text", "character varying(8)", "character varying(6)", "character(6)", "character(3)")


@pytest.mark.parametrize("kind", TYPES)
def test_a_key_fits_its_column_and_tells_its_tenant(kind):
    rooms = relation("public.rooms", column("code", kind))
    labels = Labels(catalog(rooms), Owners(owned={"public.rooms": Ownership(tenants=("code",))}))
    for tenant in (RED, BLUE):
        key = tenant.key(kind)
        assert len(key) <= int(kind.partition("(")[2].rstrip(")") or 6)
        assert tenant.key(f"{kind}[]") == f"{{{key}}}"
        assert labels.of("public.rooms", {"code": key}) == {tenant.name}


def test_what_the_server_fills_up_with_blanks_tells_the_same():
    rooms = relation("public.rooms", column("code", "character(10)"))
    labels = Labels(catalog(rooms), Owners(owned={"public.rooms": Ownership(tenants=("code",))}))
    assert labels.of("public.rooms", {"code": BLUE.slug.ljust(10)}) == {BLUE.name}
