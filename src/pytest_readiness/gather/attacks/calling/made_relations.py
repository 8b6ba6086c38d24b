"""Runs what makes tables from time to time, and reads what it made: default privileges may open it to all.

A partition for the next month has none of the policies of its table, and these are not asked of whoever
reads it by its own name.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.judges.sql.makers_of_relations import bound_values, grants, makes_relations
from pytest_readiness.target.identities import SUPERUSER
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Argument, Function
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity


_CALLS, _CHOICES, _MADE = 24, 6, 8
_LATER = ("2031-03-01", "now", "2031-03-31")
"""Times of which there is a part already for few tables."""

_NUMBERS = {"year": "2031", "month": "3", "week": "11", "quarter": "2"}
_NEWEST = f"{QUERY}select max(oid)::text from pg_catalog.pg_class"
_LIST = """
select jsonb_build_object(
    'name', format('%I.%I', n.nspname, c.relname),
    'parent', (select format('%I.%I', m.nspname, p.relname) from pg_catalog.pg_class p
        join pg_catalog.pg_namespace m on m.oid = p.relnamespace
        where p.oid = i.inhparent),
    'bounds', coalesce(pg_catalog.pg_get_expr(c.relpartbound, c.oid), ''),
    'keys', coalesce((select jsonb_agg(a.attname order by k.place)
        from pg_catalog.pg_partitioned_table t, unnest(t.partattrs::int[]) with ordinality k (number, place)
        left join pg_catalog.pg_attribute a on a.attnum = k.number and a.attrelid = i.inhparent
        where t.partrelid = i.inhparent), '[]'))::text
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_inherits i on i.inhrelid = c.oid
where c.oid > {newest} and c.relkind in ('r', 'm', 'v') and c.relpersistence <> 't'
    and n.nspname not like 'pg_%'
order by c.oid
"""


_DEFAULTS = (
    QUERY
    + """
select '1' from pg_catalog.pg_default_acl d, pg_catalog.aclexplode(d.defaclacl) a
where d.defaclobjtype = 'r' and d.defaclrole = {owner}::regrole and a.privilege_type = 'SELECT'
    and (a.grantee = 0 or pg_catalog.pg_get_userbyid(a.grantee) = any ({clients}))
"""
)


class MadeRelations:
    """Tries functions whose body makes relations, whoever it is that may call them."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.arguments = field.arguments
        cast = field.cast
        self.actors: list[tuple[Identity, Person | None]] = [
            (cast.user(BOB), BOB),
            *((nobody, None) for nobody in cast.nobody()),
        ]

    def among(self, functions: Iterable[Function]) -> list[Function]:
        """Return those that can be tried."""
        return [function for function in functions if makes_relations(function)]

    def all(self, functions: Iterable[Function]) -> Iterator[Assault]:
        """Yield for each that made something what others read of it."""
        for function in functions:
            before, made, failed = self._made(function)
            if failed and self._opens(function):
                said = f"no call of {function.signature} came through ({failed})"
                why = f"{said}, and default privileges or the function let clients read what it makes"
                yield Assault(f"{function.signature}, untried", "MAKES", 0, unclear=why)
            elif made:
                found = (harm for one in made[:_MADE] for harm in self._read(before, one))
                yield Assault(function.signature, "MAKES", len(made), tuple(itertools.islice(found, 1)))

    def _opens(self, function: Function) -> bool:
        """Whether clients may read a new relation of the owner's, or one that the function grants."""
        clients = ", ".join(sorted(map(literal, {actor.role for actor, _ in self.actors})))
        look = _DEFAULTS.format(owner=literal(identifier(function.owner)), clients=f"array[{clients}]")
        return grants(function) or bool(self.field.runner.one(Attempt(SUPERUSER, (look,))).rows)

    def _made(self, function: Function) -> tuple[tuple[str, ...], list[dict[str, Any]], str]:
        """Return the first call that makes a relation, and what it made; else why none came through."""
        failed, idle = "nothing to call it with", False
        (newest,) = self.field.runner.one(Attempt(SUPERUSER, (_NEWEST,))).rows
        become = () if function.definer else (f"set local role {identifier(function.owner)}",)
        back = () if function.definer else ("set local role none",)
        look = f"{QUERY}{_LIST.format(newest=int(newest))}"
        choices = [self._choices(argument, function) for argument in function.arguments]
        for given in itertools.islice(itertools.product(*choices), _CALLS):
            before = (*become, call_sql(function, given).removeprefix(QUERY), *back)
            came = self.field.runner.one(Attempt(SUPERUSER, (look,), before=before))
            if came.rows and not came.state:
                return before, [json.loads(text) for text in came.rows], ""
            failed, idle = came.state or failed, idle or not came.state
        return (), [], "" if idle else failed

    def _choices(self, argument: Argument, function: Function) -> list[str]:
        """Return what whoever calls it from time to time may give: a time to come, a table."""
        cast = f"::{argument.declared}"
        if argument.type.startswith(("date", "timestamp")):
            return [f"'{text}'{cast}" for text in _LATER]
        if argument.type == "interval":
            return [f"'1 month'{cast}", f"'1 day'{cast}"]
        if argument.type in {"integer", "bigint", "smallint"}:
            named = [number for word, number in _NUMBERS.items() if word in argument.name.lower()]
            return [f"'{number}'{cast}" for number in (*named, "1", "3")]
        tables = [r.name for r in self.field.catalog.relations if r.kind == "partitioned table"]
        if argument.type == "regclass":
            return [f"{literal(name)}{cast}" for name in tables[:_CHOICES]] or ["null::regclass"]
        months = ["2031-03", "2031_03"] if argument.type == "text" else []
        hers = self.arguments.of(argument, function, ALICE)
        bare = [name.rpartition(".")[2] for name in tables] if argument.type == "text" else []
        return [*(f"{literal(text)}{cast}" for text in (*bare, *months)), *hers][:_CHOICES]

    def _read(self, before: tuple[str, ...], made: dict[str, Any]) -> Iterator[Harm]:
        """Yield what somebody reads of hers in a new relation, and nobody shows him where it is from."""
        name, parent = made["name"], self.field.catalog.relation(made["parent"] or "")
        state = (*before, *self._filled(made))
        step = f"{QUERY}select to_jsonb(t.*)::text from {name} t"
        for actor, person in self.actors:
            came = self.field.runner.one(Attempt(actor, (step,), before=state))
            if came.state or not came.rows:
                continue
            if parent:
                foreign = [text for text in came.rows if self._is_foreign(parent.name, text, person)]
                above = self.field.runner.one(Attempt(actor, (read(parent),), before=state)).rows
                shown = any(self._is_foreign(parent.name, text, person) for text in above)
            else:
                foreign, shown = list(came.rows), False
            marks = self.field.recognition.canaries_of_others("\n".join(foreign), person)
            told = [mark for mark in marks if mark not in self.field.shown_texts]
            if foreign and not shown and (parent or told):
                what = f"`{told[0]}`" if told else f"`{foreign[0][:60]}`"
                script = self.field.script(made["parent"] or name, actor, (step,), "select 1", before=state)
                by = f"nothing asks policies in {name}"
                mend = f"Let it enable row-level security on {name}, or revoke what default privileges grant."
                yield Harm(actor.name, "left", name, ALICE.name, what, script, by, mend)

    def _is_foreign(self, relation: str, text: str, person: Person | None) -> bool:
        found = self.field.catalog.relation(relation)
        return bool(found and self.field.recognition.foreign(found, json.loads(text), person))

    def _filled(self, made: dict[str, Any]) -> tuple[str, ...]:
        """Return what puts a row like hers into a part of its table."""
        parent = self.field.catalog.relation(made["parent"] or "")
        row = self.field.population.row(parent.name, ALICE.name) if parent else None
        if parent is None or row is None:
            return ()
        # A place of the key that an expression has names no column.
        bounds = zip(made["keys"], bound_values(made["bounds"]), strict=False)
        values = dict(row.stored) | {name: value for name, value in bounds if name}
        columns = ", ".join(c.quoted for c in parent.columns if not c.generated)
        record = f"jsonb_populate_record(null::{parent.name}, {literal(json.dumps(values))})"
        insert = (
            f"insert into {made['name']} ({columns}) overriding system value select {columns} from {record}"
        )
        return (QUIETLY, insert, AS_EVER)
