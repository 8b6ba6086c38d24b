-- A hypertable stays the plain table that it was.

create function @extschema@.create_hypertable(
  relation regclass, time_column_name name, partitioning_column name default null,
  number_partitions integer default null, chunk_time_interval anyelement default null::interval,
  if_not_exists boolean default false, migrate_data boolean default false,
  create_default_indexes boolean default true)
returns table (hypertable_id integer, schema_name name, table_name name, created boolean)
language sql as $$ select 0, null::name, relation::text::name, true $$;

create function @extschema@.time_bucket(bucket_width interval, ts timestamptz) returns timestamptz
language sql immutable strict as
$$ select date_bin(bucket_width, ts, timestamptz '2000-01-03 00:00:00+00') $$;
create function @extschema@.time_bucket(bucket_width interval, ts timestamp) returns timestamp
language sql immutable strict as $$ select date_bin(bucket_width, ts, timestamp '2000-01-03') $$;

create function @extschema@.add_retention_policy(
  relation regclass, drop_after interval, if_not_exists boolean default false)
returns integer language sql as $$ select 0 $$;
create function @extschema@.add_compression_policy(
  hypertable regclass, compress_after interval, if_not_exists boolean default false)
returns integer language sql as $$ select 0 $$;
