"""What is done in one copy of the target while others are made beside it."""

from contextlib import closing

import psycopg
import pytest

from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.synthesis.acting import Acting
from pytest_readiness.gather.synthesis.outside import ReachedOutsideError, inside
from pytest_readiness.run.prepare import open_store
from systems import system

SHUT = """
create function public.no() returns trigger language plpgsql as $$ begin raise exception 'by the form alone'; end $$;
create trigger no before insert on auth.users for each row execute function public.no();
"""


def test_settings_of_another_copy_are_no_reach_of_this_one(server, tmp_path):
    with (
        system(server, tmp_path, "select 1;") as target,
        closing(target.database()) as mine,
        closing(target.database()) as other,
        psycopg.connect(server.admin, autocommit=True) as admin,
    ):
        with inside(mine):
            admin.execute(f"alter database {other.info.dbname} set app.copied = 'yes'".encode())
        with pytest.raises(ReachedOutsideError), inside(mine):
            mine.execute(f"alter database {mine.info.dbname} set app.reached = 'yes'".encode())


def test_who_is_signed_up_past_triggers_leaves_them_awake(server, tmp_path):
    # As a trigger of the platform's own table.
    with (
        system(server, tmp_path, SHUT, migrations_as="superuser") as target,
        closing(target.database()) as connection,
        connection.transaction(),
    ):
        acting = Acting(connection, CatalogEvidence((), 180001), Owners(), target.profile.users)
        acting.sign_up(ALICE)
        assert connection.execute("select count(*) from auth.users").fetchone() == (1,)
        assert connection.execute("show session_replication_role").fetchone() == ("origin",)


WARY = """
create function public.joins() returns trigger language plpgsql security definer as $$
begin execute format('create role %I', new.called); return new; end $$;
create table public.seats (called text); create table public.plain (called text);
create trigger joins after insert on public.seats for each row execute function public.joins();
"""


def test_roles_that_another_makes_meanwhile_are_no_reach_of_what_is_run_here(server, tmp_path):
    with (
        system(server, tmp_path, WARY, migrations_as="superuser") as target,
        closing(target.database()) as mine,
        psycopg.connect(server.admin, autocommit=True) as admin,
    ):
        acting = Acting(mine, open_store(target, target.run_directory).get(CatalogEvidence), Owners(), "")
        assert acting.wary
        insert = "insert into public.{} values ('beside_{}') returning called"
        assert acting.run(ALICE, insert.format("plain", 1)) == "beside_1"
        admin.execute("create role made_beside")
        try:
            assert acting.run(ALICE, insert.format("plain", 2)) == "beside_2"
        finally:
            admin.execute("drop role made_beside")
        with pytest.raises(ReachedOutsideError):
            acting.run(ALICE, insert.format("seats", 3))
        assert admin.execute("select from pg_roles where rolname = 'beside_3'").fetchone() is None
