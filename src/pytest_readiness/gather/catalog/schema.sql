-- What relations, functions and roles do not say, in one row of JSON.
-- %(platform)s: schemas of the platform; %(clients)s: roles that an end user's request runs as;
-- %(told)s: schemas that settings say the API shows, separated by commas; null where they say none.
with api as (
    select r.oid, r.rolname from pg_roles r
    where r.rolname = any (%(clients)s::text[]) or r.rolname in ('anon', 'authenticated')
),
exposed as (
    select distinct trim(name) as name
    from unnest(string_to_array(coalesce(
        -- As the API reads them: what is said of its own role and of this database comes first.
        (select substr(setting, position('=' in setting) + 1)
         from pg_db_role_setting s cross join unnest(s.setconfig) setting
         where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
           and setting like 'pgrst.db_schemas=%%'
         order by s.setrole = 0, s.setdatabase = 0 limit 1),
        nullif(current_setting('pgrst.db_schemas', true), ''),
        %(told)s::text,
        'public'), ',')) name
),
relations as (
    select c.oid, c.relkind, c.relowner, n.oid as schema, n.nspname, format('%%I.%%I', n.nspname, c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> all (%(platform)s::text[])
      and not exists (
          select from pg_depend d
          where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
),
referred as (select distinct conindid from pg_constraint where contype = 'f')
select jsonb_build_object(
    'roles', (select coalesce(jsonb_agg(rolname order by rolname), '[]') from api),
    'exposed', (select coalesce(jsonb_agg(name order by name), '[]') from exposed),
    'grants', (
        select coalesce(jsonb_agg(g), '[]') from (
            select r.name as relation, api.rolname as role, (
                select jsonb_agg(verb) from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) verb
                where has_table_privilege(api.oid, r.oid, verb)
                   or (verb <> 'DELETE' and has_any_column_privilege(api.oid, r.oid, verb))) as privileges
            from relations r cross join api
            where has_schema_privilege(api.oid, r.schema, 'usage')
            order by 1, 2) g
        where g.privileges is not null),
    -- The platform guards its own tables; those that a project makes beside them, as queues are, nobody guards yet.
    'unguarded', (
        select coalesce(jsonb_agg(g), '[]') from (
            select format('%%I.%%I', n.nspname, c.relname) as relation, api.rolname as role, (
                select jsonb_agg(verb) from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) verb
                where has_table_privilege(api.oid, c.oid, verb)
                   or (verb <> 'DELETE' and has_any_column_privilege(api.oid, c.oid, verb))) as privileges
            from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join api
            where c.relkind in ('r', 'p') and not c.relrowsecurity and n.nspname = any (%(platform)s::text[])
              and has_schema_privilege(api.oid, n.oid, 'usage')
              and not exists (
                  select from pg_depend d
                  where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
            order by 1, 2) g
        where g.privileges is not null),
    'calls', (
        select coalesce(jsonb_agg(f), '[]') from (
            select format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as function,
                   api.rolname as role
            from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace
              and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
              and n.nspname <> all (%(platform)s::text[])
            cross join api
            where p.prokind in ('f', 'p') and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
              and has_schema_privilege(api.oid, n.oid, 'usage') and has_function_privilege(api.oid, p.oid, 'execute')
              and not exists (
                  select from pg_depend d
                  where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
            order by 1, 2) f),
    'indexes', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'name', x.relname,
            'relation', r.name,
            'columns', (
                select coalesce(jsonb_agg(a.attname order by k.position), '[]')
                from unnest(i.indkey::int2[]) with ordinality k (attnum, position)
                join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
                where k.position <= i.indnkeyatts
                  and k.position < all (
                      select e.position from unnest(i.indkey::int2[]) with ordinality e (attnum, position)
                      where e.attnum = 0)),
            'sameness', regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .*? ON ', '\1'),
            'first', pg_get_indexdef(i.indexrelid, 1, true),
            'serves', i.indisunique or i.indisexclusion
                or exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')),
            'constraint', exists (
                select from pg_constraint k where k.conrelid = i.indrelid and k.conindid = i.indexrelid and k.contype <> 'f'),
            'bound', i.indisprimary or i.indisexclusion or i.indisreplident
                or i.indexrelid in (select conindid from referred),
            'immediate', i.indimmediate,
            'partial', i.indpred is not null,
            'valid', i.indisvalid,
            'scans', coalesce((select s.idx_scan from pg_stat_all_indexes s where s.indexrelid = i.indexrelid), 0)
            ) order by r.name, x.relname), '[]')
        from pg_index i join relations r on r.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
        where not x.relispartition),
    'extensions', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'name', e.extname, 'schema', n.nspname, 'installed', e.extversion,
            'default', coalesce(v.default_version, e.extversion), 'movable', e.extrelocatable
            ) order by e.extname), '[]')
        from pg_extension e join pg_namespace n on n.oid = e.extnamespace
        left join pg_available_extensions v on v.name = e.extname),
    'views_of_users', (
        select coalesce(jsonb_agg(distinct r.name), '[]')
        from relations r
        join pg_rewrite w on w.ev_class = r.oid
        join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
        where r.relkind in ('v', 'm') and d.refclassid = 'pg_class'::regclass
          and d.refobjid = to_regclass('auth.users')),
    -- Through those with their caller's rights, whoever may read what they show himself, where no policy asks.
    'users_as_caller', (
        select coalesce(jsonb_agg(jsonb_build_array(r.name, api.rolname) order by r.name, api.rolname), '[]')
        from relations r
        join pg_rewrite w on w.ev_class = r.oid
        join pg_class u on u.oid = to_regclass('auth.users') and not u.relrowsecurity
        cross join api
        where r.relkind = 'v' and has_any_column_privilege(api.oid, u.oid, 'select')
          and exists (
              select from pg_depend d
              where d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
                and d.refclassid = 'pg_class'::regclass and d.refobjid = u.oid)
          and not exists (
              select from pg_depend d
              where d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
                and d.refclassid = 'pg_class'::regclass and d.refobjid = u.oid and d.refobjsubid > 0
                and not has_column_privilege(api.oid, u.oid, d.refobjsubid::int2, 'select'))),
    'odd_types', (
        select coalesce(jsonb_agg(jsonb_build_array(r.name, a.attname, format_type(a.atttypid, null)) order by r.name), '[]')
        from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        join pg_type t on t.oid = a.atttypid
        where r.relkind in ('r', 'p', 'm') and coalesce(nullif(t.typelem, 0), t.oid)::regtype::text in (
            'regcollation', 'regconfig', 'regdictionary', 'regnamespace', 'regoper', 'regoperator', 'regproc',
            'regprocedure')),
    'loose_references', (
        select coalesce(jsonb_agg(jsonb_build_array(r.name, k.conname) order by r.name, k.conname), '[]')
        from pg_constraint k join relations r on r.oid = k.conrelid
        join pg_class f on f.oid = k.confrelid join pg_namespace fn on fn.oid = f.relnamespace
        where k.contype = 'f' and fn.nspname = 'auth'
          and not exists (select from pg_index i where i.indexrelid = k.conindid and i.indisprimary))
)
