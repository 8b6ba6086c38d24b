"""Plans each statement of the target's code, and reads through its views and policies."""

from __future__ import annotations

import contextlib
import re

import psycopg

from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation
from pytest_readiness.evidence.migrations import MigrationEvidence
from pytest_readiness.evidence.trials import Broken, CodeEvidence
from pytest_readiness.judges.sql.lexis import last_name
from pytest_readiness.judges.sql.plpgsql import Piece, declarations, guarded, pieces, temporaries
from pytest_readiness.judges.sql.statements import shortened
from pytest_readiness.target.quoting import identifier, literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

_UNDEFINED = {"42P01", "42703", "42883", "42704", "3F000", "42P10", "42702", "42725", "42P13"}
"""A name that stands for nothing, or for two things."""

_SYNTAX = "42601"
"""Of a statement that was cut wrongly, since the function itself was read whole when it was made."""

_RECURSION = "42P17"
_QUOTED = re.compile(r'"([^"]+)"')
_OPTION = re.compile(r"^\s*#variable_conflict\s+\w+", re.MULTILINE)
_LABEL = re.compile(r"<<\s*(\w+)\s*>>")
_NAMED = re.compile(r"(?:column|table|relation) (\S+)")

_TRIGGER_WORDS = (
    "tg_op text; tg_name text; tg_when text; tg_level text; tg_table_name text; tg_table_schema text; "
    "tg_relname text; tg_relid oid; tg_nargs integer; tg_argv text[];"
)
_HANDLED = "sqlstate text; sqlerrm text;"
"""What a handler has."""
_FIELD = re.compile(r'^record "[^"]+" has no field ')
_OF_A_ROW = re.compile(r"\b(?:new|old)\b", re.IGNORECASE)
_ASKS = re.compile(r"\btg_\w+|\b(?:to_jsonb?|row_to_json|hstore)\b", re.IGNORECASE)
"""How a function of several tables tells for which of them, or which of their columns, it runs."""
_MOST = 20
"""How many tables of one trigger function are tried."""
_TABLES = """
select t.tgfoid::bigint, array_agg(distinct c.oid::regclass::text)
from pg_trigger t join pg_class c on c.oid = t.tgrelid where not t.tgisinternal group by 1
"""
_TRANSITIONS = """
select t.tgfoid::bigint, string_agg(
    distinct format('create temporary table if not exists %I (like %s);', name, c.oid::regclass), ' ')
from pg_trigger t join pg_class c on c.oid = t.tgrelid, unnest(array[t.tgoldtable, t.tgnewtable]) name
where name is not null group by 1
"""
"""Tables of changed rows that a trigger names for its function, as there are while it runs."""
_RESULTS = """
select p.oid::bigint, string_agg(format('%I %s;', a.name, format_type(a.type, null)), ' ')
from pg_proc p, unnest(p.proallargtypes, p.proargmodes, p.proargnames) a (type, mode, name)
where a.mode in ('o', 't') and a.name <> '' group by 1
"""


@gatherer(strength=Strength.ATTACKED)
def code(target: Target, catalog: CatalogEvidence, migrations: MigrationEvidence) -> CodeEvidence:
    """Use all code in a copy of the target, in transactions that are undone."""
    catalog = catalog.as_read
    connection = target.database()
    connection.execute("set statement_timeout = '2s'; set lock_timeout = '1s'; set search_path = ''")
    reader = _Reader(connection, migrations)
    if not migrations.superuser:
        connection.execute(f"set session authorization {identifier(target.built.owner)}".encode())
    if any(m.failure and m.failure.environment for m in migrations.migrations):
        reason = "a migration failed for want of something that the server under test lacks"
        return CodeEvidence((), (), {function.signature: reason for function in catalog.functions})
    for function in catalog.functions:
        reader.function(function)
    for relation in catalog.relations:
        reader.relation(relation)
    absent = "" if reader.working or reader.broken or reader.untold else "there is no code, and no table"
    return CodeEvidence(tuple(reader.working), tuple(reader.broken), reader.untold, absent)


class _Reader:
    def __init__(self, connection: psycopg.Connection, migrations: MigrationEvidence) -> None:
        self._connection = connection
        self._migrations = migrations
        self._tables: dict[int, list[str]] = dict(connection.execute(_TABLES.encode()).fetchall())
        self._transitions: dict[int, str] = dict(connection.execute(_TRANSITIONS.encode()).fetchall())
        self._results: dict[int, str] = dict(connection.execute(_RESULTS.encode()).fetchall())
        self.working: list[str] = []
        self.broken: list[Broken] = []
        self.untold: dict[str, str] = {}

    def relation(self, relation: Relation) -> None:
        """Read a view, and a table as its policies let a role read it."""
        sql = f"select * from {relation.name} limit 1"
        if relation.kind == "view":
            self._keep(relation.name, "view", sql, self._said(sql), 0, sql)
        elif relation.rls and relation.policies:
            for role in sorted(relation.privileges):
                asked = f"set local role {identifier(role)}; {sql}"
                error = self._said(asked)
                if error and error[0] in _UNDEFINED | {_RECURSION}:
                    self._keep(relation.name, "policy", sql, error, 0, asked)
                    return
            self.working.append(relation.name)

    def function(self, function: Function) -> None:
        """Plan each statement of a function by itself, with its variables."""
        if function.language == "sql" and function.kind in {"function", "procedure"}:
            self._sql(function)
        elif function.language == "plpgsql":
            self._plpgsql(function)

    def _sql(self, function: Function) -> None:
        found = self._connection.execute(
            "select pg_get_functiondef(to_regprocedure(%s))", (_regprocedure(function),)
        ).fetchone()
        if not found or not found[0]:
            return
        # A path of its own is in what the server prints, and holds while it reads the body.
        again = f"{_DEFAULT_PATH.format(identifier(function.schema))}{found[0]}"
        error = self._said(f"set local check_function_bodies = on; {again}")
        self._keep(function.signature, "function", found[0], error, 0, again)

    def _plpgsql(self, function: Function) -> None:
        kind = "trigger" if function.returns == "trigger" else "function"
        oid = self._oid(function)
        uncut, cut = 0, 0
        for piece in pieces(function.body):
            probe, error = self._refused(function, piece, oid)
            if error and error[0] == _SYNTAX:
                cut += not piece.loose
                continue
            uncut += 1
            if error and error[0] in _UNDEFINED and self._serious(function, error):
                if guarded(function.body):
                    said = f"{error[0]} {error[1]}, and it asks what there is: {shortened(piece.text)}"
                    self.untold[function.signature] = said
                    return
                line = function.body.count("\n", 0, piece.offset)
                self._keep(function.signature, kind, piece.text, error, line, probe)
                return
        if cut and not uncut:
            self.untold[function.signature] = "none of its statements could be planned by itself"
            return
        self.working.append(function.signature)

    def _refused(self, function: Function, piece: Piece, oid: int) -> tuple[str, tuple[str, str] | None]:
        """Return what was tried and what the server said; of several tables, where it is the same for all."""
        tables = [""]
        if function.returns == "trigger":
            tables = self._tables.get(oid, [])[: _MOST if _OF_A_ROW.search(piece.text) else 1]
        tried = [
            (probe, self._said(probe)) for probe in (self._probe(function, piece, oid, t) for t in tables)
        ]
        refused = [(probe, error) for probe, error in tried if error and error[0] in _UNDEFINED]
        if refused and (len(refused) == len(tried) or not _ASKS.search(function.body)):
            return refused[0]
        return next(
            ((probe, error) for probe, error in tried if not error or (probe, error) not in refused),
            ("", None),
        )

    def _oid(self, function: Function) -> int:
        row = self._connection.execute(
            "select to_regprocedure(%s)::oid::bigint", (_regprocedure(function),)
        ).fetchone()
        return int(row[0]) if row and row[0] else 0

    def _serious(self, function: Function, error: tuple[str, str]) -> bool:
        """Whether the statement is to blame, and not that it stands alone."""
        if _FIELD.match(error[1]):
            return True
        quoted = re.findall(r'"([^"]+)"', error[1]) or re.findall(
            r"(?:column|table|relation) (\S+)", error[1]
        )
        labels = " ".join(_LABEL.findall(function.body))
        variables = f"{declarations(function.body)} {labels} {' '.join(a.name for a in function.arguments)}"
        named = [word.partition(".")[0] for word in quoted]
        return not any(re.search(rf"\b{re.escape(word)}\b", variables, re.IGNORECASE) for word in named)

    def _probe(self, function: Function, piece: Piece, oid: int, table: str) -> str:
        path = next((c for c in function.config if c.lower().startswith("search_path=")), "")
        given = [f"{identifier(a.name)} {a.declared};" for a in function.arguments if a.name]
        variables = [*given, self._results.get(oid, ""), _HANDLED]
        if function.returns == "trigger":
            variables += [f"new {table}%rowtype; old {table}%rowtype;", _TRIGGER_WORDS]
        text = re.sub(r"^return\s+query\s+", "perform * from (", piece.text, flags=re.IGNORECASE)
        text = f"{text}) readiness_rows" if text != piece.text else text
        text = re.sub(r"^select\b(?!.*\binto\b)", "perform", text, flags=re.IGNORECASE | re.DOTALL)
        name = last_name(function.name)
        made_before = (t.text for t in temporaries(function.body) if t.offset < piece.offset)
        text = ";\n".join((*made_before, text))
        inner = f"declare\n{declarations(function.body)}\nbegin\n{text};\nend;"
        block = f"<<{identifier(name)}>>\ndeclare\n{' '.join(variables)}\nbegin\n{inner}\nend"
        option = _OPTION.search(function.body)
        header = f"{option.group() if option else ''}\n{block}"
        fixed = literal(path.partition("=")[2])
        setting = f"select set_config('search_path', {fixed}, true); " if path else ""
        made = self._transitions.get(oid, "")
        own = identifier(function.schema)
        path_set = setting or _DEFAULT_PATH.format(own)
        return f"{made}{path_set}do language plpgsql $readiness$\n{header} $readiness$"

    def _said(self, sql: str) -> tuple[str, str] | None:
        """Return SQLSTATE and message, and undo whatever was done."""
        try:
            with self._connection.transaction(force_rollback=True):
                self._connection.execute(sql.encode())
        except psycopg.Error as error:
            with contextlib.suppress(psycopg.Error):
                self._connection.execute("reset search_path")
            return error.sqlstate or "", error.diag.message_primary or str(error)
        return None

    def _keep(
        self, subject: str, kind: str, text: str, error: tuple[str, str] | None, within: int, paste: str
    ) -> None:
        if error is None or error[0] not in _UNDEFINED | {_RECURSION}:
            self.working.append(subject)
            return
        file, line = self._place(subject, text, within)
        self.broken.append(
            Broken(
                subject, kind, shortened(text), error[0], error[1], file, line, f"begin;\n{paste};\nrollback;"
            )
        )

    def _place(self, subject: str, text: str, within: int) -> tuple[str, int]:
        """Find the last file whose text holds the statement, or else the name."""
        name = subject.partition("(")[0].rpartition(".")[2].strip('"')
        words = text.removeprefix("perform ")
        for migration in reversed(self._migrations.migrations):
            for wanted in (words, name):
                at = migration.sql.find(wanted)
                if at >= 0:
                    return migration.name, migration.sql.count("\n", 0, at) + 1
        return "", within


_DEFAULT_PATH = 'set local search_path = "$user", public, extensions, {}; '


def _regprocedure(function: Function) -> str:
    return f"{function.name}({','.join(argument.declared for argument in function.arguments)})"
