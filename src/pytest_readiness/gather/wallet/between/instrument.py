"""Puts a call before every statement of the functions that the wallet reaches, in a copy of the target."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.wallet import Place
from pytest_readiness.gather.wallet.between import bodies
from pytest_readiness.gather.wallet.between.bodies import BodyError
from pytest_readiness.gather.wallet.teller import said
from pytest_readiness.settings.wallet import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.settings import Wallet

STOP, PASS = "readiness_step.stop", "readiness_step.pass"
READ = ("plpgsql", "sql")
"""Languages whose statements are told apart."""

_TAG = "$readiness_body$"
_FUNCTIONS = """
with recursive via(relation, other) as (
  select r.ev_class, d.refobjid from pg_depend d
  join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
  where d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
  union select inhparent, inhrelid from pg_inherits
  union select confrelid, conrelid from pg_constraint
  where contype = 'f' and (confupdtype in ('c', 'n', 'd') or confdeltype in ('c', 'n', 'd'))
), leads(relation, function) as (
  select tgrelid, tgfoid from pg_trigger where not tgisinternal
  union select r.ev_class, d.refobjid from pg_depend d
  join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
  where d.refclassid = 'pg_proc'::regclass
  union select a.adrelid, d.refobjid from pg_depend d
  join pg_attrdef a on d.classid = 'pg_attrdef'::regclass and a.oid = d.objid
  where d.refclassid = 'pg_proc'::regclass
  union select via.relation, leads.function from leads join via on via.other = leads.relation
)
select p.oid::regprocedure::text as name, p.proname, l.lanname, p.provolatile = 'i' as immutable,
       coalesce(to_jsonb(p) ->> 'prosqlbody', '') <> '' as atomic, p.prosrc, pg_get_functiondef(p.oid),
       array(select c.relname::text from leads join pg_class c on c.oid = leads.relation
             where leads.function = p.oid)
from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
where l.lanname in ('plpgsql', 'sql') and p.prokind in ('f', 'p')
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^(pg_|readiness_)'
  and not exists (select from pg_depend d where d.objid = p.oid and d.classid = 'pg_proc'::regclass
                  and d.deptype = 'e')
order by 1
"""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the target.

    Attributes:
        name: With its arguments.
        bare: Its name alone.
        fires_on: Relations whose triggers, defaults and rules call it, or those of what is behind them.
        body: What stands between the quotes, or from BEGIN ATOMIC on.
        head: Its definition up to there.
    """

    name: str
    bare: str
    language: str
    immutable: bool
    fires_on: frozenset[str]
    head: str
    body: str
    atomic: bool

    @property
    def statements(self) -> tuple[bodies.Statement, ...]:
        """Its statements.

        Raises:
            BodyError: It cannot be read.
        """
        return bodies.plpgsql(self.body) if self.language == "plpgsql" else bodies.sql(self.body)


@dataclass(frozen=True, slots=True)
class Instrumented:
    """What was put into a copy.

    Attributes:
        places: Each statement of the functions that the wallet reaches.
        unread: Functions that are as they were, and why.
        locks: Whether anything takes locks that are not on rows.
        functions: All that was found, by their names, whether they could be changed or not.
    """

    places: tuple[Place, ...]
    unread: tuple[tuple[str, str], ...]
    locks: bool
    functions: frozenset[str]


def instrument(connection: psycopg.Connection, wallet: Wallet) -> Instrumented:
    """Change the functions that templates reach, directly, through others or through triggers.

    Args:
        connection: Of a superuser, in autocommit mode, to a copy that nobody needs as it was.
        wallet: Whose templates call them.
    """
    functions = [_function(row) for row in connection.execute(_FUNCTIONS).fetchall()]
    reached = list(_reached(functions, (getattr(wallet, name) for name in TEMPLATES if name != "entries")))
    numbers, places, unread = itertools.count(), list[Place](), list[tuple[str, str]]()
    for function in reached:
        if function.immutable and function.language == "sql":
            continue
        try:
            found = [_place(next(numbers), function, statement) for statement in function.statements]
            with connection.transaction():
                # A body in SQL is read with the search path of whoever made it, which nobody knows.
                checked = "on" if function.language == "plpgsql" else "off"
                connection.execute(f"set local check_function_bodies = {checked}".encode())
                connection.execute(_definition(function, found).encode())
        except (BodyError, psycopg.Error) as error:
            unread.append((function.name, said(error) if isinstance(error, psycopg.Error) else str(error)))
        else:
            places += found
    words = frozenset(word for function in reached for word in bodies.mentioned(function.body))
    locks = "lock" in words or any("advisory" in word for word in words)
    names = frozenset(function.name for function in reached)
    return Instrumented(tuple(places), tuple(unread), locks, names)


def _function(row: tuple[object, ...]) -> Function:
    name, bare, language, immutable, atomic, source, definition, fires_on = row
    text = str(definition)
    if atomic:
        at = text.upper().rindex("\nBEGIN ATOMIC") + 1
        head, body = text[:at], text[at:]
    else:
        body = str(source)
        head = text.rpartition(body)[0] if body else text
        head = head[: head.rindex("AS $")]
    tables = frozenset(fires_on) if isinstance(fires_on, list) else frozenset[str]()
    return Function(str(name), str(bare), str(language), bool(immutable), tables, head, body, bool(atomic))


def _reached(functions: Iterable[Function], templates: Iterable[str]) -> Iterator[Function]:
    """Yield the functions that templates come to, by the names that are mentioned."""
    texts = list(templates)
    calls = set().union(*(bodies.called(text) for text in texts))
    names = set().union(*(bodies.mentioned(text) for text in texts))
    rest, found = list(functions), True
    while found:
        found = False
        for function in list(rest):
            if function.bare in calls or not function.fires_on.isdisjoint(names):
                rest.remove(function)
                calls |= bodies.called(function.body)
                names |= bodies.mentioned(function.body)
                found = True
                yield function


def _place(number: int, function: Function, statement: bodies.Statement) -> Place:
    return Place(
        number=number,
        function=function.name,
        line=statement.line,
        text=statement.text,
        stops=statement.acts and not function.immutable,
        offset=statement.start,
    )


def _definition(function: Function, places: Iterable[Place]) -> str:
    body = function.body
    for place in sorted(places, key=lambda place: place.offset, reverse=True):
        call = f"{STOP if place.stops else PASS}({place.number})"
        shape = f"if {call} then end if; " if function.language == "plpgsql" else f"select {call}; "
        body = body[: place.offset] + shape + body[place.offset :]
    return f"{function.head}{body}" if function.atomic else f"{function.head}AS {_TAG}{body}{_TAG}"
