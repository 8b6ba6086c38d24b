-- What a database of a Supabase project holds before its first migration. Run by a superuser in a
-- fresh database that belongs to {{owner}}, the role that applies migrations (a quoted identifier);
-- the roles exist. What a stand-in cannot do it refuses with 0A000 and a message that says so.

-- ── The database ────────────────────────────────────────────────────────────────────────────
-- Migrations call uuid_generate_v4() and the like without a schema. The setting reaches sessions
-- that begin later; a copy of the database does not inherit it.
do $settings$
begin
  execute format('alter database %I set search_path = "$user", public, extensions', current_database());
  execute format('alter database %I set "app.settings.jwt_exp" = %L', current_database(), '3600');
  -- Since 15 schema public belongs to whoever owns the database; before, to the superuser.
  if not exists (
    select from pg_namespace where nspname = 'public' and nspowner = to_regrole('pg_database_owner')
  ) then
    alter schema public owner to {{owner}};
  end if;
end
$settings$;

-- ── Schemas ─────────────────────────────────────────────────────────────────────────────────
-- Dumps say "create extension … with schema …" of graphql, pgsodium and vault without creating them.
create schema auth;
create schema extensions;
create schema graphql;
create schema graphql_public;
create schema pgsodium;
create schema realtime;
create schema _realtime;
create schema storage;
create schema supabase_functions;
create schema supabase_migrations authorization {{owner}};
create schema vault;

grant all on schema auth, extensions, graphql, graphql_public, pgsodium, public, realtime, storage,
  supabase_functions to {{owner}} with grant option;
grant usage on schema public, auth, extensions, graphql_public, realtime, storage, supabase_functions
  to anon, authenticated, service_role;
grant all on schema auth to supabase_auth_admin;
grant all on schema realtime, _realtime to supabase_realtime_admin;
grant all on schema storage to supabase_storage_admin;
grant all on schema supabase_functions to supabase_functions_admin;

-- ── Default privileges ──────────────────────────────────────────────────────────────────────
-- They decide verdicts: every table, function and sequence that is later made in public is open to
-- the client roles, and only row level security or a revoke closes it.
alter default privileges for role {{owner}} in schema public
  grant all on tables to {{owner}}, anon, authenticated, service_role;
alter default privileges for role {{owner}} in schema public
  grant all on functions to {{owner}}, anon, authenticated, service_role;
alter default privileges for role {{owner}} in schema public
  grant all on sequences to {{owner}}, anon, authenticated, service_role;
-- The same for objects of the superuser, who is supabase_admin on Supabase and here.
alter default privileges in schema public
  grant all on tables to {{owner}}, anon, authenticated, service_role;
alter default privileges in schema public
  grant all on functions to {{owner}}, anon, authenticated, service_role;
alter default privileges in schema public
  grant all on sequences to {{owner}}, anon, authenticated, service_role;

-- ── auth: types and tables ──────────────────────────────────────────────────────────────────
-- Without those of single sign-on by SAML and of OAuth servers, which no migration was seen to use.
-- The owner is not {{owner}}: a sign-up trigger runs as supabase_auth_admin, who has no privileges
-- outside auth, so that only a security definer function gets through.
set role supabase_auth_admin;

create type auth.aal_level as enum ('aal1', 'aal2', 'aal3');
create type auth.code_challenge_method as enum ('s256', 'plain');
create type auth.factor_status as enum ('unverified', 'verified');
create type auth.factor_type as enum ('totp', 'webauthn', 'phone');
create type auth.one_time_token_type as enum (
  'confirmation_token', 'reauthentication_token', 'recovery_token',
  'email_change_token_new', 'email_change_token_current', 'phone_change_token');

create table auth.users (
  instance_id uuid,
  id uuid primary key,
  aud varchar(255),
  role varchar(255),
  email varchar(255),
  encrypted_password varchar(255),
  email_confirmed_at timestamptz,
  invited_at timestamptz,
  confirmation_token varchar(255),
  confirmation_sent_at timestamptz,
  recovery_token varchar(255),
  recovery_sent_at timestamptz,
  email_change_token_new varchar(255),
  email_change varchar(255),
  email_change_sent_at timestamptz,
  last_sign_in_at timestamptz,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_super_admin boolean,
  created_at timestamptz,
  updated_at timestamptz,
  phone text unique,
  phone_confirmed_at timestamptz,
  phone_change text default '',
  phone_change_token varchar(255) default '',
  phone_change_sent_at timestamptz,
  confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
  email_change_token_current varchar(255) default '',
  email_change_confirm_status smallint default 0 check (email_change_confirm_status between 0 and 2),
  banned_until timestamptz,
  reauthentication_token varchar(255) default '',
  reauthentication_sent_at timestamptz,
  is_sso_user boolean not null default false,
  deleted_at timestamptz,
  is_anonymous boolean not null default false
);
-- Users of single sign-on may share an address with others; everybody else is unique by it.
create unique index users_email_partial_key on auth.users (email) where not is_sso_user;

create table auth.identities (
  provider_id text not null,
  user_id uuid not null references auth.users on delete cascade,
  identity_data jsonb not null,
  provider text not null,
  last_sign_in_at timestamptz,
  created_at timestamptz,
  updated_at timestamptz,
  email text generated always as (lower(identity_data ->> 'email')) stored,
  id uuid primary key default gen_random_uuid(),
  constraint identities_provider_id_provider_unique unique (provider_id, provider)
);

create table auth.sessions (
  id uuid primary key,
  user_id uuid not null references auth.users on delete cascade,
  created_at timestamptz,
  updated_at timestamptz,
  factor_id uuid,
  aal auth.aal_level,
  not_after timestamptz,
  refreshed_at timestamp,
  user_agent text,
  ip inet,
  tag text,
  oauth_client_id uuid,
  refresh_token_hmac_key text,
  refresh_token_counter bigint,
  scopes text
);

create table auth.refresh_tokens (
  instance_id uuid,
  id bigserial primary key,
  token varchar(255) unique,
  user_id varchar(255),
  revoked boolean,
  created_at timestamptz,
  updated_at timestamptz,
  parent varchar(255),
  session_id uuid references auth.sessions on delete cascade
);

create table auth.mfa_factors (
  id uuid primary key,
  user_id uuid not null references auth.users on delete cascade,
  friendly_name text,
  factor_type auth.factor_type not null,
  status auth.factor_status not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  secret text,
  phone text,
  last_challenged_at timestamptz unique,
  web_authn_credential jsonb,
  web_authn_aaguid uuid,
  last_webauthn_challenge_data jsonb
);

create table auth.mfa_challenges (
  id uuid primary key,
  factor_id uuid not null references auth.mfa_factors on delete cascade,
  created_at timestamptz not null,
  verified_at timestamptz,
  ip_address inet not null,
  otp_code text,
  web_authn_session_data jsonb
);

create table auth.mfa_amr_claims (
  session_id uuid not null references auth.sessions on delete cascade,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  authentication_method text not null,
  id uuid primary key,
  unique (session_id, authentication_method)
);

create table auth.one_time_tokens (
  id uuid primary key,
  user_id uuid not null references auth.users on delete cascade,
  token_type auth.one_time_token_type not null,
  token_hash text not null check (token_hash <> ''),
  relates_to text not null,
  created_at timestamp not null default now(),
  updated_at timestamp not null default now(),
  unique (user_id, token_type)
);

create table auth.flow_state (
  id uuid primary key,
  user_id uuid,
  auth_code text,
  code_challenge_method auth.code_challenge_method,
  code_challenge text,
  provider_type text not null,
  provider_access_token text,
  provider_refresh_token text,
  created_at timestamptz,
  updated_at timestamptz,
  authentication_method text not null,
  auth_code_issued_at timestamptz
);

create table auth.audit_log_entries (
  instance_id uuid,
  id uuid primary key,
  payload json,
  created_at timestamptz,
  ip_address varchar(64) not null default ''
);

create table auth.schema_migrations (version varchar(255) primary key);

-- Their owner is not bound by it; it keeps out whoever is granted the tables without a policy.
alter table auth.users enable row level security;
alter table auth.identities enable row level security;
alter table auth.sessions enable row level security;
alter table auth.refresh_tokens enable row level security;
alter table auth.mfa_factors enable row level security;
alter table auth.mfa_challenges enable row level security;
alter table auth.mfa_amr_claims enable row level security;
alter table auth.one_time_tokens enable row level security;
alter table auth.flow_state enable row level security;
alter table auth.audit_log_entries enable row level security;
alter table auth.schema_migrations enable row level security;

grant all on all tables in schema auth to {{owner}} with grant option;
grant all on all sequences in schema auth to {{owner}};

-- ── auth: who calls ─────────────────────────────────────────────────────────────────────────
-- Claims come as one JSON setting, formerly as one setting each. One that was set for a transaction
-- is empty after it, not null; both mean that nobody is logged in.
create function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')
  )::uuid
$$;

create function auth.role() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role', '')
  )
$$;

create function auth.email() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email', '')
  )
$$;

create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

reset role;

-- ── storage ─────────────────────────────────────────────────────────────────────────────────
-- Open to the client roles by grants: only policies on these tables decide. A direct DELETE is not
-- forbidden as on Supabase, so that a policy for it is judged as the storage API would meet it.
set role supabase_storage_admin;

create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');

create table storage.buckets (
  id text primary key,
  name text not null unique,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  public boolean default false,
  avif_autodetection boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  owner_id text,
  type storage.buckettype not null default 'STANDARD'
);

create table storage.objects (
  id uuid primary key default gen_random_uuid(),
  bucket_id text references storage.buckets,
  name text,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata jsonb,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  version text,
  owner_id text,
  user_metadata jsonb
);
create unique index bucketid_objname on storage.objects (bucket_id, name);

create table storage.s3_multipart_uploads (
  id text primary key,
  in_progress_size bigint not null default 0,
  upload_signature text not null,
  bucket_id text not null references storage.buckets,
  key text not null,
  version text not null,
  owner_id text,
  created_at timestamptz not null default now(),
  user_metadata jsonb,
  metadata jsonb
);

create table storage.s3_multipart_uploads_parts (
  id uuid primary key default gen_random_uuid(),
  upload_id text not null references storage.s3_multipart_uploads on delete cascade,
  size bigint not null default 0,
  part_number integer not null,
  bucket_id text not null references storage.buckets,
  key text not null,
  etag text not null,
  owner_id text,
  version text not null,
  created_at timestamptz not null default now()
);

create table storage.migrations (
  id integer primary key,
  name varchar(100) not null unique,
  hash varchar(40) not null,
  executed_at timestamp default current_timestamp
);

alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
alter table storage.s3_multipart_uploads enable row level security;
alter table storage.s3_multipart_uploads_parts enable row level security;
alter table storage.migrations enable row level security;

grant all on storage.buckets, storage.objects to {{owner}} with grant option;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;
grant all on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to {{owner}}, service_role;
grant select on storage.s3_multipart_uploads, storage.s3_multipart_uploads_parts to anon, authenticated;

create function storage.foldername(name text) returns text[] language sql immutable as $$
  select parts[: cardinality(parts) - 1] from string_to_array(name, '/') as parts
$$;

create function storage.filename(name text) returns text language sql immutable as $$
  select parts[cardinality(parts)] from string_to_array(name, '/') as parts
$$;

create function storage.extension(name text) returns text language sql immutable as $$
  select parts[cardinality(parts)] from string_to_array(storage.filename(name), '.') as parts
$$;

create function storage.operation() returns text language sql stable as $$
  select nullif(current_setting('storage.operation', true), '')
$$;

create function storage.get_size_by_bucket() returns table (size bigint, bucket_id text)
language sql stable as $$
  select sum((metadata ->> 'size')::bigint)::bigint, bucket_id from storage.objects group by bucket_id
$$;

-- Tells whether the caller may insert, and takes the row back.
create function storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb)
returns void language plpgsql as $$
begin
  insert into storage.objects (bucket_id, name, owner, metadata) values (bucketid, name, owner, metadata);
  raise sqlstate 'PT200' using message = 'ROLLBACK', detail = 'rollback successful insert';
end
$$;

create function storage.search(
  prefix text, bucketname text, limits integer default 100, levels integer default 1,
  offsets integer default 0, search text default '', sortcolumn text default 'name',
  sortorder text default 'asc')
returns table (
  name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz,
  metadata jsonb)
language sql stable as $$
  select (array_agg(o.path_tokens[levels]))[1],
    case when count(*) = 1 then min(o.id::text)::uuid end,
    max(o.updated_at), min(o.created_at), max(o.last_accessed_at),
    case when count(*) = 1 then (array_agg(o.metadata))[1] end
  from storage.objects o
  where o.bucket_id = bucketname and starts_with(lower(o.name), lower(prefix || search))
    and cardinality(o.path_tokens) >= levels
  group by o.path_tokens[levels]
  order by 1
  limit limits offset offsets
$$;

create function storage.update_updated_at_column() returns trigger language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create trigger update_objects_updated_at before update on storage.objects
  for each row execute function storage.update_updated_at_column();

reset role;

-- ── realtime ────────────────────────────────────────────────────────────────────────────────
set role supabase_realtime_admin;

create table realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(),
  primary key (id, inserted_at)
);
alter table realtime.messages enable row level security;
grant all on realtime.messages to {{owner}} with grant option;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;

create function realtime.topic() returns text language sql stable as $$
  select nullif(current_setting('realtime.topic', true), '')
$$;

-- A message that cannot be stored is a warning: the statement that sent it goes on.
create function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void language plpgsql as $$
begin
  perform set_config('realtime.topic', topic, true);
  insert into realtime.messages (payload, event, topic, private, extension)
  values (payload, event, topic, private, 'broadcast');
exception when others then
  raise warning 'ErrorSendingBroadcastMessage: %', sqlerrm;
end
$$;

create function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text,
  new record, old record, level text default 'ROW')
returns void language plpgsql as $$
begin
  if level = 'STATEMENT' then
    raise exception 'function can only be triggered for each row, not for each statement';
  end if;
  perform realtime.send(
    jsonb_build_object(
      'schema', table_schema, 'table', table_name, 'operation', operation,
      'record', to_jsonb(new), 'old_record', to_jsonb(old)),
    event_name, topic_name);
end
$$;

reset role;

-- Migrations add tables to it, and some drop and create it again: both need its ownership.
create publication supabase_realtime;
alter publication supabase_realtime owner to {{owner}};

-- ── Database webhooks ───────────────────────────────────────────────────────────────────────
set role supabase_functions_admin;

create table supabase_functions.hooks (
  id bigserial primary key,
  hook_table_id integer not null,
  hook_name text not null,
  created_at timestamptz not null default now(),
  request_id bigint
);
grant all on supabase_functions.hooks to {{owner}}, service_role;

-- Nothing leaves this machine: what would be requested is noted.
create function supabase_functions.http_request() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into supabase_functions.hooks (hook_table_id, hook_name) values (tg_relid::integer, tg_name);
  return new;
end
$$;

reset role;

-- ── What the migration tool keeps ───────────────────────────────────────────────────────────
set role {{owner}};
create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
reset role;

-- ── Extensions that exist from the start ────────────────────────────────────────────────────
-- Made by {{owner}}, who may then drop or move them; what is not trusted on this server by the
-- superuser; what it lacks not at all. The last is dear: where {{owner}} may create it, on servers
-- of ours, it is left to the migrations.
do $extensions$
declare
  wanted record;
begin
  for wanted in
    select name, namespace from (values
      ('pgcrypto', 'extensions'), ('uuid-ossp', 'extensions'), ('pg_graphql', 'graphql'),
      ('supabase_vault', 'vault'), ('pg_stat_statements', 'extensions')
    ) as platform (name, namespace)
    where name <> 'pg_stat_statements' or current_user <> 'supabase_admin'
  loop
    begin
      set role {{owner}};
      execute format('create extension %I schema %I', wanted.name, wanted.namespace);
      reset role;
    exception when insufficient_privilege then
      begin
        execute format('create extension %I schema %I', wanted.name, wanted.namespace);
      exception when others then
        raise warning 'the extension % cannot be created: %', wanted.name, sqlerrm;
      end;
    when others then
      -- Absent, or without a library that it needs.
      raise warning 'the extension % cannot be created: %', wanted.name, sqlerrm;
    end;
  end loop;
end
$extensions$;

-- ── GraphQL ─────────────────────────────────────────────────────────────────────────────────
create function graphql_public.graphql(
  "operationName" text default null, query text default null, variables jsonb default null,
  extensions jsonb default null)
returns jsonb language plpgsql as $$
begin
  raise feature_not_supported using message = 'stand-in: there is no GraphQL engine here';
end
$$;
grant all on function graphql_public.graphql to {{owner}}, anon, authenticated, service_role;

-- ── Members of extensions ───────────────────────────────────────────────────────────────────
-- PostgreSQL gives the members of a trusted extension to the superuser.
-- 1. In public they get the superuser's default privileges too, even where the extension takes
--    them from everybody: dblink_connect_u() would let any caller become the superuser.
-- 2. Supabase's own advice is to move extensions out of public, and {{owner}} may do so there.
--    PostgreSQL asks for ownership of the members: they follow the extension's owner, where it is
--    relocatable. What not everybody may call stays, since its owner may.
create function extensions.settle_members() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  member record;
begin
  for member in
    select routine.oid::regprocedure as identity
    from pg_depend as depend join pg_proc as routine on routine.oid = depend.objid
    where depend.classid = 'pg_proc'::regclass and depend.deptype = 'e'
      and routine.pronamespace = 'public'::regnamespace
      and not exists (
        select from aclexplode(coalesce(routine.proacl, acldefault('f', routine.proowner))) where grantee = 0)
  loop
    execute format(
      'revoke all on function %s from {{owner}}, anon, authenticated, service_role', member.identity);
  end loop;

  for member in
    select object.type, object.identity, extension.extowner::regrole as owner
    from pg_extension as extension
    join pg_depend as depend
      on depend.refclassid = 'pg_extension'::regclass and depend.refobjid = extension.oid
        and depend.deptype = 'e'
    left join pg_proc as routine
      on depend.classid = 'pg_proc'::regclass and routine.oid = depend.objid
    left join pg_type as type
      on depend.classid = 'pg_type'::regclass and type.oid = depend.objid,
    lateral pg_identify_object(depend.classid, depend.objid, 0) as object
    where extension.extrelocatable
      and extension.oid in (select objid from pg_event_trigger_ddl_commands())
      and case depend.classid
        when 'pg_proc'::regclass then not routine.prosecdef and exists (
          select from aclexplode(coalesce(routine.proacl, acldefault('f', routine.proowner))) where grantee = 0)
        -- The types of tables, arrays and multiranges follow what they come with.
        when 'pg_type'::regclass then type.typtype <> 'm'
          and not exists (select from pg_type as element where element.typarray = type.oid)
          and not exists (select from pg_class where oid = type.typrelid and relkind <> 'c')
        else depend.classid in ('pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass)
      end
  loop
    execute format('alter %s %s owner to %s', member.type, member.identity, member.owner);
  end loop;
end
$$;
create event trigger readiness_settle_members on ddl_command_end
  when tag in ('CREATE EXTENSION', 'ALTER EXTENSION') execute function extensions.settle_members();
-- A migration may set session_replication_role.
alter event trigger readiness_settle_members enable always;
