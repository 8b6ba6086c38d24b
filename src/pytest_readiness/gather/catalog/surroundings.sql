-- What is neither a relation nor a function, in one row of JSON.
-- %(platform)s: schemas of the platform; %(clients)s: roles that an end user's request runs as;
-- %(people)s: roles that the run made for its own people.
select jsonb_build_object(
    'roles', (
        select jsonb_agg(jsonb_build_object(
            'name', r.rolname,
            'login', r.rolcanlogin,
            'superuser', r.rolsuper,
            'bypasses', r.rolbypassrls,
            'creates_roles', r.rolcreaterole,
            'replicates', r.rolreplication,
            'settings', coalesce(to_jsonb(r.rolconfig), '[]'),
            'member_of', coalesce((
                select jsonb_agg(distinct g.rolname order by g.rolname)
                from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid), '[]')
            ) order by r.rolname)
        from pg_roles r where r.rolname !~ '^pg_' and r.rolname <> all (%(people)s::text[])),
    'sequences', coalesce((
        select jsonb_agg(jsonb_build_object(
            'name', format('%%I.%%I', n.nspname, c.relname),
            'relation', coalesce((
                select format('%%I.%%I', tn.nspname, t.relname)
                from pg_depend d
                join pg_class t on t.oid = d.refobjid
                join pg_namespace tn on tn.oid = t.relnamespace
                where d.classid = 'pg_class'::regclass and d.objid = c.oid
                  and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i') limit 1), (
                -- One that no column owns numbers the rows of whatever default draws from it.
                select format('%%I.%%I', tn.nspname, t.relname)
                from pg_depend d
                join pg_attrdef f on f.oid = d.objid
                join pg_class t on t.oid = f.adrelid
                join pg_namespace tn on tn.oid = t.relnamespace
                where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass
                  and d.refobjid = c.oid
                order by f.adrelid limit 1), ''),
            'readers', (
                select coalesce(jsonb_agg(client.rolname order by client.rolname), '[]') from pg_roles client
                where client.rolname = any (%(clients)s::text[])
                  and has_schema_privilege(client.oid, n.oid, 'usage')
                  and has_sequence_privilege(client.oid, c.oid, 'select')),
            'setters', (
                select coalesce(jsonb_agg(client.rolname order by client.rolname), '[]') from pg_roles client
                where client.rolname = any (%(clients)s::text[])
                  and has_schema_privilege(client.oid, n.oid, 'usage')
                  and has_sequence_privilege(client.oid, c.oid, 'update'))
            ) order by n.nspname, c.relname)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'S' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
          and n.nspname <> all (%(platform)s::text[])), '[]'),
    'published', coalesce((
        select jsonb_agg(jsonb_build_object(
            'publication', t.pubname,
            'relation', format('%%I.%%I', t.schemaname, t.tablename),
            'filter', coalesce(t.rowfilter, ''),
            'columns', coalesce(to_jsonb(t.attnames), '[]')) order by t.pubname, t.schemaname, t.tablename)
        from pg_publication_tables t where t.schemaname <> all (%(platform)s::text[])), '[]'),
    'guards_files', exists (
        select from pg_policy where polrelid in (to_regclass('storage.objects'), to_regclass('storage.buckets'))),
    'large_objects', exists (select from pg_largeobject_metadata),
    'readable_large_objects', has_function_privilege('public', 'pg_catalog.lo_get(oid)', 'execute')
)
