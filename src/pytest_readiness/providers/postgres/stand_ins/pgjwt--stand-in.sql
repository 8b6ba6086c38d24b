-- Works, for HS256, HS384 and HS512: HMAC over the digests that PostgreSQL has.

create function @extschema@.url_encode(data bytea) returns text language sql immutable as $$
  select translate(encode(data, 'base64'), E'+/=\n', '-_')
$$;

create function @extschema@.url_decode(data text) returns bytea language sql immutable as $$
  select decode(translate(data, '-_', '+/') || repeat('=', (4 - length(data) % 4) % 4), 'base64')
$$;

create function @extschema@.algorithm_sign(signables text, secret text, algorithm text) returns text
language plpgsql immutable as $$
declare
  block integer := case algorithm when 'HS256' then 64 else 128 end;
  key bytea := convert_to(secret, 'UTF8');
  inner_key bytea;
  outer_key bytea;
  message bytea := convert_to(signables, 'UTF8');
begin
  if algorithm is null or algorithm not in ('HS256', 'HS384', 'HS512') then
    raise feature_not_supported using message = format('stand-in: the algorithm %s is not there', algorithm);
  end if;
  if length(key) > block then
    key := case algorithm when 'HS256' then sha256(key) when 'HS384' then sha384(key) else sha512(key) end;
  end if;
  inner_key := key || decode(repeat('00', block - length(key)), 'hex');
  outer_key := inner_key;
  for i in 0 .. block - 1 loop
    inner_key := set_byte(inner_key, i, get_byte(inner_key, i) # 54);
    outer_key := set_byte(outer_key, i, get_byte(outer_key, i) # 92);
  end loop;
  return @extschema@.url_encode(case algorithm
    when 'HS256' then sha256(outer_key || sha256(inner_key || message))
    when 'HS384' then sha384(outer_key || sha384(inner_key || message))
    else sha512(outer_key || sha512(inner_key || message)) end);
end
$$;

create function @extschema@.sign(payload json, secret text, algorithm text default 'HS256') returns text
language sql immutable as $$
  select signables || '.' || @extschema@.algorithm_sign(signables, secret, algorithm)
  from (
    select @extschema@.url_encode(convert_to(header::text, 'UTF8')) || '.'
      || @extschema@.url_encode(convert_to(payload::text, 'UTF8')) as signables
    from json_build_object('alg', algorithm, 'typ', 'JWT') as header
  ) as unsigned
$$;

create function @extschema@.try_cast_double(inp text) returns double precision
language plpgsql immutable as $$
begin
  return inp::double precision;
exception when others then
  return null;
end
$$;

create function @extschema@.verify(token text, secret text, algorithm text default 'HS256')
returns table (header json, payload json, valid boolean) language sql immutable as $$
  select
    convert_from(@extschema@.url_decode(part[1]), 'UTF8')::json,
    claims,
    part[3] = @extschema@.algorithm_sign(part[1] || '.' || part[2], secret, algorithm)
      and tstzrange(
        to_timestamp(@extschema@.try_cast_double(claims ->> 'nbf')),
        to_timestamp(@extschema@.try_cast_double(claims ->> 'exp'))) @> current_timestamp
  from string_to_array(token, '.') as part,
    lateral (select convert_from(@extschema@.url_decode(part[2]), 'UTF8')::json as claims) as decoded
$$;
