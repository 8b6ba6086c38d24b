"""Reads what tells how an application becomes a user, where neither settings nor the platform say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.sessions import Grantee, Guess, guess

if TYPE_CHECKING:
    import psycopg

_TEXTS = """
select concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) from pg_policy
union all
select p.prosrc from pg_depend d join pg_proc p on p.oid = d.refobjid
where d.classid = 'pg_policy'::regclass and d.refclassid = 'pg_proc'::regclass
"""
_GRANTEES = """
with guarded as (
    select oid, relowner, relforcerowsecurity as forced, relacl from pg_class where relrowsecurity
), held as (
    select a.grantee,
           bool_or(a.privilege_type in ('INSERT', 'UPDATE', 'DELETE'))
           and bool_or(a.privilege_type = 'SELECT') as writes
    from guarded, aclexplode(relacl) a where a.grantee <> guarded.relowner group by 1
)
select r.rolname, exists (select from pg_policy where r.oid = any (polroles)),
       r.rolsuper or r.rolbypassrls or exists (
           select from pg_policy where r.oid = any (polroles) and pg_get_expr(polqual, polrelid) = 'true'),
       r.oid in (select relowner from guarded),
       coalesce((select writes from held where grantee = r.oid), false)
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


def likely_session(superuser: psycopg.Connection) -> Guess:
    """Return the likeliest session of the application whose database this is."""
    texts = [row[0] for row in superuser.execute(_TEXTS).fetchall()]
    grantees = [
        Grantee(name, named=named, above=above, owns=owns, writes=writes)
        for name, named, above, owns, writes in superuser.execute(_GRANTEES).fetchall()
    ]
    return guess(texts, grantees)
