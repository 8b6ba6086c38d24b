-- It does not know whether a document is valid, and does not guess.

do $functions$
declare
  signature text;
begin
  foreach signature in array array[
    'json_matches_schema(schema json, instance json) returns boolean',
    'jsonb_matches_schema(schema json, instance jsonb) returns boolean',
    'jsonschema_is_valid(schema json) returns boolean',
    'jsonschema_validation_errors(schema json, instance json) returns text[]',
    'json_matches_compiled_schema(schema json, instance json) returns boolean']
  loop
    execute 'create function @extschema@.' || signature || ' language plpgsql immutable strict as '
      || quote_literal('begin raise feature_not_supported using message = '
        || quote_literal('stand-in: pg_jsonschema validates nothing here') || '; end');
  end loop;
end
$functions$;
