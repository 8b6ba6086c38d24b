-- What runs attempts inside the server, judges what each changed, and undoes it: many in one round trip.
-- Installed by a superuser in a copy of the target, in a schema that no client may use.

create schema readiness_attempts;

-- What a TRUNCATE that names it as well comes upon when nothing has refused it, before anything is emptied.
create schema readiness_tripwire;
grant usage on schema readiness_tripwire to public;
create table readiness_tripwire.wire ();
grant truncate on readiness_tripwire.wire to public;
create function readiness_tripwire.trip() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'RDNTR', message = 'nothing refused it';
end $$;
create trigger trip before truncate on readiness_tripwire.wire execute function readiness_tripwire.trip();

-- The rows that are watched, and the versions that they were in at first. Two functions, made when all are
-- known, tell of a place as it is now: readiness_attempts.rows(place), readiness_attempts.versions(place).
create table readiness_attempts.watched (
    place int primary key, relation text not null, rows jsonb not null, versions text);

create function readiness_attempts.changed(place int) returns jsonb language plpgsql as $$
declare
    held readiness_attempts.watched;
    after jsonb := coalesce(readiness_attempts.rows(place), '{}');
begin
    select * into held from readiness_attempts.watched w where w.place = changed.place;
    return jsonb_build_object(held.relation, jsonb_build_object(
        'gone', (select coalesce(jsonb_agg(o.value), '[]') from jsonb_each_text(held.rows) o
                 where not after ? o.key),
        'new', (select coalesce(jsonb_agg(n.value), '[]') from jsonb_each_text(after) n
                where not held.rows ? n.key)));
end $$;

-- become: statements that make the session somebody's, for all attempts of this call.
-- plan: `steps`, the statements of all attempts in a row, and `upto`, where those of each attempt end;
-- `watch`, places to compare with what they were, as superuser, before all is undone, and `watched`, where
-- those of each attempt end; `idle`, whether an attempt that touches no row changes nothing.
-- A step that starts with a question mark is a query, and what it returns in one column is kept: of many
-- rows the first, and further on those that `marks` fits, a pattern. The rows of a step that starts with an
-- exclamation mark do not count among those that were touched. One that starts with an at sign stands for
-- whatever fetches from the cursors that the steps before have left open: their rows are kept as JSON.
-- Returns the outcomes as an array, without what is empty. There are fewer than attempts where time ran
-- short: the clock of a statement is set once a call, so that a slow attempt has to be the first of one.
create function readiness_attempts.run(become text, plan json, most int) returns text language plpgsql as $$
declare
    steps text[] := array(select json_array_elements_text(plan -> 'steps'));
    upto int[] := array(select json_array_elements_text(plan -> 'upto')::int);
    watch int[] := array(select json_array_elements_text(plan -> 'watch')::int);
    watched int[] := array(select json_array_elements_text(plan -> 'watched')::int);
    marks text := plan ->> 'marks';
    idle boolean[] := array(select json_array_elements_text(plan -> 'idle')::boolean);
    versions text[] := array(
        select w.versions from unnest(watch) with ordinality o (place, nr)
        join readiness_attempts.watched w using (place) order by nr);
    started timestamptz := clock_timestamp();
    outcomes jsonb[] := '{}';
    number int; step text; line text; read int; reached int; affected bigint; touched bigint;
    place int; found text[]; changed jsonb;
    cursor_name text; fetched record;
    state text; message text; detail text; hint text; refusing text;
begin
    begin
        execute become;
        for number in 1 .. cardinality(upto) loop
            exit when number > 1 and clock_timestamp() > started + interval '300 ms';
            reached := 0; touched := 0; found := null; changed := '{}';
            state := ''; message := ''; detail := ''; hint := ''; refusing := '';
            begin
                for at in coalesce(upto[number - 1], 0) + 1 .. upto[number] loop
                    step := steps[at];
                    reached := reached + 1;
                    if left(step, 1) = '?' then
                        found := '{}';
                        read := 0;
                        for line in execute substr(step, 2) loop
                            read := read + 1;
                            if read <= most or line ~ marks then
                                found := found || coalesce(line, '');
                            end if;
                            exit when read >= 10 * most or cardinality(found) >= 2 * most;
                        end loop;
                    elsif left(step, 1) = '!' then
                        execute substr(step, 2);
                    elsif left(step, 1) = '@' then
                        foreach cursor_name in array array(
                            select c.name from pg_catalog.pg_cursors c where c.name <> '' order by c.name)
                        loop
                            for fetched in execute format('fetch forward %s from %I', most, cursor_name) loop
                                found := found || to_jsonb(fetched)::text;
                            end loop;
                        end loop;
                    else
                        execute step;
                        get diagnostics affected = row_count;
                        touched := touched + affected;
                    end if;
                end loop;
                reached := reached + 1;
                set constraints all immediate;
                if touched > 0 or not idle[number] then
                    reset session authorization;
                    reset role;
                    for at in coalesce(watched[number - 1], 0) + 1 .. watched[number] loop
                        place := watch[at];
                        if readiness_attempts.versions(place) is distinct from versions[at] then
                            changed := changed || readiness_attempts.changed(place);
                        end if;
                    end loop;
                end if;
                raise exception using errcode = 'RDNSS';
            exception
                when sqlstate 'RDNSS' then
                    null;
                when query_canceled or assert_failure or others then
                    get stacked diagnostics state = returned_sqlstate, message = message_text,
                        detail = pg_exception_detail, hint = pg_exception_hint, refusing = constraint_name;
            end;
            exit when state = '57014' and number > 1;
            outcomes := outcomes || jsonb_strip_nulls(jsonb_build_object(
                'state', nullif(state, ''), 'message', nullif(message, ''), 'detail', nullif(detail, ''),
                'hint', nullif(hint, ''), 'constraint', nullif(refusing, ''), 'reached', reached,
                'touched', nullif(touched, 0), 'rows', to_jsonb(found), 'changed', nullif(changed, '{}')));
            exit when state = '57014';
        end loop;
        raise exception using errcode = 'RDNSS';
    exception
        when sqlstate 'RDNSS' then
            null;
        when query_canceled or assert_failure or others then
            get stacked diagnostics state = returned_sqlstate, message = message_text,
                detail = pg_exception_detail, hint = pg_exception_hint;
            outcomes := array_fill(
                jsonb_build_object('state', state, 'message', message, 'detail', detail, 'hint', hint),
                array[cardinality(upto)]);
    end;
    return to_jsonb(outcomes)::text;
end $$;
