"""Files name the database and the roles of production: the one has another name here, the others are made."""

import pytest

from pytest_readiness import Status
from systems import by_subject, judged, system

NAMED = """
create role till_app nologin;
grant connect, temporary on database shop to till_app;
alter database "The Shop" set timezone = 'Africa/Kigali';
comment on
  database postgres is 'of the shop';
create table public.notes (says text);
insert into public.notes values ('we grant access on database backups');
"""


def test_what_is_said_of_the_database_is_said_of_the_one_at_hand(server, tmp_path):
    with system(server, tmp_path, NAMED) as target:
        (migration,) = target.built.migrations.migrations
        database = target.database()
        (zone,) = database.execute("show timezone").fetchone()
        (other,) = database.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = 'postgres'"
        ).fetchone()
        (said,) = database.execute("select says from public.notes").fetchone()
    assert said == "we grant access on database backups"
    assert (migration.failure, zone) == (None, "Africa/Kigali")
    assert other != "of the shop"


@pytest.mark.parametrize("name", ["s", "a_name_that_is_longer_than_the_one_here_by_far_and_far"])
def test_a_mistake_below_is_told_where_it_is(server, tmp_path, name):
    sql = f"grant connect on database {name} to public;\nselekt 1;\ncomment on database {name} is 'x';"
    with system(server, tmp_path, sql) as target:
        (migration,) = target.built.migrations.migrations
    assert (migration.failure.line, migration.failure.statement) == (2, "selekt 1")


SHOP = """
create table public.orders (id bigint primary key, shop uuid not null, note text);
alter table public.orders enable row level security;
create policy ours on public.orders to shop_app using (shop = nullif(current_setting('app.shop_id', true), '')::uuid);
grant select, insert, update, delete on public.orders to shop_app, shop_worker;
alter default privileges for role shop_owner in schema public grant select on tables to shop_app;
"""


def test_roles_that_a_file_expects_are_told_and_made_so_that_all_is_judged(server, tmp_path):
    with system(server, tmp_path, SHOP) as target:
        (migration,) = target.built.migrations.migrations
        found = (
            target.database()
            .execute(
                "select rolname, rolcanlogin or rolsuper or rolbypassrls from pg_roles where rolname like 'shop%' order by 1"
            )
            .fetchall()
        )
        (finding,) = judged(target, "MIG001").findings
        isolation = by_subject(judged(target, "ISO001"))["public.orders"]
    assert found == [("shop_app", False), ("shop_owner", False), ("shop_worker", False)]
    assert 'role "shop_app" does not exist' in migration.failure.message
    assert (migration.undone, finding.status) == ((), Status.FAILED)
    assert isolation.status is Status.PASSED, isolation.detail
