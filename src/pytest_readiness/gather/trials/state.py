"""What a database holds, catalog and rows, in a form in which two states can be compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

from pytest_readiness.judges.migrations.rights import Rights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

_SHAPE = files(__package__).joinpath("shape.sql").read_text(encoding="utf-8")
_FIRST = ("table ", "type ", "function ", "view ", "sequence ", "policy ")
"""What is told before its parts."""
_SECURITY = 3
"""Which word of a table's shape tells of row security: after kind, persistence and owner."""
_MOST_PAGES = 2000
"""Tables up to this size are compared row by row; of bigger ones only the number of rows."""

_TABLES = """
select format('%%I.%%I', n.nspname, c.relname), c.relpages
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and n.nspname <> all (%s::text[])
order by 1
"""

_MADE = """
select format('%%I.%%I', n.nspname, c.relname), c.oid::bigint, c.relnatts::int
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> all (%s::text[])
"""

_RIGHTS = """
with used as (
    select case c.relkind when 'v' then 'view ' else 'materialized view ' end
           || format('%%I.%%I', n.nspname, c.relname) as name, c.oid, c.relowner as owner,
           coalesce(c.relacl, acldefault('r', c.relowner)) as acl, coalesce(c.reloptions, '{}') as options,
           n.nspname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', 'm')
    union all
    select 'function '
           || format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
           p.oid, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner)), '{}', n.nspname
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)  -- which nobody calls
)
select name, u.oid::bigint, options,
       array(select array[coalesce(r.rolname, 'public'), a.privilege_type]
             from aclexplode(acl) a left join pg_roles r on r.oid = a.grantee where a.grantee <> owner)
from used u
where nspname !~ '^pg_' and nspname <> 'information_schema' and nspname <> all (%s::text[])
  and not exists (select from pg_depend d where d.objid = u.oid and d.deptype = 'e')
"""


@dataclass(frozen=True, slots=True)
class State:
    """A state of a database.

    Attributes:
        shape: What each object is, by its name.
        rows: Of each table, how many rows it has and a hash of them all.
        made: Of each table, the number that the server gave it when it was made.
        rights: Of each view and function, who may use it.
        widths: Of each table by that number, how many columns it ever had.
    """

    shape: dict[str, str]
    rows: dict[str, tuple[int, int]]
    made: dict[str, int] = field(default_factory=dict)
    rights: dict[str, Rights] = field(default_factory=dict)
    widths: dict[int, int] = field(default_factory=dict)


def state_of(connection: psycopg.Connection, platform: Iterable[str]) -> State:
    """Read the whole state, within the transaction that the connection is in."""
    ignored = list(platform)
    path = connection.execute(
        "select current_setting('search_path'), set_config('search_path', '', false)"
    ).fetchone()
    shape: dict[str, str | None] = dict(connection.execute(_SHAPE.encode(), {"platform": ignored}).fetchall())
    rows = rows_of(connection, ignored)
    made: list[tuple[str, int, int]] = connection.execute(_MADE, (ignored,)).fetchall()
    found = connection.execute(_RIGHTS, (ignored,)).fetchall()
    rights = {
        name: Rights(oid, frozenset((who, what) for who, what in held), tuple(options))
        for name, oid, options, held in found
    }
    connection.execute("select set_config('search_path', %s, false)", (path[0] if path else "",))
    return State(
        {name: text or "" for name, text in shape.items()},
        rows,
        {name: oid for name, oid, _ in made},
        rights,
        {oid: width for _, oid, width in made},
    )


def rows_of(connection: psycopg.Connection, platform: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Read the rows alone."""
    tables = connection.execute(_TABLES, (list(platform),)).fetchall()
    return _rows(connection, tables) if tables else {}


def _rows(connection: psycopg.Connection, tables: list[tuple[str, int]]) -> dict[str, tuple[int, int]]:
    def look(index: int, name: str, pages: int) -> str:
        hashed = "coalesce(sum(hashtextextended(to_jsonb(t)::text, 0)), 0)" if pages <= _MOST_PAGES else "0"
        return f"select {index}, count(*), {hashed} from only {name} t"

    parts = (look(index, name, pages) for index, (name, pages) in enumerate(tables))
    found = connection.execute(" union all ".join(parts).encode()).fetchall()
    return {tables[index][0]: (count, int(total)) for index, count, total in found}


def has_row_security(state: State, name: str) -> bool:
    """Whether a table has row security; a table that is not there has none."""
    return security_of(state, name)[0]


def security_of(state: State, name: str) -> tuple[bool, bool]:
    """Return whether row security of a table is enabled, and whether it is forced upon its owner."""
    words = state.shape.get(f"table {name}", "").split(" ", _SECURITY + 2)
    enabled, forced = (len(words) > place and words[place] == "t" for place in (_SECURITY, _SECURITY + 1))
    return enabled, forced


def differences(before: State, after: State) -> tuple[str, ...]:
    """Say what differs, the catalog first."""
    return (*_of_shape(before, after), *_of_rows(before, after))


def _of_shape(before: State, after: State) -> Iterator[str]:
    names = sorted(before.shape.keys() | after.shape.keys(), key=lambda n: (not n.startswith(_FIRST), n))
    whole = {
        name.partition(" ")[2]
        for name in names
        if name.startswith("table ") and (name in before.shape) != (name in after.shape)
    }
    for name in names:
        old, new = before.shape.get(name), after.shape.get(name)
        if old == new or _within(name) in whole:
            continue
        if old is None:
            yield f"{name} is there"
        elif new is None:
            yield f"{name} is gone"
        else:
            yield f"{name} is another"


def _within(name: str) -> str:
    """Return the table that an object is part of; empty for one that stands alone."""
    if name.startswith("column "):
        return name.removeprefix("column ").rpartition(".")[0]
    return name.rpartition(" of ")[2] if " of " in name else ""


def _of_rows(before: State, after: State) -> Iterator[str]:
    for name in sorted(before.rows.keys() & after.rows.keys()):
        (old, old_hash), (new, new_hash) = before.rows[name], after.rows[name]
        if old != new:
            yield f"{name} has {new} rows, not {old}"
        elif old_hash != new_hash:
            yield f"the rows of {name} are others"
