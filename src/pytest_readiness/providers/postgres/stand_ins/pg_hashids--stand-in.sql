do $functions$
declare
  signature text;
begin
  foreach signature in array array[
    'id_encode(bigint) returns text', 'id_encode(bigint, text) returns text',
    'id_encode(bigint, text, integer) returns text',
    'id_encode(bigint, text, integer, text) returns text',
    'id_encode(bigint[]) returns text', 'id_encode(bigint[], text) returns text',
    'id_encode(bigint[], text, integer) returns text',
    'id_encode(bigint[], text, integer, text) returns text',
    'id_decode(text) returns bigint[]', 'id_decode(text, text) returns bigint[]',
    'id_decode(text, text, integer) returns bigint[]',
    'id_decode(text, text, integer, text) returns bigint[]',
    'id_decode_once(text) returns bigint', 'id_decode_once(text, text) returns bigint',
    'id_decode_once(text, text, integer) returns bigint',
    'id_decode_once(text, text, integer, text) returns bigint']
  loop
    execute 'create function ' || signature || ' language plpgsql immutable strict as '
      || quote_literal('begin raise feature_not_supported using message = '
        || quote_literal('stand-in: pg_hashids hashes nothing here') || '; end');
  end loop;
end
$functions$;
