"""Rows hold lists, objects and numbers beside texts, under names that judges look for."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LEASES = """
create table public.leases (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users,
  {name} {type} not null, rent_cents bigint not null default 0, note text);
create table public.halls (id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users);
create table public.hirings (
  hall_id uuid not null references public.halls on delete cascade, user_id uuid not null references auth.users,
  {name} {type} not null, primary key (hall_id, user_id));
"""
TYPES = ["text[]", "integer[]", "jsonb", "int4range", "bytea", "interval", "point", "boolean"]


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_open_is_found_whatever_its_columns_hold(server, tmp_path, kind):
    with system(server, tmp_path, LEASES.format(name="consent_to", type=kind), profile="supabase") as target:
        for check in ("ISO002", "ISO003", "ISO004"):
            found = by_subject(judged(target, check))
            assert found["public.leases"].status is Status.FAILED, found
