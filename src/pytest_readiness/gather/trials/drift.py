"""Makes anew what a condition passed over, and says how what is there differs from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.migrations.conditions import IS_THERE
from pytest_readiness.target.answers import answer
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    import psycopg

    from pytest_readiness.judges.migrations.guarded import Creation

_COLUMNS = """
select attname, array[format_type(atttypid, atttypmod), attnotnull::text, pg_get_expr(adbin, adrelid),
                      nullif(attidentity::text, ''), nullif(attgenerated::text, '')]
from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
"""
_CONSTRAINTS = """
select pg_get_constraintdef(oid) from pg_constraint
where conrelid = to_regclass(%s) and contype in ('p', 'u', 'c', 'f', 'x')
union
select format('UNIQUE (%%s)', (select string_agg(quote_ident(attname), ', ' order by place)
       from unnest(indkey::int2[]) with ordinality k(number, place)
       join pg_attribute on attrelid = indrelid and attnum = number))
from pg_index where indrelid = to_regclass(%s) and indisunique and indpred is null and indexprs is null
"""
_SEQUENCE = """
select seqtypid::regtype::text, seqstart::text, seqincrement::text, seqmin::text, seqmax::text, seqcycle::text
from pg_sequence where seqrelid = to_regclass(%s)
"""
_SAYS = (r"\bas\s+\w", r"\bstart\b", r"\bincrement\b", r"\bminvalue\b", r"\bmaxvalue\b", r"\bcycle\b")
"""What a statement that makes a sequence has to say so that it is meant."""
_TOLD = ("type", "start", "increment", "minvalue", "maxvalue", "cycle")
_DEFINITIONS = {
    "policy": """
        select polname, concat_ws(' ', polcmd, polpermissive,
            (select array_agg(r::regrole::text order by 1) from unnest(polroles) r),
            pg_get_expr(polqual, polrelid), '/', pg_get_expr(polwithcheck, polrelid))
        from pg_policy where polrelid = to_regclass(%s)""",
    "trigger": """
        select tgname,
            regexp_replace(pg_get_triggerdef(oid), ' TRIGGER .*? (BEFORE|AFTER|INSTEAD)', ' TRIGGER \\1')
        from pg_trigger where tgrelid = to_regclass(%s)""",
    "constraint": """
        select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = to_regclass(%s)""",
    "index": """
        select relname, regexp_replace(pg_get_indexdef(indexrelid), ' INDEX .*? ON ', ' INDEX ON ')
        from pg_index join pg_class on oid = indexrelid where indrelid = to_regclass(%s)""",
    "type": """
        select typname, string_agg(enumlabel, ', ' order by enumsortorder)
        from pg_enum join pg_type t on t.oid = enumtypid
        where %s = '' and pg_type_is_visible(t.oid) group by 1""",
}
"""Of each kind, what is there of a table by its names, names of their own left out."""
_NAMED = {
    "policy": "select exists (select from pg_policy where polname = %s)",
    "trigger": "select exists (select from pg_trigger where tgname = %s)",
    "constraint": "select exists (select from pg_constraint where conname = %s)",
    "index": "select exists (select from pg_class where relname = %s)",
    "type": "select exists (select from pg_type where typname = %s)",
}
_THERE = {
    "policy": "select from pg_policy where polname = %s and polrelid = c.oid",
    "trigger": "select from pg_trigger where tgname = %s and tgrelid = c.oid",
    "constraint": "select from pg_constraint where conname = %s and conrelid = c.oid",
}
_OF_A_TABLE = """
select format('%%I.%%I', nspname, c.relname), exists ({})
from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass(%s)
"""
_CONSTANT = re.compile(r"'(?:[^']|'')*'(?:::.+)?|\(?-?[\d.]+\)?(?:::.+)?|true|false")

Column = list[str | None]


def columns(connection: psycopg.Connection, table: str) -> dict[str, Column]:
    """Return what each column of a table is."""
    return dict(connection.execute(_COLUMNS, (table,)).fetchall())


def of_table(connection: psycopg.Connection, name: str, text: str) -> list[str]:
    """Say what a table that was there lacks of the one that a statement makes."""
    there, kept = columns(connection, name), _constraints(connection, name)
    if not _made_anew(connection, text, f"drop table {name} cascade"):
        return []
    wanted = columns(connection, name)
    found = [
        said for column in wanted for said in _of_column(name, column, there.get(column), wanted[column])
    ]
    return found + _without(name, kept, _constraints(connection, name))


def of_columns(connection: psycopg.Connection, table: str, added: list[str], text: str) -> list[str]:
    """Say what columns that were there lack of those that a statement adds."""
    there, kept = columns(connection, table), _constraints(connection, table)
    drops = [f"alter table {table} drop column {column} cascade" for column in added]
    if not _made_anew(connection, text, *drops):
        return []
    wanted = columns(connection, table)
    names = [column.strip('"') for column in added]
    found = [said for n in names if n in wanted for said in _of_column(table, n, there.get(n), wanted[n])]
    return found + _without(table, kept, _constraints(connection, table))


def of_relation(connection: psycopg.Connection, kind: str, name: str, text: str) -> list[str]:
    """Say how an index, a sequence or a materialized view that was there differs."""
    if kind == "sequence":
        return _of_sequence(connection, name, text)
    look = {"index": "pg_get_indexdef", "materialized view": "pg_get_viewdef"}[kind]
    there = connection.execute(f"select {look}(to_regclass(%s))".encode(), (name,)).fetchone()
    if not _made_anew(connection, text, f"drop {kind} {name} cascade"):
        return []
    wanted = connection.execute(f"select {look}(to_regclass(%s))".encode(), (name,)).fetchone()
    if there == wanted or not there or not wanted:
        return []
    return [f"the name was taken by another {kind}: {' '.join(str(there[0]).split())}"]


def of_creation(connection: psycopg.Connection, made: Creation) -> list[str]:
    """Say why what a block would have made is not there as it says; try that in what is undone."""
    kept = _definitions(connection, made)
    there = kept.get(made.name)
    taken = connection.execute(_NAMED[made.kind].encode(), (made.name,)).fetchone()
    connection.execute("savepoint readiness_bare")
    _, error = answer(connection, made.text)
    if error is None:
        # Where nothing has the name, another condition kept the block from it.
        fooled = made.asked and there is None and taken and taken[0]
        if not fooled or _definitions(connection, made).get(made.name) in kept.values():
            return []
        return [f"{made.of} has no {made.kind} {made.name}: the name is taken elsewhere"]
    connection.execute("rollback to readiness_bare")
    if error[0] not in IS_THERE or there is None or not _made_anew(connection, made.text, made.drop):
        return []
    wanted = _definitions(connection, made).get(made.name, there)
    if wanted == there or (made.kind == "type" and _labels(wanted) <= _labels(there)):
        return []
    return [f"{made.kind} {made.name} was there already as {there}, not as {wanted}"]


def absent(connection: psycopg.Connection, kind: str, name: str, of: str) -> str | None:
    """Return the table of what is to be dropped and is not there, if known; None where it is there."""
    if kind == "index":
        row = connection.execute("select '', to_regclass(%s) is not null", (identifier(name),)).fetchone()
    else:
        row = connection.execute(_OF_A_TABLE.format(_THERE[kind]).encode(), (name, of)).fetchone()
    return None if row is None or row[1] else str(row[0])


def _definitions(connection: psycopg.Connection, made: Creation) -> dict[str, str]:
    found = connection.execute(_DEFINITIONS[made.kind].encode(), (made.of,)).fetchall()
    return {str(name): str(text) for name, text in found}


def _labels(said: str) -> set[str]:
    return {*said.split(", ")}


def _constraints(connection: psycopg.Connection, table: str) -> set[str]:
    return {row[0] for row in connection.execute(_CONSTRAINTS, (table, table)).fetchall()}


def _made_anew(connection: psycopg.Connection, text: str, *drops: str) -> bool:
    return all(answer(connection, sql)[1] is None for sql in (*drops, text))


def _without(table: str, there: set[str], wanted: set[str]) -> list[str]:
    keys = {one.replace("PRIMARY KEY", "UNIQUE") for one in there}
    lacking = sorted(one for one in wanted - there if one.replace("PRIMARY KEY", "UNIQUE") not in keys)
    return [f"{table} was there already, without {one}" for one in lacking]


def _of_column(table: str, column: str, there: Column | None, wanted: Column) -> list[str]:
    kind, required, default, numbered, computed = wanted
    if there is None:
        return [f"{table} was there already, without its column {column} {kind}"]
    name = f"{table}.{column} was there already"
    if there[0] != kind:
        return [f"{name} as {there[0]}, not as {kind}"]
    lacking = ["NOT NULL"] if (required, there[1]) == ("true", "false") else []
    gives = any(there[2:])
    lacking += ["what numbers it"] if numbered and not gives else []
    lacking += ["what computes it"] if computed and not there[4] else []
    if default and not computed and not gives:
        lacking.append(f"DEFAULT {default}")
    elif (
        default and there[2] != default and all(_CONSTANT.fullmatch(one or "") for one in (default, there[2]))
    ):
        return [f"{name} with DEFAULT {there[2]}, not {default}"]
    return [f"{name}, without {' and '.join(lacking)}"] if lacking else []


def _of_sequence(connection: psycopg.Connection, name: str, text: str) -> list[str]:
    there = connection.execute(_SEQUENCE, (name,)).fetchone()
    if not there or not _made_anew(connection, text, f"drop sequence {name} cascade"):
        return []
    wanted = connection.execute(_SEQUENCE, (name,)).fetchone() or there
    return [
        f"{name} was there already with {what} {old}, not {new}"
        for what, says, old, new in zip(_TOLD, _SAYS, there, wanted, strict=True)
        if old != new and re.search(says, text, re.IGNORECASE)
    ]
