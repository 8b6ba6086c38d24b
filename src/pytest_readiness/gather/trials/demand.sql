-- What an index or a constraint of a name asks for, as (table, its number, its names, columns, whether one is computed,
-- whether a check asks for them too, the table that keys refer to, its name).
with held as (
    select oid, conrelid as relation, confrelid as other
    from pg_constraint where conname = %(name)s and contype in ('c', 'f')
    union all
    select coalesce(k.oid, indexrelid), indrelid, null
    from pg_index join pg_class c on c.oid = indexrelid
    left join pg_constraint k on k.conindid = indexrelid and k.conrelid = indrelid and k.contype in ('p', 'u')
    where c.relname = %(name)s and indisunique
), asked as (
    select held.*, c.relname, format('%%I.%%I', nspname, c.relname) as named, array(
        select distinct d.refobjsubid from pg_depend d
        where d.objid = held.oid and d.refclassid = 'pg_class'::regclass and d.refobjid = relation and d.refobjsubid > 0
    )::int2[] as columns
    from held join pg_class c on c.oid = relation join pg_namespace n on n.oid = relnamespace
    where %(table)s::text in ('', c.relname::text)
)
select named, relation::bigint,
       array(select relname::text union
             select p.relname::text from pg_partition_ancestors(relation) a(oid) join pg_class p on p.oid = a.oid),
       columns,
       exists (select from pg_attribute where attrelid = relation and attnum = any (columns) and attgenerated <> ''),
       other is null and exists (select from pg_constraint k where k.conrelid = relation and k.contype = 'c' and k.conkey <@ columns),
       coalesce(other, 0)::bigint,
       coalesce((select o.relname::text from pg_class o where o.oid = other), '')
from asked
