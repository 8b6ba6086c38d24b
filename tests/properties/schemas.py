"""Schemas as data: parts with names left open, so that they can be renamed, reordered and wounded.

A name stands in SQL as `<kind:word>`: `t` a table, `v` a view, `f` a function and `y` a type, which are
written with their schema; `c` a column, `p` a policy and `n` any other name, which are not; `s` a schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    import random

_TOKEN = re.compile(r"<([tvfycpns]):(\w+)>")
_QUALIFIED = frozenset("tvfy")


@dataclass(frozen=True)
class Table:
    """A table; each column is its name and what follows it, and each constraint may stand anywhere."""

    name: str
    columns: tuple[tuple[str, str], ...]
    constraints: tuple[str, ...] = ()
    after: str = ""

    def ddl(self) -> str:
        lines = [*(f"{name} {definition}" for name, definition in self.columns), *self.constraints]
        return f"create table {self.name} ({', '.join(lines)}) {self.after}".strip()


@dataclass(frozen=True)
class Wound:
    """One change that breaks isolation, as the next migration.

    Attributes:
        found_by: Checks, one of which has to fail.
        at: The relation or function that one of them has to name.
    """

    what: str
    sql: str
    found_by: tuple[str, ...]
    at: str


@dataclass(frozen=True)
class Part:
    """Some tables with all that belongs to them, which need no other part.

    Attributes:
        first: What tables need: types, and functions that name no table.
        tables: In the order of their references.
        code: Functions that policies call, in this order.
        policies: In any order.
        last: Views, triggers, other functions and grants, in this order.
        proven: Relations whose isolation has to be proven, not only left unharmed.
        wounds: What may be done to it.
    """

    kind: str
    tables: tuple[Table, ...]
    first: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    proven: tuple[str, ...] = ()
    wounds: tuple[Wound, ...] = ()

    def statements(self) -> tuple[str, ...]:
        return (
            *self.first,
            *(table.ddl() for table in self.tables),
            *self.code,
            *self.policies,
            *self.last,
        )

    def shuffled(self, generator: random.Random) -> Part:
        """Return the same with columns, constraints and policies in another order."""
        tables = tuple(
            replace(
                table,
                columns=tuple(generator.sample(table.columns, len(table.columns))),
                constraints=tuple(generator.sample(table.constraints, len(table.constraints))),
            )
            for table in self.tables
        )
        return replace(
            self, tables=tables, policies=tuple(generator.sample(self.policies, len(self.policies)))
        )

    def tokens(self) -> tuple[tuple[str, str], ...]:
        """Return the kind and word of every name, each once."""
        texts = [*self.statements(), *(wound.sql for wound in self.wounds)]
        return tuple(dict.fromkeys(found for text in texts for found in _TOKEN.findall(text)))


@dataclass(frozen=True)
class Names:
    """What the names of one part are: by kind and word, without quotes."""

    schema: str
    words: dict[tuple[str, str], str]

    def fill(self, sql: str) -> str:
        """Write the names into SQL."""
        return _TOKEN.sub(lambda found: self._written(found[1], found[2]), sql)

    def _written(self, kind: str, word: str) -> str:
        if kind == "s":
            return identifier(self.schema)
        name = identifier(self.words[kind, word])
        return f"{identifier(self.schema)}.{name}" if kind in _QUALIFIED else name

    def subject(self, token: str) -> tuple[str, str]:
        """Return the schema and name of a relation or function."""
        kind, word = _TOKEN.findall(token)[0]
        return self.schema, self.words[kind, word]


@dataclass(frozen=True)
class System:
    """Parts with their names, and how the application becomes somebody."""

    parts: tuple[tuple[Part, Names], ...]
    settings: dict[str, object] = field(default_factory=dict)
    before: str = ""

    @property
    def ddl(self) -> str:
        """All of it, as one migration."""
        schemas = dict.fromkeys(names.schema for _, names in self.parts if names.schema != "public")
        made = [f"create schema {identifier(name)}" for name in schemas]
        filled = [names.fill(sql) for part, names in self.parts for sql in part.statements()]
        return ";\n".join([*([self.before] if self.before else []), *made, *filled]) + ";\n"
