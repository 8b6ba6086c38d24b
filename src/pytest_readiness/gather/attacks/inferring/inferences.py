"""Learns of values that stay hidden: by keys that collide, references that hold, casts that fail."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm, InferenceEvidence, ViewEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence, Relation
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.arguments import Arguments
from pytest_readiness.gather.attacks.attempts import HUNG, QUERY, Attempt, Talk
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.codes import CAPABILITY, handles
from pytest_readiness.gather.attacks.factors import pairs, said
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.inferring.counting import Counting, is_asked
from pytest_readiness.gather.attacks.inferring.existence import Existence, answered_apart
from pytest_readiness.gather.attacks.inferring.ordered import Ordered
from pytest_readiness.gather.attacks.inferring.parting import Partings
from pytest_readiness.gather.attacks.inferring.spoken import Spoken
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.attacks.tally import tally
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import CANARY, holds_text, value_for
from pytest_readiness.judges.isolation.traces import Made, Traces, numbers_in, traces
from pytest_readiness.target.quoting import literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Argument, Column, ForeignKey, Function
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.synthesis.refusals import Values

_COLLIDES = frozenset({"23505", "23P01"})
_NOBODYS_KEY = ("481599999", "0b0d1e5a-4815-4162-8342-000000000009")
"""A number and a uuid that no row has."""

_LONG = 100
_GUESSES = 4
"""Values of hers that each function is asked for."""

_UNSAYING = frozenset({*HUNG, "42501", "42883", "42703", "42P01", "22P02"})
"""Refusals that tell of the function, of the clock, or of how the value itself is spelt."""

_NO_PARENT = "23503"
_SURROGATES = frozenset({"uuid", "smallint", "integer", "bigint"})


@gatherer(strength=Strength.ATTACKED, shards=2)
def inferences(
    target: Target, shard: Shard, catalog: CatalogEvidence, owners: Owners, population: Population
) -> InferenceEvidence:
    """Compare what the server says of a value that the victim has with what it says of one nobody has."""
    with Field(target, catalog, owners, population, shard.index) as field:
        if barred := field.barred:
            return InferenceEvidence((), undeclared=barred)
        bob = field.cast.user(BOB)
        asked = [
            relation
            for relation in catalog.relations
            if relation.kind in TABLE_KINDS
            and bob.role in relation.privileges
            and relation.name in owners.owned
        ]
        called = [f for f in catalog.functions if bob.role in f.callers and f.definer]
        functions = [f for f in called if f.arguments or is_asked(f)]
        tables = shard.part(asked, attrgetter("name"))
        functions = shard.part(functions, attrgetter("signature"))
        asker = _Asker(field)
        return InferenceEvidence(
            (
                *chain.from_iterable(field.runner.abreast(map(asker.of, tables))),
                *chain.from_iterable(field.runner.abreast(map(asker.answers, functions))),
                *Partings(field).told(tables),
                *chain.from_iterable(map(Ordered(field).of, functions)),
                *chain.from_iterable(map(Spoken(field).of, functions)),
            ),
            absent="" if asked or not target.built.migrations.whole else "no client may use what is owned",
        )


@gatherer(strength=Strength.ATTACKED)
def views(target: Target, catalog: CatalogEvidence, owners: Owners, population: Population) -> ViewEvidence:
    """Look through each view that a client may read."""
    with Field(target, catalog, owners, population) as field:
        if barred := field.barred:
            return ViewEvidence((), undeclared=barred)
        role = field.cast.user(BOB).role
        seen = [r for r in catalog.relations if r.kind not in TABLE_KINDS and role in r.readable]
        asker = _Asker(field)
        return ViewEvidence(
            tuple(assault for relation in seen for assault in asker.through(relation)),
            absent="" if seen or not target.built.migrations.whole else "no client may read any view",
        )


def _told_apart(one: Outcome, other: Outcome) -> bool:
    """Whether both were refused, by what the code itself says."""
    states = {one.state, other.state}
    return "" not in states and states.isdisjoint(_UNSAYING)


def _values(row: str) -> Iterator[str]:
    """Yield the texts of a row as an error quotes them."""
    yield from (f"`{value}`" for value in json.loads(row).values() if isinstance(value, str))


_UNINDEXED = ("set local enable_indexscan = off", "set local enable_bitmapscan = off")
"""By an index the filter of a view comes first whatever it costs; anybody may do without."""


class _Asker:
    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self.counting = Counting(field, self.forger)
        self.existence = Existence(field, self.forger)
        self.bob = field.cast.user(BOB)

    def of(self, relation: Relation) -> Talk[list[Assault]]:
        """Ask a table in every way that fits it."""
        held = relation.privileges[self.bob.role]
        mine, hers = self.forger.model(relation, BOB), self.field.population.row(relation.name, ALICE.name)
        if not held.insert or hers is None or mine is None:
            unfilled = self.field.population.unfilled.get(relation.name, "") if held.insert else ""
            return [Assault(relation.name, "INSERT", 0, unclear=unfilled)]
        mine = {name: value for name, value in mine.items() if name in held.insert}
        attempt = self._insert(relation, mine)
        (arrived,) = yield (attempt,)
        found = [Assault(relation.name, "INSERT", 1, by=tally([(attempt, arrived)]))]
        if arrived.state:
            return found  # nothing that bob inserts arrives, so nothing is told by it
        found += yield from self._keys(relation, mine, hers.texts)
        found += yield from self._references(relation, mine, hers.texts)
        return found

    def answers(self, function: Function) -> Talk[list[Assault]]:
        """Call a function with a value that she has and with one that nobody has; both may be refused."""
        found = []
        given = next(Arguments(self.field).calls(function, 1))
        for place, argument in enumerate(function.arguments[: len(given)]):
            kind = argument.type
            if not kind.startswith(("text", "character", "citext")) or kind.endswith("[]"):
                continue
            harm: Harm | None = None
            tried = dict.fromkeys((given[place], *self._guesses(function, argument)))
            for value in tried:
                absent = value.replace("'::", "0'::", 1)
                if harm or absent == value:
                    continue
                calls = [
                    call_sql(function, (*given[:place], one, *given[place + 1 :])) for one in (value, absent)
                ]
                hers, nobodys, again = yield [Attempt(self.bob, (call,)) for call in (*calls, calls[1])]
                spelt = [text.partition("::")[0].strip("'") for text in (value, absent)]
                what = self._apart(hers, nobodys, again, *spelt)
                listed = bool(what) and self._is_listed(function, spelt[0])
                if (
                    what
                    and not listed
                    and not (
                        yield from self._asks_both(
                            function, (*given[:place], value, *given[place + 1 :]), place
                        )
                    )
                ):
                    script = self.field.script(function.name, self.bob, (calls[0],), "select 1")
                    harm = Harm(BOB.name, "told", function.signature, ALICE.name, what, script)
            harms = (harm,) if harm else ()
            found.append(Assault(function.signature, f"CALL {argument.name}", 2 * len(tried), harms))
        if not any(assault.harms for assault in found):
            found += yield from self.existence.of(function, given)
            found += yield from self.existence.of_people(function, given)
        found += yield from self._group_of_one(function, given)
        found += (yield from self.counting.of(function)) if is_asked(function) else []
        return found + (yield from self._yes_or_no(function, given))

    def _asks_both(self, function: Function, given: tuple[str, ...], place: int) -> Talk[bool]:
        """Whether a function tells of her hidden text only beside the key of the same row."""
        for pair in pairs(self.field, function, given):
            (*_, absent) = pair.without(given, place)
            strange = zip(pair.without(given, pair.key), pair.without(absent, pair.key), strict=True)
            told = pair.text != place
            for one, other in strange:
                calls = [call_sql(function, tried) for tried in (one, other, other)]
                hers, nobodys, again = yield [Attempt(self.bob, (call,)) for call in calls]
                spelt = (said(values[place]) for values in (given, absent))
                told = told or bool(self._apart(hers, nobodys, again, *spelt))
            if not told:
                return True
        return False

    def _group_of_one(self, function: Function, given: tuple[str, ...]) -> Talk[list[Assault]]:
        """Ask for a group by what is in her hidden row: the average over one is that one's number."""
        spelt = {text.partition("::")[0].strip("'") for text in given}
        rows = [made for made, hidden in self._hidden_rows if spelt & hidden]
        if not rows or any(pairs(self.field, function, given)):
            return []
        call = call_sql(function, given)
        (came,) = yield [Attempt(self.bob, (call,))]
        told = [n for n in numbers_in("\n".join(came.rows)) if self._numbers.by_number.get(n) in rows]
        harms: tuple[Harm, ...] = ()
        if told and not came.state:
            what = f"`{told[0]:.15g}` is the answer for a group in which nobody else is"
            script = self.field.script(function.name, self.bob, (call,), "select 1")
            harms = (Harm(BOB.name, "told", function.signature, ALICE.name, what, script),)
        return [Assault(function.signature, "GROUP", 1, harms)]

    @cached_property
    def _hidden_rows(self) -> list[tuple[Made, frozenset[str]]]:
        """Rows of hers with content that bob sees nowhere, and that content."""
        known = self.field.population.canaries(BOB.name) | self.field.shown_texts
        rows = (
            (self._made(name, row), frozenset(row.canaries) & {*row.texts.values()} - known)
            for (name, owner), row in self.field.population.rows.items()
            if owner == ALICE.name and name in self.field.owners.owned and name not in self.field.published
        )
        return [(made, texts) for made, texts in rows if texts]

    @cached_property
    def _numbers(self) -> Traces:
        """Amounts that one row alone has."""
        return traces(self._made(name, row) for (name, _), row in self.field.population.rows.items())

    def _made(self, name: str, row: SyntheticRow) -> Made:
        """Return what is in a row apart from its keys."""
        relation = self.field.catalog.relation(name)
        keys = self.field.key_columns(relation) | {*relation.primary_key} if relation else frozenset()
        return Made(name, {k: value for k, value in row.stored.items() if k not in keys}, frozenset())

    def _yes_or_no(self, function: Function, given: tuple[str, ...]) -> Talk[list[Assault]]:
        """Ask a function that answers yes or no about her by her key, which others may know."""
        keyed = [a.type in _SURROGATES for a in function.arguments[: len(given)]]
        if function.returns != "boolean" or not any(keyed):
            return []
        strange = tuple(
            f"{literal(_NOBODYS_KEY[a.type == 'uuid'])}::{a.declared}" if key else value
            for a, key, value in zip(function.arguments, keyed, given, strict=False)
        )
        calls = [call_sql(function, one) for one in (given, strange)]
        hers, nobodys = yield [Attempt(self.bob, (call,)) for call in calls]
        harms: tuple[Harm, ...] = ()
        if not hers.state and not nobodys.state and hers.rows != nobodys.rows:
            script = self.field.script(function.name, self.bob, (calls[0],), "select 1")
            what = f"{hers.rows[0]} about alice, and {nobodys.rows[0]} about nobody"
            harms = (Harm(BOB.name, "residual", function.signature, ALICE.name, what, script),)
        return [Assault(function.signature, "CALL", 2, harms)]

    def _guesses(self, function: Function, argument: Argument) -> list[str]:
        """Return content of her rows that somebody could guess, for a function that looks for it."""
        rows = (
            self.field.population.row(n, ALICE.name)
            for n in sorted(self.field.texts.function_reach(function))
        )
        marks = (mark for row in rows if row for mark in row.canaries if mark in self._secret_texts)
        return [f"{literal(mark)}::{argument.declared}" for mark in dict.fromkeys(marks)][:_GUESSES]

    def _apart(self, hers: Outcome, nobodys: Outcome, again: Outcome, value: str, other: str) -> str:
        """Say how a function told what she has from what nobody has; empty if it did not.

        Args:
            hers: What it said of what she has.
            nobodys: What it said of what nobody has.
            again: The same, asked once more.
            value: What she has.
            other: What nobody has.
        """
        # Another argument may say what she has as well, and be repeated.
        repeated = nobodys.said.replace(other, "…").replace(value, "…")
        if _told_apart(hers, nobodys) and hers.said.replace(value, "…") != repeated:
            return f"`{value}` is refused with “{hers.message}”, what nobody has with “{nobodys.message}”"
        return answered_apart(hers, nobodys, again, value, other) if value in self._secret_texts else ""

    def _is_listed(self, function: Function, value: str) -> bool:
        """Whether bob reads a value, as he may, wherever a function may look it up in rows of hers."""
        texts = self.field.texts
        bodies = (function.body, *(one.body for one in texts.called([function.body])))
        holders = [
            relation
            for name in sorted(frozenset().union(*map(texts.mentioned, bodies)))
            if (relation := self.field.catalog.relation(name))
            and (row := self.field.population.row(name, ALICE.name))
            and value in row.texts.values()
        ]
        return bool(holders) and all(self._shows(relation, value) for relation in holders)

    def _shows(self, relation: Relation, value: str) -> bool:
        if self.bob.role not in relation.readable or relation.kind == "materialized view":
            return False
        rows = self.field.runner.one(Attempt(self.bob, (read(relation),))).rows
        return any(value in json.loads(text).values() for text in rows)

    @cached_property
    def _secret_texts(self) -> frozenset[str]:
        """Content of her rows that bob does not see.

        Whether a name is taken everybody may ask, and whoever has a token was given it.
        """
        field, owners = self.field, self.field.owners
        marks = {
            mark
            for (name, owner), row in field.population.rows.items()
            if owner == ALICE.name and name not in {*owners.people, *owners.roots}
            if (relation := field.catalog.relation(name))
            for column, text in row.texts.items()
            if text is not None and not CAPABILITY.search(column) and column not in handles(relation)
            for mark in CANARY.findall(text)
        }
        return frozenset(marks - field.population.canaries(BOB.name) - field.shown_texts)

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
            insert = self._insert(relation, values)
            seen, outcome, alone = yield (
                self._look(relation),
                insert,
                replace(insert, before=self._without(relation)),
            )
            if seen.rows:
                continue
            harms: tuple[Harm, ...] = ()
            # A trigger may put his own key in the place of hers, and what he meets then is his.
            if outcome.state in _COLLIDES and alone.state not in _COLLIDES:
                what = f"{', '.join(columns)} = `{hers[columns[0]]}` is taken ({outcome.state})"
                harms = (self._told(relation, values, what, "told"),)
            found.append(Assault(relation.name, f"KEY {', '.join(columns)}", 1, harms))
        return found

    def _natural(self, relation: Relation, columns: tuple[str, ...]) -> bool:
        """Whether a key means something outside the database, so that it can be guessed."""
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
        return (QUIETLY, f"delete from {relation.name} where {row.where}", AS_EVER) if row else ()

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

    def _guessable(self, key: ForeignKey) -> bool:
        parent = self.field.catalog.relation(key.target)
        columns = [parent.column(name) for name in key.target_columns] if parent else []
        return any(column is not None and column.type not in _SURROGATES for column in columns)

    def _told(self, relation: Relation, values: Values, what: str, kind: str) -> Harm:
        script = self.field.script(relation.name, self.bob, (insert_sql(relation, values),), "select 1")
        return Harm(BOB.name, kind, relation.name, ALICE.name, what, script)

    def through(self, relation: Relation) -> Iterator[Assault]:
        """Ask a view; one that shows others' rows anyway, which another check tells, has nothing to hide."""
        rows = self.field.runner.one(Attempt(self.bob, (read(relation),))).rows
        if any(self.field.recognition.foreign(relation, json.loads(text), BOB) for text in rows):
            return
        yield from self._casts(relation, {text for row in rows for text in _values(row)})
        yield from self._sums(relation)

    def _casts(self, relation: Relation, shown: set[str]) -> Iterator[Assault]:
        """Cast each column: a filter that is applied too late has its hidden rows cast as well.

        What the view, or another relation, shows by itself is not told by an error.
        """
        shown = shown.union(f"`{text}`" for text in self.field.shown_texts)
        casts = [
            Attempt(self.bob, (self._cast(relation, c),))
            for c in relation.columns
            if c.name in relation.readable[self.bob.role]
        ]
        if self.field.target.logins:
            casts += [
                Attempt(self.bob, self._peek(relation, c))
                for c in relation.columns
                if c.name in relation.readable[self.bob.role]
            ]
        harms = [
            Harm(
                BOB.name,
                "cast",
                relation.name,
                ALICE.name,
                told,
                self.field.script(relation.name, self.bob, attempt.steps, "select 1"),
            )
            for attempt, outcome in self.field.runner.run(casts)
            if outcome.state and (told := self.field.told(attempt, outcome, BOB)) and told not in shown
        ]
        yield Assault(relation.name, "CAST", len(casts), tuple(harms[:1]))

    def _cast(self, relation: Relation, column: Column) -> str:
        """Return a query that casts a column of all rows but the attacker's own."""
        text = f"t.{column.quoted}::text"
        spared = ", ".join(map(literal, sorted(self._texts(relation, BOB)))) or "null"
        cast = f"case when {text} in ({spared}) then 0 else {text}::int end"
        return f"{QUERY}select 1::text from {relation.name} t where ({cast}) = 1"

    def _peek(self, relation: Relation, column: Column) -> tuple[str, ...]:
        """Return the query by a function of bob's own, which costs less than any filter and comes first.

        It stops at a text of hers, and knows only the digest of that: what bob says himself was not told him.
        """
        hers = sorted(self._texts(relation, ALICE) - self._texts(relation, BOB))
        sought = ", ".join(literal(sha256(text.encode()).hexdigest()) for text in hers) or "null"
        asked = f"encode(sha256(convert_to($1::text, 'utf8')), 'hex') in ({sought})"
        name = "pg_temp.readiness_peek"
        made = f"create function {name}({column.type}) returns boolean language plpgsql cost 0.0000001"
        body = f"begin if {asked} then raise '%', $1; end if; return true; end"
        return (
            *_UNINDEXED,
            f"{made} as {literal(body)}",
            f"{QUERY}select 1::text from {relation.name} t where {name}(t.{column.quoted})",
        )

    def _texts(self, relation: Relation, person: Person) -> set[str]:
        """Return the texts of somebody's rows that a view looks at."""
        below = self.field.texts.touched_by(relation.name) | self.field.texts.depends_on(relation.name)
        rows = (self.field.population.row(name, person.name) for name in below)
        found = {value for row in rows if row for value in row.texts.values() if value is not None}
        return {value for value in found if len(value) < _LONG}

    def _sums(self, relation: Relation) -> Iterator[Assault]:
        """Change numbers of the victim as superuser: a view that changes with them tells of them."""
        change = self.field.content_changed(self.field.texts.depends_on(relation.name), ALICE)
        read = f"{QUERY}select to_jsonb(t.*)::text from {relation.name} t"
        if not change:
            return
        before = self.field.as_superuser("select 1", self.bob, read)
        after = self.field.as_superuser(change, self.bob, read)
        harms: tuple[Harm, ...] = ()
        if not after.state and sorted(before.rows) != sorted(after.rows):
            gone = sorted(set(before.rows) - set(after.rows))
            what = f"`{gone[0][:60]}` follows from her numbers" if gone else "it follows from her numbers"
            script = self.field.script(relation.name, self.bob, (read,), "select 1")
            harms = (Harm(BOB.name, "residual", relation.name, ALICE.name, what, script),)
        yield Assault(relation.name, "SUM", 2, harms)
