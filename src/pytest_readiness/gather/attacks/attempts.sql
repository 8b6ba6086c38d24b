-- What runs one attempt inside the server, judges what it changed, and undoes it: one round trip.
-- Installed by a superuser in a copy of the target, in a schema that no client may use.

create schema readiness_attempts;

-- The rows that are watched: `query` yields (id, row) of a relation, `rows` is what it yielded at first.
create table readiness_attempts.watched (relation text primary key, query text not null, rows jsonb not null);

create function readiness_attempts.now(query text) returns jsonb language plpgsql
set search_path = pg_catalog as $$
declare found jsonb;
begin
    execute format('select coalesce(jsonb_object_agg(q.id, q.row), ''{}'') from (%s) q (id, row)', query) into found;
    return found;
end $$;

create function readiness_attempts.watch(name text, query text) returns void language sql
set search_path = pg_catalog, readiness_attempts as $$
    insert into watched values (name, query, readiness_attempts.now(query))
$$;

-- become: statements that make the session somebody's. steps: statements, run one after another;
-- those that start with a question mark are queries, and what they return in one column is kept;
-- those that start with an exclamation mark do not count among the rows that were touched.
-- watch: relations to compare with what they were, as superuser, before all is undone.
create function readiness_attempts.attempt(become text, steps text[], watch text[], limit_rows int)
returns jsonb language plpgsql as $$
declare
    step text; line text; reached int := 0; affected bigint; touched bigint := 0;
    found text[]; changed jsonb := '{}'; place record; after jsonb;
    state text := ''; message text := ''; detail text := ''; hint text := ''; context text := ''; place_of text := '';
begin
    begin
        execute become;
        foreach step in array steps loop
            reached := reached + 1;
            if left(step, 1) = '?' then
                found := '{}';
                for line in execute substr(step, 2) loop
                    found := found || coalesce(line, '');
                    exit when cardinality(found) >= limit_rows;
                end loop;
            elsif left(step, 1) = '!' then
                execute substr(step, 2);
            else
                execute step;
                get diagnostics affected = row_count;
                touched := touched + affected;
            end if;
        end loop;
        set constraints all immediate;
        reset session authorization;
        reset role;
        for place in select * from readiness_attempts.watched w where w.relation = any (watch) loop
            after := readiness_attempts.now(place.query);
            if after is distinct from place.rows then
                changed := changed || jsonb_build_object(place.relation, jsonb_build_object(
                    'gone', (select coalesce(jsonb_agg(o.value), '[]') from jsonb_each_text(place.rows) o
                             where not after ? o.key),
                    'new', (select coalesce(jsonb_agg(n.value), '[]') from jsonb_each_text(after) n
                            where not place.rows ? n.key)));
            end if;
        end loop;
        raise exception using errcode = 'RDNSS';
    exception
        when sqlstate 'RDNSS' then
            null;
        when query_canceled or assert_failure or others then
            get stacked diagnostics state = returned_sqlstate, message = message_text,
                detail = pg_exception_detail, hint = pg_exception_hint, context = pg_exception_context,
                place_of = constraint_name;
    end;
    return jsonb_build_object(
        'state', state, 'message', message, 'detail', detail, 'hint', hint, 'context', context,
        'constraint', place_of, 'reached', reached, 'touched', touched,
        'rows', to_jsonb(found), 'changed', changed);
end $$;
