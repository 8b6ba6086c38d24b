-- Works, for queues on plain tables: create, send, read, archive, delete. Names of queues are bare.

create type @extschema@.message_record as (
  msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz, message jsonb, headers jsonb);
create type @extschema@.queue_record as (
  queue_name varchar, is_partitioned boolean, is_unlogged boolean, created_at timestamptz);
create type @extschema@.metrics_result as (
  queue_name text, queue_length bigint, newest_msg_age_sec integer, oldest_msg_age_sec integer,
  total_messages bigint, scrape_time timestamptz);

create table @extschema@.meta (
  queue_name varchar primary key,
  is_partitioned boolean not null default false,
  is_unlogged boolean not null default false,
  created_at timestamptz not null default now()
);

create function @extschema@."create"(queue_name text) returns void language plpgsql as $$
begin
  if queue_name !~ '^[A-Za-z0-9_]{1,47}$' then
    raise invalid_parameter_value using message = format('queue name %L is not valid', queue_name);
  end if;
  execute format(
    'create table if not exists @extschema@.%I (
       msg_id bigint primary key generated always as identity, read_ct integer not null default 0,
       enqueued_at timestamptz not null default now(), vt timestamptz not null, message jsonb,
       headers jsonb)', 'q_' || lower(queue_name));
  execute format(
    'create table if not exists @extschema@.%I (
       msg_id bigint primary key, read_ct integer not null default 0,
       enqueued_at timestamptz not null default now(), archived_at timestamptz not null default now(),
       vt timestamptz not null, message jsonb, headers jsonb)', 'a_' || lower(queue_name));
  insert into @extschema@.meta (queue_name) values (queue_name) on conflict do nothing;
end
$$;
create function @extschema@.create_non_partitioned(queue_name text) returns void
language sql as $$ select @extschema@."create"(queue_name) $$;
create function @extschema@.create_unlogged(queue_name text) returns void
language sql as $$ select @extschema@."create"(queue_name) $$;

create function @extschema@.drop_queue(queue_name text) returns boolean language plpgsql as $$
begin
  execute format('drop table if exists @extschema@.%I', 'q_' || lower(queue_name));
  execute format('drop table if exists @extschema@.%I', 'a_' || lower(queue_name));
  delete from @extschema@.meta where meta.queue_name = drop_queue.queue_name;
  return found;
end
$$;

create function @extschema@.list_queues() returns setof @extschema@.queue_record
language sql as $$ select queue_name, is_partitioned, is_unlogged, created_at from @extschema@.meta $$;

create function @extschema@.send(queue_name text, msg jsonb, headers jsonb, delay integer)
returns setof bigint language plpgsql as $$
begin
  return query execute format(
    'insert into @extschema@.%I (vt, message, headers)
     values (clock_timestamp() + make_interval(secs => $1), $2, $3) returning msg_id',
    'q_' || lower(queue_name)) using delay, msg, headers;
end
$$;
create function @extschema@.send(queue_name text, msg jsonb) returns setof bigint
language sql as $$ select @extschema@.send(queue_name, msg, null::jsonb, 0) $$;
create function @extschema@.send(queue_name text, msg jsonb, delay integer) returns setof bigint
language sql as $$ select @extschema@.send(queue_name, msg, null::jsonb, delay) $$;
create function @extschema@.send(queue_name text, msg jsonb, headers jsonb) returns setof bigint
language sql as $$ select @extschema@.send(queue_name, msg, headers, 0) $$;
create function @extschema@.send_batch(queue_name text, msgs jsonb[], delay integer default 0)
returns setof bigint language sql as $$
  select sent from unnest(msgs) as msg, @extschema@.send(queue_name, msg, null::jsonb, delay) as sent
$$;

create function @extschema@.read(queue_name text, vt integer, qty integer, conditional jsonb default '{}')
returns setof @extschema@.message_record language plpgsql as $$
begin
  return query execute format(
    'with chosen as (
       select msg_id from @extschema@.%1$I
       where vt <= clock_timestamp() and ($3 = ''{}'' or message @> $3)
       order by msg_id limit $2 for update skip locked)
     update @extschema@.%1$I as queue
     set vt = clock_timestamp() + make_interval(secs => $1), read_ct = read_ct + 1
     from chosen where queue.msg_id = chosen.msg_id
     returning queue.msg_id, read_ct, enqueued_at, vt, message, headers',
    'q_' || lower(queue_name)) using vt, qty, conditional;
end
$$;
create function @extschema@.read_with_poll(
  queue_name text, vt integer, qty integer, max_poll_seconds integer default 5,
  poll_interval_ms integer default 100, conditional jsonb default '{}')
returns setof @extschema@.message_record
language sql as $$ select @extschema@.read(queue_name, vt, qty, conditional) $$;

create function @extschema@.pop(queue_name text) returns setof @extschema@.message_record
language plpgsql as $$
begin
  return query execute format(
    'delete from @extschema@.%1$I where msg_id = (
       select msg_id from @extschema@.%1$I where vt <= clock_timestamp()
       order by msg_id limit 1 for update skip locked)
     returning msg_id, read_ct, enqueued_at, vt, message, headers', 'q_' || lower(queue_name));
end
$$;

create function @extschema@.set_vt(queue_name text, msg_id bigint, vt integer)
returns setof @extschema@.message_record language plpgsql as $$
begin
  return query execute format(
    'update @extschema@.%I set vt = clock_timestamp() + make_interval(secs => $2) where msg_id = $1
     returning msg_id, read_ct, enqueued_at, vt, message, headers',
    'q_' || lower(queue_name)) using msg_id, vt;
end
$$;

create function @extschema@.delete(queue_name text, msg_ids bigint[]) returns setof bigint
language plpgsql as $$
begin
  return query execute format(
    'delete from @extschema@.%I where msg_id = any ($1) returning msg_id', 'q_' || lower(queue_name))
    using msg_ids;
end
$$;
create function @extschema@.delete(queue_name text, msg_id bigint) returns boolean
language sql as $$ select exists (select from @extschema@.delete(queue_name, array[msg_id])) $$;

create function @extschema@.archive(queue_name text, msg_ids bigint[]) returns setof bigint
language plpgsql as $$
begin
  return query execute format(
    'with archived as (delete from @extschema@.%I where msg_id = any ($1) returning *)
     insert into @extschema@.%I (msg_id, read_ct, enqueued_at, vt, message, headers)
     select msg_id, read_ct, enqueued_at, vt, message, headers from archived returning msg_id',
    'q_' || lower(queue_name), 'a_' || lower(queue_name)) using msg_ids;
end
$$;
create function @extschema@.archive(queue_name text, msg_id bigint) returns boolean
language sql as $$ select exists (select from @extschema@.archive(queue_name, array[msg_id])) $$;

create function @extschema@.purge_queue(queue_name text) returns bigint language plpgsql as $$
declare
  purged bigint;
begin
  execute format('delete from @extschema@.%I', 'q_' || lower(queue_name));
  get diagnostics purged = row_count;
  return purged;
end
$$;

create function @extschema@.metrics(queue_name text) returns @extschema@.metrics_result language plpgsql as $$
declare
  result @extschema@.metrics_result;
begin
  execute format(
    'select $1, count(*), extract(epoch from clock_timestamp() - max(enqueued_at))::integer,
       extract(epoch from clock_timestamp() - min(enqueued_at))::integer, coalesce(max(msg_id), 0),
       clock_timestamp() from @extschema@.%I', 'q_' || lower(queue_name)) into result using queue_name;
  return result;
end
$$;
create function @extschema@.metrics_all() returns setof @extschema@.metrics_result
language sql as $$ select (@extschema@.metrics(queue_name)).* from @extschema@.meta $$;

grant all on schema @extschema@ to @extowner@ with grant option;
grant all on all tables in schema @extschema@ to @extowner@ with grant option;
