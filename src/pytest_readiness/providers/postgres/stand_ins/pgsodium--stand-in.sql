-- Keys can be named and referred to; nothing is encrypted. Labels for transparent encryption are
-- refused by the server itself, which knows no such provider.

create type @extschema@.key_status as enum ('default', 'valid', 'invalid', 'expired');
create type @extschema@.key_type as enum (
  'aead-ietf', 'aead-det', 'hmacsha512', 'hmacsha256', 'auth', 'shorthash', 'generichash', 'kdf',
  'secretbox', 'secretstream', 'stream_xchacha20');

create table @extschema@.key (
  id uuid primary key default gen_random_uuid(),
  status @extschema@.key_status default 'valid',
  created timestamptz not null default current_timestamp,
  expires timestamptz,
  key_type @extschema@.key_type,
  key_id bigserial,
  key_context bytea default '\x7067736f6469756d',
  name text unique,
  associated_data text default 'associated',
  raw_key bytea,
  raw_key_nonce bytea,
  parent_key uuid references @extschema@.key,
  comment text,
  user_data text
);

create view @extschema@.valid_key as
  select id, name, status, key_type, key_id, key_context, created, expires, associated_data
  from @extschema@.key
  where status in ('valid', 'default') and (expires is null or expires > now());

create function @extschema@.create_key(
  key_type @extschema@.key_type default 'aead-det', name text default null, raw_key bytea default null,
  raw_key_nonce bytea default null, parent_key uuid default null, key_context bytea default null,
  expires timestamptz default null, associated_data text default '')
returns @extschema@.valid_key language sql as $$
  with made as (
    insert into @extschema@.key (key_type, name, expires, associated_data)
    values (key_type, name, expires, associated_data) returning *)
  select id, name, status, key_type, key_id, key_context, created, expires, associated_data from made
$$;

do $functions$
declare
  signature text;
begin
  foreach signature in array array[
    'crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea default null)',
    'crypto_aead_det_decrypt(ciphertext bytea, additional bytea, key_uuid uuid, nonce bytea default null)',
    'crypto_aead_det_noncegen()', 'crypto_aead_det_keygen()', 'crypto_secretbox_keygen()',
    'crypto_secretbox_noncegen()', 'randombytes_buf(size integer)',
    'derive_key(key_id bigint, key_len integer default 32, context bytea default null)']
  loop
    execute 'create function @extschema@.' || signature || ' returns bytea language plpgsql as '
      || quote_literal('begin raise feature_not_supported using message = '
        || quote_literal('stand-in: pgsodium encrypts nothing here') || '; end');
  end loop;
end
$functions$;

revoke execute on all functions in schema @extschema@ from public;
grant usage on schema @extschema@ to @extowner@ with grant option;
grant all on all tables in schema @extschema@ to @extowner@ with grant option;
grant all on all sequences in schema @extschema@ to @extowner@;
grant execute on all functions in schema @extschema@ to @extowner@ with grant option;
