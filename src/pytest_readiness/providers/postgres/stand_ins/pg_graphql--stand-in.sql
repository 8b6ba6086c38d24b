create function @extschema@.resolve(
  query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null)
returns jsonb language plpgsql as $$
begin
  raise feature_not_supported using message = 'stand-in: there is no GraphQL engine here';
end
$$;

grant usage on schema @extschema@ to @extowner@ with grant option;

do $grants$
declare
  client name;
begin
  for client in
    select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated', 'service_role')
  loop
    execute format('grant usage on schema @extschema@ to %I', client);
  end loop;
end
$grants$;
