-- Works: the named column becomes the time of the transaction.

create function moddatetime() returns trigger language plpgsql as $$
begin
  if tg_nargs <> 1 then
    raise exception 'moddatetime (%): A single argument was expected', tg_relid::regclass;
  end if;
  return jsonb_populate_record(new, jsonb_build_object(tg_argv[0], now()));
end
$$;
