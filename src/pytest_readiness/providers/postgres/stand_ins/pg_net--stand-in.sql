-- Notes what would be requested; nothing leaves this machine, and no response ever comes.

create schema net;

create domain net.http_method as text check (value in ('GET', 'POST', 'DELETE'));
create type net.request_status as enum ('PENDING', 'SUCCESS', 'ERROR');
create type net.http_response as (status_code integer, headers jsonb, body text);
create type net.http_response_result as (
  status net.request_status, message text, response net.http_response);

create table net.http_request_queue (
  id bigserial primary key,
  method net.http_method not null,
  url text not null,
  headers jsonb,
  body bytea,
  timeout_milliseconds integer not null
);
create table net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);

create function net.http_get(
  url text, params jsonb default '{}', headers jsonb default '{}',
  timeout_milliseconds integer default 5000)
returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into net.http_request_queue (method, url, headers, timeout_milliseconds)
  values ('GET', url, headers, timeout_milliseconds) returning id
$$;

create function net.http_post(
  url text, body jsonb default '{}', params jsonb default '{}',
  headers jsonb default '{"Content-Type": "application/json"}',
  timeout_milliseconds integer default 5000)
returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values ('POST', url, headers, convert_to(body::text, 'UTF8'), timeout_milliseconds) returning id
$$;

create function net.http_delete(
  url text, params jsonb default '{}', headers jsonb default '{}',
  timeout_milliseconds integer default 5000, body jsonb default null)
returns bigint language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values ('DELETE', url, headers, convert_to(body::text, 'UTF8'), timeout_milliseconds) returning id
$$;

create function net.http_collect_response(request_id bigint, async boolean default true)
returns net.http_response_result language sql security definer set search_path = pg_catalog, pg_temp as $$
  select row('PENDING', 'request is pending processing', null)::net.http_response_result
$$;

grant usage on schema net to @extowner@ with grant option;
grant all on all tables in schema net to @extowner@ with grant option;
grant all on all sequences in schema net to @extowner@ with grant option;
revoke execute on all functions in schema net from public;
grant execute on all functions in schema net to @extowner@ with grant option;

-- Supabase lets the client roles send, too.
do $grants$
declare
  client name;
begin
  for client in
    select rolname from pg_catalog.pg_roles
    where rolname in ('anon', 'authenticated', 'service_role', 'supabase_functions_admin')
  loop
    execute format('grant usage on schema net to %I', client);
    execute format('grant execute on all functions in schema net to %I', client);
  end loop;
end
$grants$;
