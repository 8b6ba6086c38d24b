"""Tells whether migrations bring the roles of an API themselves, and which of them its users have."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.sessions import Guess, lines_of
from pytest_readiness.judges.sql.lexis import name_of, plain
from pytest_readiness.settings import Session
from pytest_readiness.target.profiles import POSTGREST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import psycopg

    from pytest_readiness.target.profiles import Profile

_CALLER = re.compile(r"(?<!\w)auth\s*\.\s*(uid|jwt|email)\s*\(|request\.jwt", re.IGNORECASE)
"""What asks whom a token names."""

_CALL = re.compile(r"(\w+)\s*\(")


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
class Own:
    """A role of the project's own that may use tables, and that the API's login may not become.

    Attributes:
        login: As which a connection for it begins; empty where nobody who logs in may be it.
        asks: Whether a policy that is for this role by its name asks for the caller.
        asked: Whether one does that is for everybody, on what it was granted or owns.
        owns: Whether it owns any of that.
        named: Whether any policy is for this role by its name.
        ruled: Whether any is for it, by its name or with everybody.
    """

    name: str
    login: str = ""
    asks: bool = False
    asked: bool = False
    owns: bool = False
    named: bool = False
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Who may use anything outside of the API's schema.

    Attributes:
        user: The usual role of a signed-in user.
        usual: Any of the usual clients, or everybody.
        others: A role that is none of the API's, and not lent to its login.
        visitors: The usual role of whoever did not sign in, by its name.
        calls: The usual role of a signed-in user, by its name, a function.
        backend: The role of the API's backend, or one of the API's by a function with its owner's rights.
    """

    user: bool
    usual: bool
    others: bool
    visitors: bool = False
    calls: bool = False
    backend: bool = False


def api_of(held: Held, lent: Sequence[Lent], own: Sequence[Own] = ()) -> Profile | None:
    """Return what the target makes of the API; None where it cannot be told who its users are.

    Users have the usual role if it may use anything. Else they have the one other role whose policies ask
    for the caller; of several, a person has to say which. That role may be the application's own, which
    says by claims who acts and goes by no API.

    Args:
        held: Who may use anything.
        lent: Roles of the project's own that may use anything.
        own: The same that the API's login may not become.
    """
    asking = [one.name for one in lent if one.asks] or [one.name for one in lent if one.asked]
    if held.user:
        return POSTGREST
    if len(asking) == 1:
        return replace(POSTGREST, clients=(*POSTGREST.clients, asking[0]), user=asking[0])
    if held.calls and not asking:
        return POSTGREST
    likely = [] if asking or held.visitors else _likely(held, own)
    if len(likely) == 1:
        (one,) = likely
        return replace(POSTGREST, clients=(one.name,), user=one.name, login=one.login or one.name, service="")
    beside = not held.visitors and any(one.named and one.owns and one.login for one in own)
    if asking or beside or (not held.usual and (held.others or lent or _alone(held, own))):
        return None
    return POSTGREST


def _likely(held: Held, own: Sequence[Own]) -> list[Own]:
    """Return the roles that an application beside the API would have.

    An owner who can be logged in as is it where policies are for it by its name, or where nobody else may
    use anything.
    """
    bound = [one for one in own if not one.owns]
    owners = [one for one in own if one.owns and one.login and one.asks]
    named, granted = [one for one in bound if one.asks], [one for one in bound if one.asked]
    return named or owners or granted or [one for one in _alone(held, own) if one.asked]


def _alone(held: Held, own: Sequence[Own]) -> list[Own]:
    """Return the owners that can be logged in as and have policies, where nobody else may use anything."""
    others = held.usual or held.others or held.backend
    return [one for one in own if one.owns and one.login and one.ruled and not others]


def told(profile: Profile) -> Guess | None:
    """Return how the application becomes a user where its own role was told from policies."""
    if not profile.clients or {*profile.clients} >= {*POSTGREST.clients}:
        return None
    become = "select set_config('request.jwt.claims', json_build_object('sub', %(user)s)::text, true)"
    session = Session(profile.user, become)
    return Guess(
        session, lines_of(session), f"policies ask for the caller's claims, and are for {profile.user}"
    )


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
        called = ({name_of(one) for one in _CALL.findall(text)} & functions.keys()) - seen
        seen |= called
        waiting += [plain(functions[name]) for name in called]
    return False


def api_within(superuser: psycopg.Connection, declared: str = "") -> Profile | None:
    """Return the API whose roles, users and `auth.uid()` are there without the platform's profile.

    Args:
        superuser: A connection to the target.
        declared: The role that settings say users have; empty where they do not.
    """
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
        "service": POSTGREST.service,
        "api": [*usual, *(one.name for one in lent)],
    }
    held = Held(*map(bool, superuser.execute(_HELD, given).fetchone() or (False, False, False)))
    if declared and not held.user and declared not in given["api"]:
        return None
    own = [
        Own(
            name,
            login,
            callers_asked(ours, functions),
            callers_asked(common, functions),
            owns,
            bool(ours),
            bool(ours or common),
        )
        for name, login, ours, common, owns in superuser.execute(_OWN, given).fetchall()
    ]
    return api_of(held, lent, own)


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

_OWN = """
with policy as (
    select polroles, polrelid,
           concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) as said
    from pg_policy
), used as (
    select r.oid as role, c.oid as relation, c.relowner = r.oid as owned,
           exists (select from aclexplode(c.relacl) a where a.grantee = r.oid) as granted
    from pg_roles r
    cross join pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname !~ '^(pg_|auth$|information_schema$)'
    where c.relkind in ('r', 'p') and r.rolname !~ '^pg_' and r.rolname <> all (%(api)s)
      and not r.rolsuper and not r.rolbypassrls
      and (has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')
           or has_any_column_privilege(r.oid, c.oid, 'select, insert, update'))
      -- Whoever may not use a table may still call what does so with the rights of a role.
      and not exists (
          select from pg_proc where prosecdef and proowner = r.oid and prorettype <> 'trigger'::regtype)
)
select r.rolname,
       case when r.rolcanlogin then r.rolname else coalesce((
           select min(l.rolname) from pg_auth_members m join pg_roles l on l.oid = m.member
           where m.roleid = r.oid and l.rolcanlogin and not l.rolsuper), '') end,
       array(select said from policy where r.oid = any (polroles) and polrelid in (
           select relation from used where role = r.oid)),
       array(select said from policy where 0 = any (polroles) and polrelid in (
           select relation from used where role = r.oid and (owned or granted))),
       exists (select from used where role = r.oid and owned)
from pg_roles r
where r.oid in (select role from used)
order by r.rolname
"""
"""Roles that are none of the API's and may use any table, with the policies that are for them."""

_HELD = """
select bool_or(r.rolname = %(user)s), bool_or(a.grantee = 0 or r.rolname = any (%(clients)s)),
       bool_or(r.rolname <> all (%(api)s)),
       bool_or(r.rolname = any (%(clients)s) and r.rolname <> %(user)s),
       exists (
           select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
           cross join aclexplode(p.proacl) a join pg_roles client on client.oid = a.grantee
           where client.rolname = %(user)s and n.nspname !~ '^(pg_|auth$|information_schema$)'),
       bool_or(r.rolname = %(service)s) or exists (
           select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
           where p.prosecdef and p.prorettype <> 'trigger'::regtype
             and n.nspname !~ '^(pg_|auth$|information_schema$)'
             and exists (
                 select from pg_roles a
                 where a.rolname = any (%(api)s) and has_function_privilege(a.oid, p.oid, 'execute')))
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
