-- One row for each object of the database and what it is, oids and positions left out, as (object, definition).
-- What a drop and a second creation do not change has to be equal. %(platform)s: schemas that are not looked at.
with mine as materialized (
    select oid, nspname, nspowner, nspacl from pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema' and nspname <> all (%(platform)s::text[])
), rel as materialized (
    select c.*, format('%%I.%%I', n.nspname, c.relname) as name
    from pg_class c join mine n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')
), fn as materialized (
    select p.oid, p.proacl, p.proowner, p.prokind,
           format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as name
    from pg_proc p join mine n on n.oid = p.pronamespace
    where not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
)
select 'schema ' || nspname, concat_ws(' ', nspowner::regrole, (select array_agg(a::text order by a::text) from unnest(coalesce(nspacl, acldefault('n', nspowner))) a)) from mine
union all
select case relkind when 'S' then 'sequence ' when 'v' then 'view ' when 'm' then 'materialized view ' when 'c' then 'type ' else 'table ' end || name,
       concat_ws(' ', relkind, relpersistence, relowner::regrole, relrowsecurity, relforcerowsecurity, relreplident, reloptions,
                 (select array_agg(a::text order by a::text) from unnest(coalesce(relacl, acldefault(case relkind when 'S' then 's'::"char" else 'r'::"char" end, relowner))) a),
                 case when relkind in ('v', 'm') then pg_get_viewdef(oid) end, pg_get_expr(relpartbound, oid))
from rel
union all
select 'column ' || rel.name || '.' || a.attname,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attcollation::regcollation, a.attacl, a.attstorage,
                 pg_get_expr(d.adbin, d.adrelid))
from rel join pg_attribute a on a.attrelid = rel.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where rel.relkind in ('r', 'p', 'f', 'c')
union all
select 'constraint ' || c.conname || ' of ' || rel.name, pg_get_constraintdef(c.oid) || c.convalidated || c.condeferrable || c.condeferred
from pg_constraint c join rel on rel.oid = c.conrelid where c.contype <> 'n'
union all
select 'index ' || x.relname || ' of ' || rel.name, pg_get_indexdef(i.indexrelid) || i.indisvalid || i.indisclustered
from pg_index i join rel on rel.oid = i.indrelid join pg_class x on x.oid = i.indexrelid
union all
select 'trigger ' || t.tgname || ' of ' || rel.name, pg_get_triggerdef(t.oid) || t.tgenabled::text
from pg_trigger t join rel on rel.oid = t.tgrelid where not t.tgisinternal
union all
select 'policy ' || p.polname || ' of ' || rel.name,
       concat_ws(' ', p.polcmd, p.polpermissive, (select array_agg(r::regrole::text order by 1) from unnest(p.polroles) r), pg_get_expr(p.polqual, p.polrelid), '/', pg_get_expr(p.polwithcheck, p.polrelid))
from pg_policy p join rel on rel.oid = p.polrelid
union all
select 'rule ' || r.rulename || ' of ' || rel.name, pg_get_ruledef(r.oid) from pg_rewrite r join rel on rel.oid = r.ev_class where r.rulename <> '_RETURN'
union all
select 'function ' || name, concat_ws(' ', proowner::regrole, (select array_agg(a::text order by a::text) from unnest(coalesce(proacl, acldefault('f', proowner))) a),
       case when prokind <> 'a' then pg_get_functiondef(oid) end)
from fn
union all
select 'type ' || format('%%I.%%I', n.nspname, t.typname),
       concat_ws(' ', t.typtype, t.typowner::regrole, format_type(nullif(t.typbasetype, 0), t.typtypmod), t.typnotnull, t.typdefault,
                 (select array_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid),
                 (select array_agg(pg_get_constraintdef(k.oid) order by k.conname) from pg_constraint k where k.contypid = t.oid))
from pg_type t join mine n on n.oid = t.typnamespace where t.typtype in ('e', 'd', 'r')
union all
select 'extension ' || extname, extversion from pg_extension
union all
select 'publication ' || pubname, concat_ws(' ', puballtables, pubinsert, pubupdate, pubdelete,
       (select array_agg(concat_ws('.', schemaname, tablename) order by 1) from pg_publication_tables t where t.pubname = p.pubname)) from pg_publication p
union all
select 'event trigger ' || evtname, concat_ws(' ', evtevent, evtfoid::regproc, evtenabled, evttags) from pg_event_trigger
union all
select 'default privileges of ' || concat_ws(' ', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype), (select array_agg(a::text order by a::text)::text from unnest(defaclacl) a) from pg_default_acl
union all
select 'comment on ' || pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description
from pg_description d where d.objoid >= 16384 and (d.classoid <> 'pg_class'::regclass or exists (select from rel where rel.oid = d.objoid))
