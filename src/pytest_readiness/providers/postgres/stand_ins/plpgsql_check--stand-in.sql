create function plpgsql_check_function(funcoid regprocedure) returns setof text language plpgsql as $$
begin
  raise feature_not_supported using message = 'stand-in: plpgsql_check checks nothing here';
end
$$;
