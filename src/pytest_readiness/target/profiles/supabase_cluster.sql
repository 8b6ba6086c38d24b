-- The roles of a Supabase project. Run by a superuser, once a cluster; repeating it changes nothing.
-- {{owner}} stands for the role that applies migrations, as a quoted identifier. Roles that exist
-- already keep their attributes: the server may be somebody else's. Passwords are set by the caller.

do $cluster$
declare
  platform record;
  setting text;
begin
  -- Two runs may begin at the same moment on one server.
  perform pg_advisory_xact_lock(hashtext('pytest-readiness: roles'));

  -- ── The platform's roles ──────────────────────────────────────────────────────────────────
  -- The client roles inherit and cannot log in; the API logs in as authenticator, whose NOINHERIT
  -- makes it powerless until it sets one of them.
  for platform in
    select * from (values
      ('anon',                       'nologin'),
      ('authenticated',              'nologin'),
      ('service_role',               'nologin bypassrls'),
      ('authenticator',              'login noinherit'),
      ('supabase_admin',             'nologin'),
      ('supabase_auth_admin',        'login noinherit'),
      ('supabase_storage_admin',     'login noinherit'),
      ('supabase_functions_admin',   'login noinherit'),
      ('supabase_realtime_admin',    'nologin noinherit'),
      ('supabase_replication_admin', 'login replication'),
      ('supabase_read_only_user',    'login bypassrls in role pg_read_all_data'),
      ('dashboard_user',             'nologin createdb'),
      ('pgbouncer',                  'login'),
      ('pgsodium_keyiduser',         'nologin'),
      ('pgsodium_keyholder',         'nologin in role pgsodium_keyiduser'),
      ('pgsodium_keymaker',          'nologin in role pgsodium_keyholder')
    ) as roles (name, attributes)
    where not exists (select from pg_roles where rolname = name)
  loop
    execute format('create role %I %s', platform.name, platform.attributes);
    -- A sign-up runs with this path. A trigger function on auth.users that neither qualifies its
    -- names nor sets a search_path fails there, and only there.
    if platform.name in ('supabase_auth_admin', 'supabase_storage_admin') then
      execute format('alter role %I set search_path = %I', platform.name, split_part(platform.name, '_', 2));
    end if;
  end loop;

  grant anon, authenticated, service_role to authenticator;
  grant authenticator to supabase_storage_admin;

  -- ── The role that applies migrations ──────────────────────────────────────────────────────
  if not exists (select from pg_roles where oid = to_regrole($owner${{owner}}$owner$)) then
    create role {{owner}} login nosuperuser createdb createrole bypassrls;
  elsif (select rolsuper from pg_roles where oid = to_regrole($owner${{owner}}$owner$)) then
    raise exception 'the role {{owner}} is a superuser: migrations applied as it could run programs';
  end if;

  -- Since 16, CREATEROLE grants and alters only roles that it has the admin option on.
  grant anon, authenticated, service_role, authenticator to {{owner}} with admin option;

  -- Policies and table options need ownership. Membership in the owners gives it, for the tables
  -- of auth, storage and realtime alike; client roles must never be members, or no policy of
  -- storage.objects would hold for them.
  grant supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin, supabase_functions_admin
    to {{owner}};
  grant pg_monitor to {{owner}};

  -- ── What Supabase lets this role do although it is no superuser ───────────────────────────
  -- Dumps of data begin with session_replication_role; the API is configured by pgrst.* of
  -- authenticator. Parameters have privileges since 15.
  if current_setting('server_version_num')::int >= 150000 then
    foreach setting in array array[
      'session_replication_role', 'log_lock_waits', 'log_min_messages', 'track_io_timing',
      'auto_explain.log_min_duration', 'auto_explain.log_nested_statements', 'safeupdate.enabled',
      'pg_net.batch_size', 'pg_net.ttl', 'pgaudit.log', 'pgaudit.log_catalog', 'pgaudit.log_level',
      'pgaudit.log_parameter', 'pgaudit.log_relation', 'pgaudit.log_statement_once', 'pgaudit.role',
      'pgrst.app_settings', 'pgrst.db_aggregates_enabled', 'pgrst.db_anon_role',
      'pgrst.db_extra_search_path', 'pgrst.db_max_rows', 'pgrst.db_plan_enabled', 'pgrst.db_pre_config',
      'pgrst.db_pre_request', 'pgrst.db_schemas', 'pgrst.db_tx_end', 'pgrst.jwt_aud',
      'pgrst.jwt_role_claim_key', 'pgrst.jwt_secret', 'pgrst.openapi_mode', 'pgrst.server_timing_enabled']
    loop
      execute format('grant set on parameter %s to {{owner}}', setting);
    end loop;
  end if;

  -- ── What it must not do ───────────────────────────────────────────────────────────────────
  -- Before 16, CREATEROLE may grant itself any role that is no superuser: the three that reach
  -- files and programs too. Where a server has them it is given up; ours of that age have none.
  if current_setting('server_version_num')::int < 160000
    and exists (select from pg_roles where rolname in (
      'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'))
  then
    alter role {{owner}} nocreaterole;
  end if;
end
$cluster$;
