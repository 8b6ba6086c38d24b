"""Tells whether migrations bring the roles of an API themselves, and which of them its users have."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.judges.lexis import names, plain
from pytest_readiness.target.profiles import POSTGREST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import psycopg

    from pytest_readiness.target.profiles import Profile

_CALLER = re.compile(r"(?<!\w)auth\s*\.\s*(uid|jwt|email)\s*\(|request\.jwt", re.IGNORECASE)
"""What asks whom a token names."""


@dataclass(frozen=True, slots=True)
class Lent:
    """A role of the project's own that the API's login may become, as a token says.

    Attributes:
        asks: Whether a policy that is for this role by its name asks for the caller.
        asked: Whether one does that is for everybody, or a view, on what the role may use.
    """

    name: str
    asks: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Who may use anything outside of the API's schema.

    Attributes:
        user: The usual role of a signed-in user.
        usual: Any of the usual clients, or everybody.
        others: A role that is none of the API's, and not lent to its login.
    """

    user: bool
    usual: bool
    others: bool


def api_of(held: Held, lent: Sequence[Lent]) -> Profile | None:
    """Return what the target makes of the API; None where it cannot be told who its users are.

    Users have the usual role if it may use anything. Else they have the one other role whose policies ask
    for the caller; of several, a person has to say which.

    Args:
        held: Who may use anything.
        lent: Roles of the project's own that may use anything.
    """
    asking = [one.name for one in lent if one.asks] or [one.name for one in lent if one.asked]
    if held.user:
        return POSTGREST
    if len(asking) == 1:
        return replace(POSTGREST, clients=(*POSTGREST.clients, asking[0]), user=asking[0])
    if asking or (not held.usual and (held.others or lent)):
        return None
    return POSTGREST


def callers_asked(policies: Iterable[str], functions: Mapping[str, str]) -> bool:
    """Whether policies ask for the caller, themselves or by a function that they reach.

    Args:
        policies: Their expressions.
        functions: Bodies of the project's functions, by name.
    """
    waiting, seen = [plain(text) for text in policies], set[str]()
    while waiting:
        text = waiting.pop()
        if _CALLER.search(text):
            return True
        called = (names(text) & functions.keys()) - seen
        seen |= called
        waiting += [plain(functions[name]) for name in called]
    return False


def api_within(superuser: psycopg.Connection) -> Profile | None:
    """Return the API whose roles, users and `auth.uid()` are there without the platform's profile."""
    usual = [*POSTGREST.clients, POSTGREST.service, POSTGREST.login]
    row = superuser.execute(
        "select to_regprocedure('auth.uid()') is not null and to_regclass(%s) is not null "
        "and (select count(*) from pg_roles where rolname = any (%s)) = %s",
        (POSTGREST.users, usual, len(usual)),
    ).fetchone()
    if not (row and row[0]):
        return None
    functions: dict[str, str] = dict(superuser.execute(_FUNCTIONS).fetchall())
    lent = [
        Lent(name, callers_asked(own, functions), callers_asked(common, functions))
        for name, own, common in superuser.execute(_LENT, (POSTGREST.login, usual)).fetchall()
    ]
    given = {
        "user": POSTGREST.user,
        "clients": list(POSTGREST.clients),
        "api": [*usual, *(one.name for one in lent)],
    }
    held = superuser.execute(_HELD, given).fetchone() or (False, False, False)
    return api_of(Held(*map(bool, held)), lent)


_FUNCTIONS = """
select p.proname, string_agg(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), ' ')
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname !~ '^(pg_|information_schema$)' and p.prokind <> 'a'
group by 1
"""

_LENT = """
with policy as (
    select polroles, polrelid,
           concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) as said
    from pg_policy
), used as (
    select r.oid as role, c.oid as relation
    from pg_roles r
    join pg_auth_members m on m.roleid = r.oid and m.member = to_regrole(%s)
    cross join pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^(pg_|auth$|information_schema$)'
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and r.rolname <> all (%s)
      and not r.rolsuper and not r.rolbypassrls
      and (has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')
           or has_any_column_privilege(r.oid, c.oid, 'select, insert, update'))
)
select r.rolname,
       array(select said from policy where r.oid = any (polroles) and polrelid in (
           select relation from used where role = r.oid)),
       array(select said from policy where 0 = any (polroles) and polrelid in (
           select relation from used where role = r.oid)
             union all
             select pg_get_viewdef(relation) from used join pg_class c on c.oid = relation
             where role = r.oid and relkind in ('v', 'm'))
from pg_roles r
where r.oid in (select role from used)
order by r.rolname
"""
"""Roles that the API's login may become and that may use anything, beside those that every such API has."""

_HELD = """
select bool_or(r.rolname = %(user)s), bool_or(a.grantee = 0 or r.rolname = any (%(clients)s)),
       bool_or(r.rolname <> all (%(api)s))
from pg_class c
join pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^(pg_|auth$|information_schema$)'
cross join lateral (
    select c.relacl as acl
    union all
    select attacl from pg_attribute where attrelid = c.oid and attacl is not null
) granted
cross join aclexplode(granted.acl) a
left join pg_roles r on r.oid = a.grantee
where a.grantee <> c.relowner and c.relkind in ('r', 'p', 'v', 'm', 'f')
"""
