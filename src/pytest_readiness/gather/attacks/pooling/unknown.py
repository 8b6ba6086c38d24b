"""Opens a connection with alice's key by a function, and then with one that nobody has."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.pooling.pool import Pool
from pytest_readiness.gather.synthesis.values import canary
from pytest_readiness.judges.sql.keeping import outlives
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    import psycopg

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

_SET = re.compile(r"set_config\('([\w.]+)', '((?:[^']|'')*)'")
_KEYS = ("text", "character varying", "citext")
_SOME = 12
"""Relations that are read afterwards."""


class Unknown(Pool):
    """Tries the functions by which an application says who acts.

    Whoever is not known is told so, or is nobody: what the one before might see is not his.
    """

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        said = _SET.findall(" ".join(self.alice.statements))
        self.said: dict[str, str] = {name: value.replace("''", "'") for name, value in said}

    def harm(self, function: Function) -> Harm | None:
        """Return what he reads who is not known, after alice on the same connection, and by himself not."""
        given = self._key(function)
        if not given or function.kind != "function" or self.alice.role not in function.callers:
            return None
        keys = (given, canary("nobody has it"))
        hers, unknown = (call_sql(function, (literal(key),)) for key in keys)
        who = replace(self.alice, name="somebody whom it does not know", statements=("select 1",))
        with self.connection() as used, self.connection(used.info.dbname) as unused:
            for connection, first in ((used, hers), (unused, unknown)):
                self.request(connection, who, first, committing=True)
            for relation in self._readable:
                if self._sees(used, who, unknown, relation) and not self._sees(
                    unused, who, unknown, relation
                ):
                    look = f"{unknown.removeprefix(QUERY)};\ntable {relation.name}"
                    text = self.next_request(who, hers, look)
                    what = f"rows of {relation.name} that her key had opened, for a key that nobody has"
                    return Harm(who.name, "read", relation.name, ALICE.name, what, text)
        return None

    def _key(self, function: Function) -> str:
        """Return what alice gives to a function that says by a setting who acts; empty for another one."""
        names = [name for name in self.said if f"'{name}'" in function.body]
        keyed = len(function.arguments) == 1 and function.arguments[0].type.startswith(_KEYS)
        return self.said[names[0]] if keyed and names and outlives(function.body) else ""

    @property
    def _readable(self) -> list[Relation]:
        relations = self.field.catalog.relations
        owned = [r for r in relations if r.name in self.field.owners.owned]
        return [r for r in owned if self.alice.role in r.readable][:_SOME]

    def _sees(self, connection: psycopg.Connection, who: Identity, call: str, relation: Relation) -> bool:
        rows = self.request(connection, who, call, read(relation), committing=True)
        return any(self.field.recognition.foreign(relation, json.loads(text), BOB) for text in rows)
