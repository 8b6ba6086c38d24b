"""What an attacker may do with his own rows and session, to be somebody else afterwards."""

from __future__ import annotations

import itertools
import json
import re
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, CAROL
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.climbing.action import WRITES, Action
from pytest_readiness.gather.attacks.climbing.patches import patched
from pytest_readiness.gather.attacks.climbing.remade import remade
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.repointing import repointed
from pytest_readiness.gather.synthesis.refusals import insert_sql, where
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.owners.callers import hints_of
from pytest_readiness.judges.owners.mailboxes import mailboxes_of
from pytest_readiness.judges.sql.nouns import TENANT_WORD, USER_WORD
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Function, Privileges, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values

_GRAND = ("admin", "owner", "superadmin", "staff", "service_role", "active", "approved", "accepted")
_NUMBERS = ("smallint", "integer", "bigint")
_GRAND_OF = {"boolean": ("true", "false")} | dict.fromkeys(_NUMBERS, ("0", "1", "100"))
_TIMES = ("now", "2999-01-01")
"""When somebody agreed to something, and until when: what was not said yet."""

_CALLS = 40
_ROWS = 8
_MOVED, _ALONE, _LIKELY = 80, 50, 4
"""Updates of one relation that change its place and ranks; those of one rank; values of each of two."""

_INSERTS = 1000
"""Inserts of one relation."""

_FOLLOWED = 60
"""Inserts of one relation that an update follows."""


class Actions:
    """Lists what bob may try, for everything that decides over others' rows."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self.role = field.cast.user(BOB).role

    def of_relation(self, relation: Relation) -> Iterator[Action]:
        """Yield inserts, updates and deletes of rows that name bob."""
        held = relation.privileges.get(self.role)
        if held is None or relation.kind not in TABLE_KINDS:
            return
        touches = self.field.texts.touched_by(relation.name)
        inserts = dict(self._inserts(relation, held))
        added = self.field.texts.added_by(relation.name)
        for sql, row in inserts.items():
            key = self._key_of(relation, held, row)
            yield Action(relation.name, (sql,), touches, key=key, row=tuple(row.items()), changes=added)
        adoptions = dict.fromkeys(self._adoptions(relation, held))
        for sql in adoptions:
            yield Action(relation.name, (sql,), touches, adopts=True)
        moves = itertools.islice(self._moves(relation, held), _MOVED)
        for sql in dict.fromkeys((*self._updates(relation, held), *moves)):
            if sql not in adoptions:
                yield Action(relation.name, (sql,), touches)
        yield from self._claims(relation, held, touches)
        for update, before in repointed(self.forger, relation, held):
            yield Action(relation.name, (update,), touches, before)
        for insert, update in itertools.islice(
            itertools.product(inserts, self._promotions(relation, held)), _FOLLOWED
        ):
            yield Action(relation.name, (insert, update), touches)
        yield from remade(self.field, relation, held, inserts)

    def _promotions(self, relation: Relation, held: Privileges) -> list[str]:
        """Return updates that may give rank to whatever bob may update: a row may be made, then raised."""
        return [
            f"update {relation.name} set {column.quoted} = {literal(value)}"
            for values in self.ranks(relation, held.update)
            for name, value in values.items()
            if (column := relation.column(name))
        ]

    def _claims(self, relation: Relation, held: Privileges, touches: frozenset[str]) -> Iterator[Action]:
        """Yield updates that put bob where the victim's row names no user yet: invitations, offers."""
        hers = self.field.population.row(relation.name, ALICE.name)
        owned = self.field.owners.owned.get(relation.name)
        for name in owned.users if owned and hers else ():
            column = relation.column(name)
            if hers and column and not column.not_null and name in held.update:
                free = f"update {relation.name} set {column.quoted} = null where {hers.where}"
                mine = self.forger.owner_keys(relation, BOB)[name]
                claim = f"update {relation.name} set {column.quoted} = {literal(mine)}"
                before = ("set local session_replication_role = replica", free)
                back = "set local session_replication_role = origin"
                yield Action(relation.name, (claim,), touches, (*before, back))

    def of_function(self, function: Function) -> Iterator[Action]:
        """Yield calls of a function that may write."""
        if self.role not in function.callers or not WRITES.search(function.body):
            return
        texts, sets = self.field.texts, "set_config" in function.body.lower()
        says = sets or any("set_config" in one.body.lower() for one in texts.called([function.body]))
        reach = texts.function_reach(function)
        changes = reach if says else texts.changed_by(function)
        ranks = patched(self.field, function, lambda r: self.ranks(r, tuple(c.name for c in r.columns)))
        for given in itertools.chain(self.field.arguments.calls(function, _CALLS), ranks):
            call = (call_sql(function, given),)
            yield Action(function.signature, call, reach, temporary=sets, settings=sets, changes=changes)

    def shadowing(self, function: Function, schema: str = "") -> Iterator[Action]:
        """Yield tables that a function with its owner's rights takes for the real ones.

        Args:
            function: The one.
            schema: Where they are made, if they are no temporary ones.
        """
        if not schema and self._finds_no_temporary(function):
            return
        for name in sorted(self.field.texts.mentioned(function.body)):
            relation = self.field.catalog.relation(name)
            if relation is None or not _unqualified(relation, function.body):
                continue
            columns = ", ".join(f"{c.quoted} {c.type}" for c in relation.columns)
            table = f"{identifier(schema) if schema else 'pg_temp'}.{identifier(relation.table)}"
            make = f"create {'' if schema else 'temp '}table {table} ({columns})"
            for values in self._grand_rows(relation):
                row = insert_sql(relation, values).replace(f"insert into {name}", f"insert into {table}", 1)
                grant = f"grant select on {table} to public"
                steps, touches = (make, row, grant), frozenset({name})
                yield Action(function.signature, steps, touches, temporary=True, shadowing=True)

    def _finds_no_temporary(self, function: Function) -> bool:
        """Whether a function looks elsewhere first; or has a path, and nobody runs SQL of his own."""
        paths = [setting for setting in function.config if setting.startswith("search_path=")]
        return any(not self.field.target.logins or "pg_temp" in path for path in paths)

    def _inserts(self, relation: Relation, held: Privileges) -> Iterator[tuple[str, Values]]:
        """Yield statements that insert a row, with what it says."""
        mine = self._own_row(relation)
        hers = self.forger.model(relation, ALICE) or {}
        if not held.insert or mine is None:
            return
        references = {name for key in relation.foreign_keys for name in key.columns}
        owned = self.field.owners.owned.get(relation.name)
        keys = (self.field.key_columns(relation) | references) - set(owned.users if owned else ())
        places: list[Values] = [{}]
        places += [
            {name: hers[name]} for name in sorted(keys) if hers.get(name) not in {None, mine.get(name)}
        ]
        if len(places) > 2:  # noqa: PLR2004  more than one key to change together
            places.append({name: value for place in places for name, value in place.items()})
        beside = self.victims(relation)
        places += [*beside, *(places[-1] | one for one in beside if places[-1])]
        places += [{name: value} for name, value in self._compared(relation)]
        places += self._domains(relation)
        places += self._namesakes(relation)
        places += self.forger.answering(relation)
        places += self._bare(relation, mine, places)
        for place, rank in self._likeliest(places, list(self.ranks(relation, held.insert))):
            row = {name: v for name, v in (mine | place | rank).items() if name in held.insert}
            yield insert_sql(relation, row), row

    @staticmethod
    def _likeliest(places: list[Values], ranks: list[Values]) -> list[tuple[Values, Values]]:
        """Return each place with each rank, those with the likeliest values of each column first."""
        none: Values = {}
        numbered = [(-1, none), *_numbered(ranks)]
        both = ((nth, place, rank) for place in places for nth, rank in numbered)
        return [(place, rank) for _, place, rank in sorted(both, key=itemgetter(0))[:_INSERTS]]

    def _domains(self, relation: Relation) -> list[Values]:
        """Return the domain of her address, where code takes whoever has such a one for a colleague."""
        of = {name for table, name in mailboxes_of(self.field.catalog).domains if table == relation.name}
        return [{name: ALICE.tenant.domain} for name in sorted(of) if ALICE.tenant]

    def _namesakes(self, relation: Relation) -> list[Values]:
        """Return names of hers that others may have as well, and that code makes longer texts of."""
        hers = self.field.population.row(relation.name, ALICE.name)
        alike = self.field.texts.composed(relation) - self.field.key_columns(relation)
        referring = {name for key in relation.foreign_keys for name in key.columns}
        # Her own key, or bob's, has its row already.
        keys = [c for c in relation.columns if c.name in {*relation.primary_key} - referring - alike]
        new = {c.name: self.forger.fresh(c, relation, "") for c in keys if c.writable}
        return [new | {n: hers.texts[n]} for n in sorted(alike) if hers and hers.texts.get(n)]

    def _bare(self, relation: Relation, mine: Values, places: list[Values]) -> list[Values]:
        """Return the places of rows that say only what they must: policies may ask for that."""
        owned = self.field.owners.owned.get(relation.name)
        keys = self.field.key_columns(relation) | {*relation.primary_key, *(owned.columns if owned else ())}
        asked = (c for c in self._asked(relation) if not c.not_null and c.name not in keys)
        left: Values = {c.name: None for c in asked if mine.get(c.name) is not None}
        return [left | place for place in places] if left else []

    def _key_of(self, relation: Relation, held: Privileges, row: Values) -> str:
        """Return what yields the key of a row after it was inserted: what was sent, or what is read back."""
        if len(relation.primary_key) != 1:
            return ""
        (name,) = relation.primary_key
        if row.get(name) is not None:
            return literal(row[name])
        column = relation.column(name)
        alike = where(relation, {n: v for n, v in row.items() if v is not None and n in held.select})
        if column is None or name not in held.select or not alike:
            return ""
        return f"(select {column.quoted} from {relation.name} where {alike} limit 1)"

    def _compared(self, relation: Relation) -> Iterator[tuple[str, str]]:
        """Yield columns with values of hers that code compares them with: references without a key."""
        for name, others in self._pairs.get(relation.name, {}).items():
            for other, column in others:
                row = self.field.population.row(other, ALICE.name)
                if other != relation.name and row and (value := row.texts.get(column)) is not None:
                    yield name, value

    def _beside_itself(self, relation: Relation, column: Column, mine: SyntheticRow) -> Iterator[str]:
        """Yield what another column of the same row says, where code compares the two: it meant another's."""
        mark = hints_of(self.field.catalog).begun.get((relation.name, column.name), "")
        for other, name in self._pairs.get(relation.name, {}).get(column.name, ()):
            value = mine.texts.get(name)
            if other == relation.name and value is not None:
                yield f"{value}{mark}x" if mark else value

    @cached_property
    def _pairs(self) -> dict[str, dict[str, list[tuple[str, str]]]]:
        """By relation and column, the columns that it is compared with."""
        found: dict[str, dict[str, list[tuple[str, str]]]] = {}
        hints = hints_of(self.field.catalog)
        turned = ((one, of) for of, one in (*hints.through, *hints.carried))
        for (relation, column), other in sorted((*hints.pairs, *turned)):
            found.setdefault(relation, {}).setdefault(column, []).append(other)
        return found

    def victims(self, relation: Relation) -> list[Values]:
        """Return the victim in each of several columns that name users, such as follower and followed."""
        owned = self.field.owners.owned.get(relation.name)
        if owned is None or len(owned.users) < 2:  # noqa: PLR2004  bob stays in the others
            return []
        keys = self.forger.owner_keys(relation, ALICE)
        return [{name: keys[name]} for name in owned.users if name in keys]

    def _own_row(self, relation: Relation) -> Values | None:
        """Return a new row that names bob, made like his own or like somebody else's."""
        for person in (BOB, CAROL, ALICE):
            if (model := self.forger.model(relation, person)) is not None:
                return model | self.forger.owner_keys(relation, BOB)
        return None

    def ranks(self, relation: Relation, columns: tuple[str, ...]) -> Iterator[Values]:
        """Yield values that may give rank, of one column at a time that code asks for."""
        keys = self.field.key_columns(relation)
        for column in self._asked(relation):
            if column.name in columns and column.name not in keys and column.writable:
                for value in self._grand(relation, column):
                    yield {column.name: value}

    def _asked(self, relation: Relation) -> list[Column]:
        """Return the columns whose values may decide something."""
        words = self.field.texts.asked(relation.name)
        return [c for c in relation.columns if words is None or c.name in words]

    def _grand(self, relation: Relation, column: Column) -> list[str]:
        """Return values of a column that may give rank."""
        if holds_text(column):
            about = self.field.texts.literals_about(relation.name, column.name)
            known = [text for text in about if re.fullmatch(r"[\w -]{2,30}", text)]
            return list(dict.fromkeys([*known[:12], *_GRAND]))
        if column.type in {"json", "jsonb"}:
            return list(self._documents(relation, column))
        if column.type.startswith("text") and column.type.endswith("[]"):
            return [f"{{{text}}}" for text in _GRAND[:4]]
        if column.dated:
            return list(_TIMES[column.not_null :])
        return list(column.labels if column.kind == "e" else _GRAND_OF.get(column.type, ()))

    def _documents(self, relation: Relation, column: Column) -> Iterator[str]:
        """Yield documents with one of the keys that code asks for, naming the victim or giving rank."""
        keys = self.field.texts.keys_about(relation.name)
        hers = [ALICE.key(self.field.cast.user_type), *([ALICE.tenant.key("text")] if ALICE.tenant else [])]
        for key in keys:
            for value in (*hers, "admin", True):
                yield json.dumps({key: value})
        if column.type == "jsonb" and not keys:
            yield from (json.dumps(value) for value in (["admin"], [hers[0]], []))

    def _updates(self, relation: Relation, held: Privileges) -> Iterator[str]:
        mine = self.field.population.row(relation.name, BOB.name)
        hers = self.field.population.row(relation.name, ALICE.name)
        if mine is None:
            return
        for column in self._asked(relation):
            if column.name not in held.update or column.generated:
                continue
            values = (
                self._grand(relation, column) if column.name not in self.field.key_columns(relation) else []
            )
            value = hers.texts.get(column.name) if hers else None
            if value is not None and value not in mine.texts.values():
                values.append(value)
            values += [str(key) for key in self._keys(column)]
            for value in dict.fromkeys(values):
                yield f"update {relation.name} set {column.quoted} = {literal(value)} where {mine.where}"

    def _adoptions(self, relation: Relation, held: Privileges) -> Iterator[str]:
        """Yield updates by which bob's row says what is compared with hers, or what it says elsewhere."""
        mine = self.field.population.row(relation.name, BOB.name)
        for column in self._asked(relation) if mine else ():
            if mine is None or column.name not in held.update or column.generated:
                continue
            values = [value for name, value in self._compared(relation) if name == column.name]
            for value in dict.fromkeys((*values, *self._beside_itself(relation, column, mine))):
                yield f"update {relation.name} set {column.quoted} = {literal(value)} where {mine.where}"

    def _moves(self, relation: Relation, held: Privileges) -> Iterator[str]:
        """Yield updates that put bob's row under what is hers, and give it a rank or two by the same word.

        An invitation may be answered only by accepting it: what is accepted then is not what was offered.
        """
        mine = self.field.population.row(relation.name, BOB.name)
        hers = self.field.population.row(relation.name, ALICE.name)
        owned = self.field.owners.owned.get(relation.name)
        if mine is None or hers is None or owned is None:
            return
        keys = self.field.key_columns(relation) & {*held.update} - {*owned.users, *relation.primary_key}
        texts = {name: hers.texts.get(name) for name in sorted(keys)}
        place = {n: value for n, value in texts.items() if value not in {None, mine.texts.get(n)}}
        ranks = list(self.ranks(relation, held.update)) if place else []
        by_column = [list(found)[:_LIKELY] for _, found in itertools.groupby(ranks, lambda rank: rank.keys())]
        both = itertools.combinations(by_column, 2)
        two = (one | other for first, second in both for one, other in itertools.product(first, second))
        for rank in itertools.chain(ranks[:_ALONE], two):
            changes = [
                (c, (place | rank)[c.name]) for c in relation.columns if c.name in place.keys() | rank.keys()
            ]
            sets = ", ".join(f"{column.quoted} = {literal(value)}" for column, value in changes)
            yield f"update {relation.name} set {sets} where {mine.where}"

    def _keys(self, column: Column) -> Iterator[str | int]:
        """Yield the victim's keys that a column could be given."""
        if column.type in {"uuid", "integer", "bigint"} or holds_text(column):
            if TENANT_WORD.search(column.name) and ALICE.tenant:
                yield ALICE.tenant.key(column.type)
            elif USER_WORD.search(column.name):
                yield ALICE.key(column.type)

    def _grand_rows(self, relation: Relation) -> Iterator[Values]:
        """Yield rows that give bob rank in everything at once."""
        owned = self.field.owners.owned.get(relation.name)
        keys = self.forger.owner_keys(relation, BOB) | (self._tenants(relation) if owned else {})
        options = {c.name: self._grand(relation, c) for c in relation.columns if c.name not in keys}
        for place in range(_ROWS):
            row: Values = {name: values[place % len(values)] for name, values in options.items() if values}
            yield row | keys

    def _tenants(self, relation: Relation) -> Values:
        keys = self.forger.owner_keys(relation, ALICE)
        return {name: keys[name] for name in self.field.owners.owned[relation.name].tenants if name in keys}


def _numbered(ranks: list[Values]) -> Iterator[tuple[int, Values]]:
    """Yield ranks, each with how many of the same column come before it."""
    for _, found in itertools.groupby(ranks, lambda rank: rank.keys()):
        yield from enumerate(found)


def _unqualified(relation: Relation, body: str) -> bool:
    name = re.escape(relation.table)
    return bool(re.search(rf'(?<![\w."]){name}(?!\w)|(?<![.\w])"{name}"', body, re.IGNORECASE))
