-- Migrations create it for tests, which are not run here: it has no assertions.

create function plan(integer) returns text language sql as $$ select '1..' || $1 $$;
create function no_plan() returns setof boolean language sql as $$ select true where false $$;
create function finish() returns setof text language sql as $$ select null::text where false $$;
