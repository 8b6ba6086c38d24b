create function hypopg_create_index(sql_order text, out indexrelid oid, out indexname text)
returns setof record language plpgsql as $$
begin
  raise feature_not_supported using message = 'stand-in: hypopg has no hypothetical indexes here';
end
$$;
create function hypopg_reset() returns void language sql as $$ select $$;
