-- Keeps secrets and encrypts nothing: only who may read them is like the real one's.

create table @extschema@.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
create unique index secrets_name_idx on @extschema@.secrets (name) where name is not null;

create view @extschema@.decrypted_secrets as
  select id, name, description, secret,
    convert_from(decode(secret, 'base64'), 'UTF8') as decrypted_secret,
    key_id, nonce, created_at, updated_at
  from @extschema@.secrets;

create function @extschema@.create_secret(
  new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null)
returns uuid language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into @extschema@.secrets (secret, name, description, key_id)
  values (encode(convert_to(new_secret, 'UTF8'), 'base64'), new_name, new_description, new_key_id)
  returning id
$$;

create function @extschema@.update_secret(
  secret_id uuid, new_secret text default null, new_name text default null,
  new_description text default null, new_key_id uuid default null)
returns void language sql security definer set search_path = pg_catalog, pg_temp as $$
  update @extschema@.secrets
  set secret = coalesce(encode(convert_to(new_secret, 'UTF8'), 'base64'), secret),
    name = coalesce(new_name, name),
    description = coalesce(new_description, description),
    key_id = coalesce(new_key_id, key_id),
    updated_at = current_timestamp
  where id = secret_id
$$;

revoke execute on all functions in schema @extschema@ from public;
grant usage on schema @extschema@ to @extowner@ with grant option;
grant select, insert, update, delete, truncate, references
  on @extschema@.secrets, @extschema@.decrypted_secrets to @extowner@ with grant option;
grant execute on function @extschema@.create_secret, @extschema@.update_secret
  to @extowner@ with grant option;

do $grants$
begin
  if to_regrole('service_role') is not null then
    grant usage on schema @extschema@ to service_role;
    grant select, delete on @extschema@.secrets, @extschema@.decrypted_secrets to service_role;
    grant execute on function @extschema@.create_secret, @extschema@.update_secret to service_role;
  end if;
end
$grants$;
