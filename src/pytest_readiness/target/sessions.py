"""Reads what tells how an application becomes a user, where neither settings nor the platform say it."""

from __future__ import annotations

from contextlib import suppress
from itertools import starmap
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import EVERYBODY
from pytest_readiness.judges.owners.grantees import Grantee, Rule
from pytest_readiness.judges.owners.sessions import Guess, guess
from pytest_readiness.judges.sql.accessors import Helper, argument_of, writer
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    import psycopg

    from pytest_readiness.settings import Session

_CALLED = r"""
with recursive bodies as materialized (
    select oid, lower(proname) as name, coalesce(nullif(prosrc, ''), pg_get_function_sqlbody(oid), '') as body
    from pg_proc where pronamespace::regnamespace::text !~ '^(pg_|information_schema$)'
), edges as materialized (
    -- Of what a body calls the server keeps no note. A word at a time: a pattern of each name on each body
    -- would take seconds where there are hundreds.
    select distinct caller.oid as caller, callee.oid as callee
    from bodies caller,
         lateral (
             select lower(found[1]) as name from regexp_matches(caller.body, '([\w$]+)"?\s*\(', 'g') found
             union
             select lower(replace(found[1], '""', '"'))
             from regexp_matches(caller.body, '"((?:[^"\n]|"")+)"\s*\(', 'g') found
         ) word
         join bodies callee on callee.name = word.name
), asking_views as materialized (
    -- Where nothing has a policy, views stand for them, which show everybody his own.
    select c.oid, r.oid as rule, pg_get_viewdef(c.oid) as said
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_rewrite r on r.ev_class = c.oid
    where c.relkind = 'v' and n.nspname !~ '^(pg_|information_schema$)' and not exists (select from pg_policy)
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
), reached as (
    select distinct refobjid as first, refobjid as oid
    from pg_depend
    where refclassid = 'pg_proc'::regclass and (
        classid = 'pg_policy'::regclass
        or (classid = 'pg_rewrite'::regclass and objid in (select rule from asking_views)))
    union
    select first, callee from reached join edges on caller = oid
), called as (
    select first, oid, body from reached join bodies using (oid)
)"""
_TEXTS = """
select concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) from pg_policy
union all
select said from asking_views where said ~* 'current_setting|current_user|session_user'
union all
select distinct body from called
"""
_GRANTEES = """
, guarded as (
    select oid, relowner, relforcerowsecurity as forced, relacl from pg_class
    where relrowsecurity or oid in (
        select oid from asking_views where said ~* 'current_setting|current_user|session_user' or exists (
            select from pg_depend d join called c on c.first = d.refobjid
            where d.classid = 'pg_rewrite'::regclass and d.objid = rule
              and c.body ~* 'current_setting|current_user|session_user'))
), held as (
    select a.grantee,
           bool_or(a.privilege_type in ('INSERT', 'UPDATE', 'DELETE'))
           and bool_or(a.privilege_type = 'SELECT') as writes
    from guarded, aclexplode(relacl) a where a.grantee <> guarded.relowner group by 1
), asking as materialized (
    select oid, found[1] as word
    from (select distinct oid, body from called) c, lateral regexp_matches(
        body, '\\y(current_setting|current_user|session_user|current_role|pg_has_role)\\y', 'gi') found
), policies as materialized (
    select p.oid, polrelid, polroles, polcmd, polpermissive,
           pg_get_expr(polqual, polrelid) as seen,
           -- Where nothing is said of new rows, what is said of those that are there holds.
           coalesce(pg_get_expr(polwithcheck, polrelid), pg_get_expr(polqual, polrelid)) as written,
           concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) as said,
           (select string_agg(body, ' ')
            from pg_depend d join called on called.first = d.refobjid
            where d.classid = 'pg_policy'::regclass and d.objid = p.oid
              and d.refclassid = 'pg_proc'::regclass) as bodies,
           (select string_agg(distinct word, ' ')
            from pg_depend d join reached on first = d.refobjid join asking on asking.oid = reached.oid
            where d.classid = 'pg_policy'::regclass and d.objid = p.oid
              and d.refclassid = 'pg_proc'::regclass) as words,
           (select string_agg(distinct pg_get_expr(q.polqual, q.polrelid), ' ')
            from pg_depend d join guarded g on g.oid = d.refobjid join pg_policy q on q.polrelid = g.oid
            where d.classid = 'pg_policy'::regclass and d.objid = p.oid
              and d.refclassid = 'pg_class'::regclass and g.oid <> p.polrelid) as looked_into
    from pg_policy p
), applied as materialized (
    select r.oid as role, p.*
    from pg_roles r, policies p
    where exists (select from unnest(polroles) named
                  where case named when 0 then true else pg_has_role(r.oid, named, 'USAGE') end)
), rules as materialized (
    select role, format('%I.%I', n.nspname, c.relname) as object, verb, polpermissive, words, looked_into,
           case verb when 'INSERT' then written when 'UPDATE' then concat_ws(' / ', seen, written)
               else seen end as said
    from applied p join guarded g on g.oid = p.polrelid join pg_class c on c.oid = g.oid
         join pg_namespace n on n.oid = c.relnamespace,
         (values ('SELECT', 'r'), ('INSERT', 'a'), ('UPDATE', 'w'), ('DELETE', 'd')) v (verb, code)
    where polcmd in ('*', code::"char")
)
select r.rolname, exists (select from pg_policy where r.oid = any (polroles)),
       r.rolsuper or r.rolbypassrls or exists (
           select from pg_policy where r.oid = any (polroles) and pg_get_expr(polqual, polrelid) = 'true'),
       r.oid in (select relowner from guarded),
       coalesce((select writes from held where grantee = r.oid), false),
       not r.rolcanlogin or exists (
           select from pg_auth_members m join pg_roles l on l.oid = m.member
           where m.roleid = r.oid and l.rolcanlogin and not l.rolsuper),
       coalesce((
             select json_agg(array[asked::regclass::text, said]) from (
                 select polrelid as asked, said from policies
                 where r.oid = any (polroles) or 0 = any (polroles)
                 union all
                 select oid, said from asking_views) shown
             where has_any_column_privilege(r.oid, asked, 'select, insert, update')), '[]'),
       array(select split_part(preset, '=', 1)
             from pg_auth_members m
             join pg_roles l on l.oid = m.member and l.rolcanlogin and not l.rolsuper
             join pg_db_role_setting s on s.setrole = l.oid
                 and s.setdatabase in (0, (select oid from pg_database where datname = current_database())),
                 unnest(setconfig) preset
             where m.roleid = r.oid and preset !~ '=$'
             group by 1 having count(distinct preset) > 1),
       array(select concat_ws(' ', said, bodies) from applied where role = r.oid),
       (select coalesce(json_agg(array[object, verb]), '[]') from (
             select format('%I.%I', n.nspname, c.relname) as object, verb
             from guarded g join pg_class c using (oid) join pg_namespace n on n.oid = c.relnamespace,
                 unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) verb
             where case verb when 'DELETE' then has_table_privilege(r.oid, g.oid, verb)
                   else has_any_column_privilege(r.oid, g.oid, verb) end
             union all
             -- A function without its owner's rights does nothing that the caller may not.
             select format('%I.%I(%s)', nspname, proname, pg_get_function_identity_arguments(p.oid)), 'CALL'
             from pg_proc p join pg_namespace n on n.oid = p.pronamespace
             where p.prosecdef and p.prorettype <> 'trigger'::regtype
               and n.nspname !~ '^(pg_|information_schema$)'
               and has_schema_privilege(r.oid, n.oid, 'USAGE')
               and has_function_privilege(r.oid, p.oid, 'EXECUTE')
       ) held_by_it),
       (select coalesce(json_agg(json_build_array(
            object, verb, coalesce(said, ''), polpermissive, concat_ws(' ', words, looked_into))), '[]')
        from rules where role = r.oid),
       r.rolsuper or r.rolbypassrls
from pg_roles r
where r.rolname !~ '^pg_'
  and (r.oid in (select grantee from held)
       or (r.oid in (select relowner from guarded) and (
           (select bool_and(forced) from guarded)
           -- Policies that do not bind their owner were meant for it where they name it, or where an
           -- application that logs in as the owner is all that there can be, no function acting for others.
           or exists (select from pg_policy p join guarded g on g.oid = p.polrelid
                      where g.relowner = r.oid and r.oid = any (p.polroles))
           or (r.rolcanlogin and not exists (
               select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
               where p.prosecdef and p.prorettype <> 'trigger'::regtype
                 and n.nspname !~ '^(pg_|information_schema$)')))))
order by r.rolname
"""

_HELPERS = """
select format('%I.%I', n.nspname, p.proname),
       array(select coalesce(p.proargnames[at], '') from generate_subscripts(types, 1) at),
       array(select format_type(type, null) from unnest(types) type),
       format_type(p.prorettype, null), coalesce(nullif(p.prosrc, ''), pg_get_function_sqlbody(p.oid), '')
from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
     lateral (
         select coalesce(p.proallargtypes, string_to_array(p.proargtypes::text, ' ')::oid[]) as types
     ) given
where n.nspname !~ '^(pg_|information_schema$)' and p.prokind = 'f'
"""


_TRIES = 20
"""How often a role is granted that other runs grant as well."""


def likely_session(superuser: psycopg.Connection) -> Guess:
    """Return the likeliest session of the application whose database this is."""
    helpers = (
        Helper(name, argument_of([*zip(names, types, strict=True)]), returns, body)
        for name, names, types, returns, body in superuser.execute(_HELPERS).fetchall()
    )
    out = writer(helpers) or str
    texts = [out(row[0]) for row in superuser.execute(_CALLED + _TEXTS).fetchall()]
    grantees = [
        Grantee(
            name,
            named=named,
            above=above,
            owns=owns,
            writes=writes,
            group=group,
            asked=tuple((table, out(text)) for table, text in asked),
            presets=tuple(presets),
            said=tuple(map(out, said)),
            held=frozenset((table, verb) for table, verb in held),
            rules=frozenset(starmap(Rule, rules)),
            unbound=unbound,
        )
        for (
            name,
            named,
            above,
            owns,
            writes,
            group,
            asked,
            presets,
            said,
            held,
            rules,
            unbound,
        ) in superuser.execute(_CALLED + _GRANTEES).fetchall()
    ]
    return guess(texts, grantees)


def make_logins(superuser: psycopg.Connection, session: Session) -> None:
    """Make a role for each of the people where users log in as roles of their own.

    They go as all roles do that a run leaves on a server, and others that run at the same time share them.
    """
    import psycopg

    for person in EVERYBODY:
        role, group = identifier(person.uuid), identifier(session.role)
        with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            superuser.execute(f"create role {role} login".encode())
        for _ in range(_TRIES):
            try:
                superuser.execute(f"grant {group} to {role}".encode())
            except psycopg.errors.UndefinedObject:
                break  # whoever becomes a user is told of that
            except (psycopg.errors.UniqueViolation, psycopg.errors.InternalError_):
                continue  # another run grants the same at the same time
            break
