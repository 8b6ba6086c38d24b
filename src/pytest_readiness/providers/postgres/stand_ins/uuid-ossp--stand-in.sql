-- Works. Only its version 1 differs: the node is random, not this machine's.

create function uuid_nil() returns uuid language sql immutable strict parallel safe
  as $$ select '00000000-0000-0000-0000-000000000000'::uuid $$;
create function uuid_ns_dns() returns uuid language sql immutable strict parallel safe
  as $$ select '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
create function uuid_ns_url() returns uuid language sql immutable strict parallel safe
  as $$ select '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
create function uuid_ns_oid() returns uuid language sql immutable strict parallel safe
  as $$ select '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid $$;
create function uuid_ns_x500() returns uuid language sql immutable strict parallel safe
  as $$ select '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid $$;

create function uuid_generate_v4() returns uuid language sql volatile strict parallel safe
  as $$ select gen_random_uuid() $$;

-- Tenths of microseconds since 1582-10-15, low bits first.
create function uuid_generate_v1() returns uuid language plpgsql volatile strict parallel safe as $$
declare
  ticks text := lpad(to_hex(
    (extract(epoch from clock_timestamp()) * 10000000)::bigint + 122192928000000000), 16, '0');
  entropy text := replace(gen_random_uuid()::text, '-', '');
begin
  return (substr(ticks, 9, 8) || substr(ticks, 5, 4) || '1' || substr(ticks, 2, 3)
    || substr(entropy, 17, 4) || '01' || substr(entropy, 23, 10))::uuid;
end
$$;

create function uuid_generate_v1mc() returns uuid language plpgsql volatile strict parallel safe as $$
declare
  ticks text := lpad(to_hex(
    (extract(epoch from clock_timestamp()) * 10000000)::bigint + 122192928000000000), 16, '0');
  entropy text := replace(gen_random_uuid()::text, '-', '');
begin
  return (substr(ticks, 9, 8) || substr(ticks, 5, 4) || '1' || substr(ticks, 2, 3)
    || substr(entropy, 17, 4) || '03' || substr(entropy, 23, 10))::uuid;
end
$$;

create function uuid_generate_v3(namespace uuid, name text) returns uuid
language plpgsql immutable strict parallel safe as $$
declare
  digest bytea := decode(md5(uuid_send(namespace) || convert_to(name, 'UTF8')), 'hex');
begin
  digest := set_byte(digest, 6, (get_byte(digest, 6) & 15) | 48);
  digest := set_byte(digest, 8, (get_byte(digest, 8) & 63) | 128);
  return encode(digest, 'hex')::uuid;
end
$$;

-- SHA-1 (FIPS 180-4), which PostgreSQL itself does not offer in SQL.
create function uuid_generate_v5(namespace uuid, name text) returns uuid
language plpgsql immutable strict parallel safe as $$
declare
  mask constant bigint := 4294967295;
  message bytea := uuid_send(namespace) || convert_to(name, 'UTF8');
  bits bigint := length(message) * 8;
  h bigint[] := array[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  w bigint[];
  a bigint; b bigint; c bigint; d bigint; e bigint; f bigint; k bigint; x bigint;
  digest bytea;
begin
  message := message || '\x80'::bytea;
  message := message || decode(repeat('00', (120 - length(message) % 64) % 64), 'hex') || int8send(bits);
  for block in 0 .. length(message) / 64 - 1 loop
    for t in 0 .. 79 loop
      if t < 16 then
        x := 0;
        for i in 0 .. 3 loop
          x := (x << 8) | get_byte(message, block * 64 + t * 4 + i);
        end loop;
      else
        x := w[t - 3] # w[t - 8] # w[t - 14] # w[t - 16];
        x := ((x << 1) | (x >> 31)) & mask;
      end if;
      w[t] := x;
    end loop;
    a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
    for t in 0 .. 79 loop
      if t < 20 then
        f := (b & c) | (~b & mask & d); k := 1518500249;
      elsif t < 40 then
        f := b # c # d; k := 1859775393;
      elsif t < 60 then
        f := (b & c) | (b & d) | (c & d); k := 2400959708;
      else
        f := b # c # d; k := 3395469782;
      end if;
      x := ((((a << 5) | (a >> 27)) & mask) + f + e + k + w[t]) & mask;
      e := d; d := c; c := ((b << 30) | (b >> 2)) & mask; b := a; a := x;
    end loop;
    h := array[(h[1] + a) & mask, (h[2] + b) & mask, (h[3] + c) & mask, (h[4] + d) & mask, (h[5] + e) & mask];
  end loop;
  digest := decode(lpad(to_hex(h[1]), 8, '0') || lpad(to_hex(h[2]), 8, '0')
    || lpad(to_hex(h[3]), 8, '0') || lpad(to_hex(h[4]), 8, '0'), 'hex');
  digest := set_byte(digest, 6, (get_byte(digest, 6) & 15) | 80);
  digest := set_byte(digest, 8, (get_byte(digest, 8) & 63) | 128);
  return encode(digest, 'hex')::uuid;
end
$$;
