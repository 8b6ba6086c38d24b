"""What is done in one copy of the target while others are made beside it."""

from contextlib import closing

import psycopg
import pytest

from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.synthesis.acting import Acting
from pytest_readiness.gather.synthesis.outside import ReachedOutsideError, inside
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
