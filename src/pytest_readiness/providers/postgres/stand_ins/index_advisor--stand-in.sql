create function index_advisor(query text) returns table (
  startup_cost_before jsonb, startup_cost_after jsonb, total_cost_before jsonb, total_cost_after jsonb,
  index_statements text[], errors text[])
language plpgsql as $$
begin
  raise feature_not_supported using message = 'stand-in: index_advisor advises nothing here';
end
$$;
