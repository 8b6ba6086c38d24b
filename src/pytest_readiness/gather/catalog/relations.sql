-- One row for each relation outside the system schemas and the schemas of extensions, as JSON.
-- %(platform)s: schemas of the platform; %(clients)s: roles that an end user's request runs as.
with relations as (
    select c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
           c.relpersistence,
           format('%%I.%%I', n.nspname, c.relname) as name
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and n.nspname <> all (%(platform)s::text[])
      and not exists (
          select from pg_depend d
          where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
)
select jsonb_build_object(
    'schema', r.nspname,
    'table', r.relname,
    'name', r.name,
    'kind', case r.relkind
        when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
        when 'm' then 'materialized view' else 'foreign table' end,
    'owner', pg_get_userbyid(r.relowner),
    'rls', r.relrowsecurity,
    'forced', r.relforcerowsecurity,
    'unlogged', r.relpersistence = 'u',
    'comment', coalesce(obj_description(r.oid, 'pg_class'), ''),
    -- Eight pages hold fewer rows than an attempt keeps.
    'big', r.relkind = 'r' and pg_relation_size(r.oid) > 8 * 8192
        and not exists (select from pg_inherits i where i.inhparent = r.oid),
    'parent', coalesce((
        select format('%%I.%%I', pn.nspname, p.relname)
        from pg_inherits i
        join pg_class p on p.oid = i.inhparent
        join pg_namespace pn on pn.oid = p.relnamespace
        where i.inhrelid = r.oid
        order by i.inhseqno limit 1), ''),
    -- Of the first partitions that hold rows themselves: what lies between says only half.
    'bounds', coalesce((
        select string_agg(pg_get_partition_constraintdef(part.relid), ' or ')
        from (select relid from pg_partition_tree(r.oid) where isleaf and r.relkind = 'p' limit 16) part),
        pg_get_partition_constraintdef(r.oid), ''),
    'columns', coalesce((
        select jsonb_agg(jsonb_build_object(
            'name', a.attname,
            'quoted', quote_ident(a.attname),
            'type', format_type(coalesce(base.oid, t.oid), case when base.oid is null then a.atttypmod else t.typtypmod end),
            'kind', coalesce(base.typtype, t.typtype),
            'not_null', a.attnotnull or t.typnotnull,
            'default', coalesce(pg_get_expr(d.adbin, d.adrelid), t.typdefault, ''),
            'writable', a.attgenerated = '' and a.attidentity <> 'a',
            'generated', a.attgenerated <> '',
            'identity', a.attidentity <> '',
            'comment', coalesce(col_description(a.attrelid, a.attnum), ''),
            'labels', case when coalesce(base.typtype, t.typtype) = 'e' then (
                select coalesce(jsonb_agg(e.enumlabel order by e.enumsortorder), '[]')
                from pg_enum e where e.enumtypid = coalesce(base.oid, t.oid)) else '[]' end
            ) order by a.attnum)
        from pg_attribute a
        join pg_type t on t.oid = a.atttypid
        left join pg_type base on t.typtype = 'd' and base.oid = t.typbasetype
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped), '[]'),
    'keys', coalesce((
        select jsonb_agg(jsonb_build_object(
            'kind', k.contype,
            'name', k.conname,
            'columns', (
                select coalesce(jsonb_agg((
                    select a.attname from pg_attribute a
                    where a.attrelid = k.conrelid and a.attnum = u.attnum) order by u.position), '[]')
                from unnest(k.conkey) with ordinality u (attnum, position)),
            'target', case when k.contype = 'f' then (
                select format('%%I.%%I', fn.nspname, f.relname)
                from pg_class f join pg_namespace fn on fn.oid = f.relnamespace
                where f.oid = k.confrelid) else '' end,
            'target_columns', case when k.contype = 'f' then (
                select coalesce(jsonb_agg((
                    select a.attname from pg_attribute a
                    where a.attrelid = k.confrelid and a.attnum = u.attnum) order by u.position), '[]')
                from unnest(k.confkey) with ordinality u (attnum, position)) else '[]' end,
            'on_delete', case k.confdeltype when 'c' then 'CASCADE' when 'n' then 'SET NULL' when 'd' then 'SET DEFAULT' else '' end,
            'on_update', case k.confupdtype when 'c' then 'CASCADE' when 'n' then 'SET NULL' when 'd' then 'SET DEFAULT' else '' end,
            'definition', case when k.contype = 'c' then pg_get_constraintdef(k.oid) else '' end
            ) order by k.contype, k.conname)
        from pg_constraint k
        where k.conrelid = r.oid and k.contype in ('p', 'u', 'f', 'c')
          -- A reference to a partitioned table is repeated for each partition.
          and (k.conparentid = 0 or not exists (
              select from pg_constraint whole where whole.oid = k.conparentid and whole.conrelid = k.conrelid))), '[]'),
    -- What a domain asks of its values, as if each column of that type asked it.
    'domains', coalesce((
        select jsonb_agg(jsonb_build_object(
            'name', k.conname,
            'columns', jsonb_build_array(a.attname),
            'definition', regexp_replace(
                pg_get_constraintdef(k.oid), '\mVALUE\M', replace(quote_ident(a.attname), '\', '\\'), 'g')
            ) order by k.conname, a.attnum)
        from pg_attribute a
        -- One of no relation, so that the index is used, which begins with that.
        join pg_constraint k on k.conrelid = 0 and k.contypid = a.atttypid and k.contype = 'c'
        where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped), '[]'),
    -- What may not occur twice beside declared keys: unique indexes, and EXCLUDE, with the columns that their
    -- expressions look at.
    'apart', coalesce((
        select jsonb_agg(jsonb_build_object('unique', i.indisunique, 'columns', (
            select coalesce(jsonb_agg(a.attname order by a.attnum), '[]')
            from pg_attribute a
            where a.attrelid = r.oid and a.attnum > 0 and (
                a.attnum = any (i.indkey) or i.indexprs is not null and exists (
                    select from pg_depend d
                    where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
                      and d.refclassid = 'pg_class'::regclass and d.refobjid = r.oid
                      and d.refobjsubid = a.attnum)))) order by i.indexrelid)
        from pg_index i
        where i.indrelid = r.oid and (i.indisunique or i.indisexclusion)
          and not exists (
              select from pg_constraint k
              where k.conrelid = r.oid and k.conindid = i.indexrelid and k.contype in ('p', 'u'))), '[]'),
    'policies', coalesce((
        select jsonb_agg(jsonb_build_object(
            'name', p.polname,
            'command', case p.polcmd
                when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE'
                when 'd' then 'DELETE' else 'ALL' end,
            'roles', (
                select jsonb_agg(case u.role when 0 then 'public' else pg_get_userbyid(u.role)::text end order by 1)
                from unnest(p.polroles) u (role)),
            'permissive', p.polpermissive,
            'using', coalesce(pg_get_expr(p.polqual, p.polrelid), ''),
            'check', coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
            ) order by p.polname)
        from pg_policy p where p.polrelid = r.oid), '[]'),
    'triggers', coalesce((
        select jsonb_agg(jsonb_build_object(
            'name', g.tgname,
            'function', format('%%I.%%I', fn.nspname, f.proname),
            'body', f.prosrc,
            'enabled', g.tgenabled,
            'events', (
                select jsonb_agg(event.name)
                from (values (4, 'INSERT'), (8, 'DELETE'), (16, 'UPDATE'), (32, 'TRUNCATE')) event (bit, name)
                where g.tgtype & event.bit <> 0)
            ) order by g.tgname)
        from pg_trigger g
        join pg_proc f on f.oid = g.tgfoid
        join pg_namespace fn on fn.oid = f.pronamespace
        where g.tgrelid = r.oid and not g.tgisinternal), '[]'),
    'view', case when r.relkind in ('v', 'm') then pg_get_viewdef(r.oid) else '' end,
    'options', coalesce((select jsonb_agg(lower(option) order by option) from unnest(r.reloptions) option), '[]'),
    'rules', coalesce((
        select jsonb_agg(pg_get_ruledef(w.oid) order by w.rulename)
        from pg_rewrite w where w.ev_class = r.oid and w.rulename <> '_RETURN'), '[]'),
    'privileges', coalesce((
        select jsonb_object_agg(p.role, p.held - 'usable' order by p.role)
        from (
            select client.rolname as role, jsonb_build_object(
                'usable', has_schema_privilege(client.oid, r.nspname, 'usage'),
                'select', (
                    select coalesce(jsonb_agg(a.attname order by a.attnum), '[]') from pg_attribute a
                    where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
                      and has_column_privilege(client.oid, r.oid, a.attnum, 'select')),
                'insert', (
                    select coalesce(jsonb_agg(a.attname order by a.attnum), '[]') from pg_attribute a
                    where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
                      and has_column_privilege(client.oid, r.oid, a.attnum, 'insert')),
                'update', (
                    select coalesce(jsonb_agg(a.attname order by a.attnum), '[]') from pg_attribute a
                    where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
                      and has_column_privilege(client.oid, r.oid, a.attnum, 'update')),
                'others', (
                    select coalesce(jsonb_agg(verb order by verb), '[]')
                    from unnest(array['delete', 'truncate', 'references', 'trigger']) verb
                    where has_table_privilege(client.oid, r.oid, verb))
            ) as held
            from pg_roles client
            where client.rolname = any (%(clients)s::text[])
            offset 0  -- else the server asks for each right three times, once for each use of `held`
        ) p
        where (p.held ->> 'usable')::boolean
          and p.held - 'usable' <> '{"select": [], "insert": [], "update": [], "others": []}'), '{}')
    )
from relations r
order by r.name collate "C"
