-- Nothing leaves this machine: every request is refused.

create domain @extschema@.http_method as text;
create type @extschema@.http_header as (field varchar, value varchar);
create type @extschema@.http_response as (
  status integer, content_type varchar, headers @extschema@.http_header[], content varchar);
create type @extschema@.http_request as (
  method @extschema@.http_method, uri varchar, headers @extschema@.http_header[], content_type varchar,
  content varchar);

create function @extschema@.http_header(field varchar, value varchar) returns @extschema@.http_header
language sql as $$ select row(field, value)::@extschema@.http_header $$;
create function @extschema@.http_set_curlopt(curlopt varchar, value varchar) returns boolean
language sql as $$ select true $$;
create function @extschema@.http_reset_curlopt() returns boolean language sql as $$ select true $$;

create function @extschema@.urlencode(string varchar) returns text language sql immutable strict as $$
  select coalesce(string_agg(
    case when one ~ '^[A-Za-z0-9_.~-]$' then one
      else regexp_replace(upper(encode(convert_to(one, 'UTF8'), 'hex')), '(..)', '%\1', 'g') end,
    '' order by position), '')
  from unnest(string_to_array(string, null)) with ordinality as character (one, position)
$$;
create function @extschema@.urlencode(data jsonb) returns text language sql immutable strict as $$
  select string_agg(@extschema@.urlencode(key) || '=' || @extschema@.urlencode(value), '&')
  from jsonb_each_text(data)
$$;

do $functions$
declare
  signature text;
begin
  foreach signature in array array[
    'http(request @extschema@.http_request)',
    'http_head(uri varchar)', 'http_get(uri varchar)', 'http_get(uri varchar, data jsonb)',
    'http_post(uri varchar, content varchar, content_type varchar)', 'http_post(uri varchar, data jsonb)',
    'http_put(uri varchar, content varchar, content_type varchar)',
    'http_patch(uri varchar, content varchar, content_type varchar)',
    'http_delete(uri varchar)', 'http_delete(uri varchar, content varchar, content_type varchar)']
  loop
    execute 'create function @extschema@.' || signature
      || ' returns @extschema@.http_response language plpgsql as '
      || quote_literal('begin raise feature_not_supported using message = '
        || quote_literal('stand-in: http sends nothing here') || '; end');
  end loop;
end
$functions$;
