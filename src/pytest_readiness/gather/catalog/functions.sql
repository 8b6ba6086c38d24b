-- One row for each function and procedure outside the system schemas and the schemas of extensions, as JSON.
-- %(platform)s: schemas of the platform; %(clients)s: roles that an end user's request runs as.
select jsonb_build_object(
    'schema', n.nspname,
    'name', format('%%I.%%I', n.nspname, p.proname),
    'signature', format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
    'kind', case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' when 'w' then 'window' else 'function' end,
    'returns', case when p.prokind = 'p' then '' else format_type(p.prorettype, null) end,
    'definer', p.prosecdef,
    'owner', pg_get_userbyid(p.proowner),
    'leakproof', p.proleakproof,
    'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    'language', l.lanname,
    'config', coalesce(to_jsonb(p.proconfig), '[]'),
    'body', case when p.prokind in ('a', 'w') then '' else coalesce(nullif(p.prosrc, ''), pg_get_function_sqlbody(p.oid), '') end,
    'defaults', p.pronargdefaults,
    'arguments', coalesce((
        select jsonb_agg(jsonb_build_object(
            'name', coalesce(p.proargnames[a.position], ''),
            'type', format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null),
            'declared', format_type(t.oid, null),
            'kind', coalesce(base.typtype, t.typtype),
            'labels', coalesce((
                select jsonb_agg(e.enumlabel order by e.enumsortorder)
                from pg_enum e where e.enumtypid = coalesce(base.oid, t.oid)), '[]')
            ) order by a.position)
        from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality a (type, position)
        join pg_type t on t.oid = a.type
        left join pg_type base on base.oid = nullif(t.typbasetype, 0)
        where coalesce(p.proargmodes[a.position], 'i') in ('i', 'b', 'v')), '[]'),
    'attached', exists (select from pg_trigger g where g.tgfoid = p.oid),
    'modes', coalesce((
        select jsonb_agg(coalesce(p.proargmodes[a.position], 'i') order by a.position)
        from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality a (type, position)
        where coalesce(p.proargmodes[a.position], 'i') in ('i', 'b', 'v')
          or (p.prokind = 'p' and p.proargmodes[a.position] = 'o')), '[]'),
    'columns', coalesce((
        select jsonb_agg(format_type(a.type, null) order by a.position)
        from unnest(p.proallargtypes) with ordinality a (type, position)
        where p.proargmodes[a.position] in ('t', 'o', 'b')), '[]'),
    'callers', coalesce((
        select jsonb_agg(client.rolname order by client.rolname)
        from pg_roles client
        where client.rolname = any (%(clients)s::text[])
          and has_schema_privilege(client.oid, n.oid, 'usage')
          and has_function_privilege(client.oid, p.oid, 'execute')), '[]')
    )
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and n.nspname <> all (%(platform)s::text[])
  and not exists (
      select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
order by format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) collate "C"
