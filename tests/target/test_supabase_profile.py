"""A plain PostgreSQL behaves as Supabase does: for migrations, for clients, and for who signs up."""

import uuid
from contextlib import contextmanager

import psycopg
import pytest

from pytest_readiness.target.profiles import PROFILES
from systems import build_system, system

A, B = "a0000000-0000-4000-8000-00000000000a", "b0000000-0000-4000-8000-00000000000b"


def failures(built):
    return {m.name: str(m.failure) for m in built.migrations.migrations if m.failure}


@pytest.fixture(scope="module")
def platform(server, tmp_path_factory):
    """Yield a superuser's connection to the platform with nothing in it but one table of a migration."""
    made = """
        create extension pg_cron;
        create table public.notes (id int);
        create function public.secret() returns int language sql as 'select 1';
        revoke execute on function public.secret() from public;
        create policy "own folder" on storage.objects for insert to authenticated
            with check (auth.uid()::text = (storage.foldername(name))[1]);
        insert into storage.buckets (id, name) values ('avatars', 'avatars');
        select vault.create_secret('key', 'name');"""
    with system(server, tmp_path_factory.mktemp("platform"), made) as target:
        assert failures(target.built) == {}
        yield target.database()


@contextmanager
def acting(connection, role, **settings):
    """Act as a role that really logged in, or that the API's login set; undone afterwards."""
    with connection.transaction(force_rollback=True):
        clients = {"anon", "authenticated", "service_role"}
        connection.execute(f"set local session authorization {'authenticator' if role in clients else role}")
        connection.execute(f"set local role {role}")
        for name, value in settings.items():
            connection.execute("select set_config(%s, %s, true)", [name.replace("__", "."), value])
        yield connection


def value(connection, sql, *arguments):
    return connection.execute(sql, arguments).fetchone()[0]


# ── Migrations ──────────────────────────────────────────────────────────────────────────────


def test_every_stand_in_is_created_by_a_migration(server, tmp_path):
    assert {"pg_cron", "pg_net", "supabase_vault"} <= set(server.stand_ins)
    made = [f'create extension if not exists "{name}"' for name in server.stand_ins]
    assert failures(build_system(server, tmp_path, *made)) == {}


@pytest.mark.parametrize(
    "sql",
    [
        "create extension pg_cron with schema pg_catalog; select cron.schedule('j', '* * * * *', 'select 1')",
        "create extension pg_cron with schema extensions; select cron.unschedule(cron.schedule('@daily', ''))",
        "create extension pg_net with schema extensions; select net.http_post('http://x', '{}')",
        "create extension if not exists pgsodium with schema pgsodium",
        "drop extension if exists pg_graphql; create extension pg_graphql with schema graphql",
        "create extension pg_trgm; alter extension pg_trgm set schema extensions",
        "create extension citext; alter extension citext set schema extensions",
        (
            "create extension postgis with schema extensions;"
            " create table places (at geography(Point, 4326), area geometry(Polygon, 4326), x float, y float,"
            "   made geography(Point) generated always as (st_setsrid(st_makepoint(x, y), 4326)::geography) stored);"
            " create index on places using gist (at); create index on places using gist (area);"
            " insert into places (at, x, y) values ('SRID=4326;POINT(1 2)', 3, 4)"
        ),
        (
            "create extension vector with schema extensions; create table texts (meaning vector(3));"
            " create index on texts using hnsw (meaning vector_cosine_ops);"
            " insert into texts values ('[1,2,3]'); select 1 / (meaning <=> '[3,2,1]') from texts"
        ),
        (
            "create table t (id uuid default uuid_generate_v4(), owner uuid references auth.users on delete cascade);"
            " insert into t default values"
        ),
        (
            "create function f() returns trigger language plpgsql as 'begin return new; end';"
            " create trigger on_signup after insert on auth.users for each row execute function f();"
            " create trigger on_upload after insert on storage.objects for each row execute function f()"
        ),
        (
            "create policy p on storage.objects for select using (bucket_id = 'public');"
            " alter table storage.objects enable row level security;"
            " create policy p on realtime.messages for select using (realtime.topic() = auth.uid()::text)"
        ),
        (
            "create table t (id int primary key); alter publication supabase_realtime add table t;"
            " drop publication supabase_realtime; create publication supabase_realtime for table t"
        ),
        "set session_replication_role = replica; alter role authenticator set pgrst.db_max_rows = '9'",
        "create role app_reader; grant authenticated to app_reader; set role anon; reset role; drop role app_reader",
        (
            "alter default privileges in schema public revoke execute on functions from anon;"
            " comment on schema public is 'mine'; grant usage on schema auth to anon"
        ),
        (
            "create schema private; create table private.t (id int); select * from"
            " supabase_migrations.schema_migrations"
        ),
    ],
    ids=lambda sql: sql[:60],
)
def test_a_migration_may_do_what_supabase_lets_it_do(server, tmp_path, sql):
    assert failures(build_system(server, tmp_path, sql)) == {}


@pytest.mark.parametrize("prelude", ["", "set session_replication_role = replica; "])
def test_default_privileges_do_not_open_a_connection_as_the_superuser(server, tmp_path, prelude):
    ours = psycopg.conninfo.make_conninfo(server.admin)
    way = f"create extension dblink; select dblink_connect_u('{ours}')"
    (refused,) = failures(build_system(server, tmp_path, prelude + way)).values()
    assert "permission denied for function dblink_connect_u" in refused


def test_the_roles_are_made_once_and_no_superuser_applies_migrations(server):
    profile = PROFILES["supabase"]
    with psycopg.connect(server.admin, autocommit=True) as admin:
        roles = "select array_agg((rolname, rolsuper, rolbypassrls, rolcanlogin) order by 1) from pg_roles"
        admin.execute(profile.cluster_sql("postgres").encode())
        before = value(admin, roles)
        admin.execute(profile.cluster_sql("postgres").encode())
        assert value(admin, roles) == before
        for name in ("supabase", "postgres"):
            with pytest.raises(psycopg.errors.RaiseException, match="superuser"):
                admin.execute(PROFILES[name].cluster_sql("supabase_admin").encode())


# ── Clients ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["anon", "authenticated"])
@pytest.mark.parametrize(
    "sql",
    [
        "select * from auth.users",
        "select * from auth.sessions",
        "select * from vault.secrets",
        "select * from vault.decrypted_secrets",
        "select vault.create_secret('x')",
        "select cron.schedule('* * * * *', '')",
        "select * from supabase_migrations.schema_migrations",
        "create table public.mine (id int)",
        "create extension citext",
        "insert into storage.objects (bucket_id, name) values ('avatars', 'nobody/x.png')",
        "insert into storage.buckets (id, name) values ('x', 'x')",
        "insert into realtime.messages (topic, extension) values ('x', 'broadcast')",
        "alter table storage.objects disable row level security",
        "set role postgres",
        "set role supabase_storage_admin",
        "set role supabase_auth_admin",
    ],
)
def test_a_client_is_refused_what_supabase_refuses(platform, role, sql):
    with acting(platform, role) as client, pytest.raises(psycopg.errors.InsufficientPrivilege):
        client.execute(sql)


def test_what_a_migration_makes_in_public_is_open_to_clients_until_it_is_closed(platform):
    with acting(platform, "anon") as anon:
        assert value(anon, "select count(*) from public.notes") == 0
        assert value(anon, "select has_table_privilege('public.notes', 'TRUNCATE')")
        assert value(anon, "select public.secret()") == 1  # a revoke from public alone does not close it


def test_a_policy_binds_the_user_and_not_the_service(platform):
    upload = "insert into storage.objects (bucket_id, name) values ('avatars', %s) returning path_tokens"
    with acting(platform, "authenticated", request__jwt__claims=f'{{"sub": "{A}"}}') as user:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), user.transaction():
            user.execute(upload.removesuffix(" returning path_tokens"), [f"{B}/x.png"])
        user.execute(upload.removesuffix(" returning path_tokens"), [f"{A}/x.png"])
    with acting(platform, "service_role") as service:
        assert value(service, upload, f"{B}/x.png") == [B, "x.png"]


@pytest.mark.parametrize(
    ("settings", "uid", "role", "email"),
    [
        ({}, None, None, None),
        ({"request__jwt__claims": "", "request__jwt__claim__sub": ""}, None, None, None),
        ({"request__jwt__claims": '{"role": "anon", "sub": ""}'}, None, "anon", None),
        (
            {"request__jwt__claims": f'{{"sub": "{A}", "role": "authenticated", "email": "a@x"}}'},
            uuid.UUID(A),
            "authenticated",
            "a@x",
        ),
        (
            {
                "request__jwt__claim__sub": A,
                "request__jwt__claim__role": "old",
                "request__jwt__claim__email": "o@x",
            },
            uuid.UUID(A),
            "old",
            "o@x",
        ),
    ],
    ids=["never set", "set before", "nobody", "claims", "one setting each"],
)
def test_who_calls(platform, settings, uid, role, email):
    with acting(platform, "authenticated", **settings) as user:
        found = user.execute("select auth.uid(), auth.role(), auth.email(), auth.jwt() ->> 'sub'").fetchone()
    assert found[:3] == (uid, role, email)
    if "request__jwt__claims" not in settings or uid is None:
        assert not found[3]


# ── Signing up ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("definition", "works"),
    [
        ("security definer set search_path = ''", True),
        ("security definer", False),  # the path of whoever signs up is auth alone
        ("set search_path = public", False),  # who signs up has no privileges in public
    ],
    ids=["sound", "without a path", "without its owner's rights"],
)
def test_a_sign_up_trigger_runs_as_on_supabase(server, tmp_path, definition, works):
    table = "public.profiles" if "''" in definition else "profiles"
    made = f"""
        create table public.profiles (id uuid primary key references auth.users);
        create function public.join_up() returns trigger language plpgsql {definition} as $$
        begin insert into {table} values (new.id); return new; end $$;
        create trigger join_up after insert on auth.users for each row execute function public.join_up();"""
    with system(server, tmp_path, made) as target:
        assert failures(target.built) == {}
        database = target.database().info.dbname
        login = server.conninfo(database=database, user="supabase_auth_admin")
        with psycopg.connect(login, autocommit=True) as auth:
            if works:
                auth.execute("insert into auth.users (id) values (%s)", [A])
            else:
                with pytest.raises(psycopg.Error):
                    auth.execute("insert into auth.users (id) values (%s)", [A])


# ── Stand-ins that work ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["", "example.com", "x" * 39, "x" * 40, "x" * 300, "né"])
def test_named_uuids_are_those_of_the_standard(platform, name):
    made = platform.execute(
        "select extensions.uuid_generate_v3(extensions.uuid_ns_dns(), %(name)s),"
        " extensions.uuid_generate_v5(extensions.uuid_ns_url(), %(name)s)",
        {"name": name},
    ).fetchone()
    assert made == (uuid.uuid3(uuid.NAMESPACE_DNS, name), uuid.uuid5(uuid.NAMESPACE_URL, name))


@pytest.mark.parametrize(
    ("name", "folder", "file", "extension"),
    [
        ("a/b/c.tar.gz", ["a", "b"], "c.tar.gz", "gz"),
        ("c.png", [], "c.png", "png"),
        ("a/plain", ["a"], "plain", "plain"),
    ],
)
def test_paths_of_objects_are_taken_apart(platform, name, folder, file, extension):
    parts = "select storage.foldername(%(n)s), storage.filename(%(n)s), storage.extension(%(n)s)"
    assert platform.execute(parts, {"n": name}).fetchone() == (folder, file, extension)


def test_what_a_stand_in_cannot_do_it_refuses_by_name(platform):
    with pytest.raises(psycopg.errors.FeatureNotSupported, match=r"^stand-in: "), platform.transaction():
        platform.execute("select graphql.resolve('{}')")
