"""Learns what tables hide by what bob may insert: keys that collide, and references that hold."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt, Talk
from pytest_readiness.gather.attacks.codes import CAPABILITY
from pytest_readiness.gather.attacks.inferring.taken_keys import TakenKeys
from pytest_readiness.gather.attacks.states import taken_away
from pytest_readiness.gather.attacks.tally import tally
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import holds_text, value_for
from pytest_readiness.judges.sql.lexis import plain, underscored, word
from pytest_readiness.judges.sql.nouns import HANDLE_WORD

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Column, ForeignKey, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger
    from pytest_readiness.gather.synthesis.refusals import Values

_COLLIDES = frozenset({"23505", "23P01"})
_NO_PARENT = "23503"
SURROGATES = frozenset({"uuid", "smallint", "integer", "bigint"})
"""Types of keys that mean nothing outside the database."""

_MADE = re.compile(r"^_?(id|pk|uid|guid|uuid|ulid|cuid|ksuid|nanoid|object_id)$", re.IGNORECASE)
"""How texts are called that do not either."""


class Collisions:
    """Inserts rows with keys that alice has, and with references to what is hers."""

    def __init__(self, field: Field, forger: Forger) -> None:
        self.field = field
        self.forger = forger
        self.bob = field.cast.user(BOB)
        self._taken = TakenKeys(field, self._natural)

    def of(self, relation: Relation) -> Talk[list[Assault]]:
        """Ask a table in every way that fits it."""
        found = yield from self._by_inserts(relation)
        known = any(assault.harms for assault in found)
        return found if known else [*found, *(yield from self._taken.of(relation))]

    def _by_inserts(self, relation: Relation) -> Talk[list[Assault]]:
        held = relation.privileges[self.bob.role]
        mine, hers = self.forger.model(relation, BOB), self.field.population.row(relation.name, ALICE.name)
        if not held.insert or hers is None or mine is None:
            unfilled = self.field.population.unfilled.get(relation.name, "") if held.insert else ""
            return [Assault(relation.name, "INSERT", 0, unclear=unfilled)]
        mine = {name: value for name, value in mine.items() if name in held.insert}
        looked_for = [column for column in self._looked_for(relation) if column.name in mine]
        # What his own row says already may be refused as well.
        fresh = {c.name: self.forger.fresh(c, relation, mine[c.name] or "") for c in looked_for}
        attempt = self._insert(relation, mine)
        (arrived,) = yield (attempt,)
        if arrived.state and fresh:
            mine |= fresh
            attempt = self._insert(relation, mine)
            (arrived,) = yield (attempt,)
        found = [Assault(relation.name, "INSERT", 1, by=tally([(attempt, arrived)]))]
        if arrived.state:
            return found  # nothing that bob inserts arrives, so nothing is told by it
        found += yield from self._keys(relation, mine, hers.texts)
        found += yield from self._ruled(relation, looked_for, mine, hers.texts)
        found += yield from self._references(relation, mine, hers.texts)
        return found

    def _insert(self, relation: Relation, values: Values) -> Attempt:
        return Attempt(self.bob, (insert_sql(relation, values),))

    def _keys(self, relation: Relation, mine: Values, hers: Values) -> Talk[list[Assault]]:
        """Insert a key that the victim has: a refusal tells that it is there."""
        names_of_all = relation.name in {*self.field.owners.people, *self.field.owners.roots}
        owned = self.field.owners.owned.get(relation.name)
        found: list[Assault] = []
        for columns in dict.fromkeys((*relation.unique, *relation.exclusions)):
            scoped = owned is not None and set(columns) & set(owned.columns)
            if scoped or names_of_all or not self._natural(relation, columns):
                continue
            values = mine | {name: hers[name] for name in columns if hers.get(name) is not None}
            came = yield from self._beside_hers(relation, values)
            if came is None:
                continue
            outcome, alone = came
            harms: tuple[Harm, ...] = ()
            # A trigger may put his own key in the place of hers, and what he meets then is his.
            if outcome.state in _COLLIDES and alone.state not in _COLLIDES:
                what = f"{', '.join(columns)} = `{hers[columns[0]]}` is taken ({outcome.state})"
                harms = (self._told(relation, values, what, "told"),)
            found.append(Assault(relation.name, f"KEY {', '.join(columns)}", 1, harms))
        return found

    def _beside_hers(self, relation: Relation, values: Values) -> Talk[tuple[Outcome, Outcome] | None]:
        """Return what came of an insert, and what without her row; nothing where bob sees that one anyway."""
        insert = self._insert(relation, values)
        seen, outcome, alone = yield (
            self._look(relation),
            insert,
            replace(insert, before=self._without(relation)),
        )
        return None if seen.rows else (outcome, alone)

    def _ruled(
        self, relation: Relation, looked_for: list[Column], mine: Values, hers: Values
    ) -> Talk[list[Assault]]:
        """Insert a text that the victim has, where a trigger looks for one like it and may refuse another."""
        found: list[Assault] = []
        for name in (column.name for column in looked_for):
            if hers.get(name) is None:
                continue
            values = mine | {name: hers[name]}
            came = yield from self._beside_hers(relation, values)
            if came is None:
                continue
            outcome, alone = came
            harms: tuple[Harm, ...] = ()
            if outcome.state and not alone.state:
                what = f"{name} = `{hers[name]}` is refused by a trigger ({outcome.state})"
                harms = (self._told(relation, values, what, "told"),)
            found.append(Assault(relation.name, f"RULE {name}", 1, harms))
        return found

    def _looked_for(self, relation: Relation) -> list[Column]:
        """Return the texts of a new row that triggers compare with what is in the table."""
        looking = [
            plain(one.body)
            for one in relation.triggers
            if "INSERT" in one.events and relation.name in self.field.texts.mentioned(one.body)
        ]
        kept = self.field.key_columns(relation) | {n for columns in relation.unique for n in columns}
        return [
            column
            for column in relation.columns
            if holds_text(column)
            and column.writable
            and column.name not in kept
            and not (CAPABILITY.search(column.name) or HANDLE_WORD.search(underscored(column.name)))
            and any(re.search(rf"\bnew\.{word(column.name)}(?!\w)", body, re.IGNORECASE) for body in looking)
        ]

    def _natural(self, relation: Relation, columns: tuple[str, ...]) -> bool:
        """Whether a key means something outside the database, so that it can be guessed."""
        if _is_made(relation, columns) or any(
            {*key.columns} <= {*columns} and self._owned(relation, key) and self._is_drawn(key)
            for key in relation.foreign_keys
        ):
            return False
        keys = self.field.key_columns(relation) - {
            c.name for c in relation.columns if holds_text(c) or c.kind == "r"
        }
        return any(name not in keys and not CAPABILITY.search(name) for name in columns)

    def _look(self, relation: Relation) -> Attempt:
        """Return the attempt to read the victim's row as bob; what he sees needs no inference."""
        row = self.field.population.row(relation.name, ALICE.name)
        condition = row.where if row else "false"
        return Attempt(self.bob, (f"{QUERY}select 1 from {relation.name} where {condition}",))

    def _without(self, relation: Relation) -> tuple[str, ...]:
        """Return what takes the victim's row away, as if it had never been there."""
        row = self.field.population.row(relation.name, ALICE.name)
        return taken_away(relation.name, row) if row else ()

    def _references(self, relation: Relation, mine: Values, hers: Values) -> Talk[list[Assault]]:
        """Refer to a row of the victim, and to one that is not there."""
        targets = [key.target for key in relation.foreign_keys]
        found: list[Assault] = []
        for key in relation.foreign_keys:
            parent = self.field.catalog.relation(key.target)
            there = mine | {name: hers[name] for name in key.columns if hers.get(name) is not None}
            if targets.count(key.target) > 1 or there == mine or not parent or not self._owned(relation, key):
                continue
            away = mine | {name: self._unknown(relation, name) for name in key.columns}
            seen, accepted, refused = yield (
                self._look(parent),
                replace(self._insert(relation, there), watch=(relation.name,)),
                self._insert(relation, away),
            )
            # A trigger may put his own key in the place of hers.
            new = accepted.changed[relation.name].new if relation.name in accepted.changed else ()
            given = {name: hers[name] for name in key.columns if hers.get(name) is not None}
            kept = any(all(str(row.get(name)) == text for name, text in given.items()) for row in new)
            if not seen.rows and kept and refused.state == _NO_PARENT:
                guessed = self._guessable(key)
                what = f"{', '.join(key.columns)} may refer to {hers[key.columns[0]]}, which is hidden"
                harm = self._told(relation, there, what, "told" if guessed else "residual")
                found.append(Assault(relation.name, f"REFERENCE {', '.join(key.columns)}", 2, (harm,)))
        return found

    def _owned(self, relation: Relation, key: ForeignKey) -> bool:
        """Whether a reference leads to what belongs to somebody, and is not itself what says to whom."""
        owned = self.field.owners.owned.get(relation.name)
        own = set(owned.columns) if owned else set()
        hidden = self.field.owners.owned.keys() - self.field.owners.public
        return not set(key.columns) <= own and key.target in hidden

    def _unknown(self, relation: Relation, name: str) -> str | None:
        column = relation.column(name)
        return value_for(column, "nobody has it", name) if column else None

    def _is_drawn(self, key: ForeignKey) -> bool:
        """Whether a reference is to a key that is made up at random, as far as one can tell."""
        parent = self.field.catalog.relation(key.target)
        columns = [parent.column(name) for name in key.target_columns] if parent else []
        drawn = all(column is not None and column.type == "uuid" for column in columns)
        return parent is not None and (drawn or _is_made(parent, key.target_columns))

    def _guessable(self, key: ForeignKey) -> bool:
        parent = self.field.catalog.relation(key.target)
        if parent is None or _is_made(parent, key.target_columns):
            return False
        columns = [parent.column(name) for name in key.target_columns]
        return any(column is not None and column.type not in SURROGATES for column in columns)

    def _told(self, relation: Relation, values: Values, what: str, kind: str) -> Harm:
        script = self.field.script(relation.name, self.bob, (insert_sql(relation, values),), "select 1")
        return Harm(BOB.name, kind, relation.name, ALICE.name, what, script)


def _is_made(relation: Relation, columns: tuple[str, ...]) -> bool:
    """Whether a key only tells rows apart, as its name says: the application makes one up for each."""
    return columns == relation.primary_key and len(columns) == 1 and bool(_MADE.match(columns[0]))
