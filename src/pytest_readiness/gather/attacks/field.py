"""The ground that attacks are made on: a populated copy, who acts on it, and whose each row is."""

from __future__ import annotations

import itertools
import json
import re
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

from pytest_readiness.evidence.attacks import ONLY_VERSION, Harm
from pytest_readiness.evidence.people import ALICE, BOB, CAROL, DANA, DANA_IN_BLUE
from pytest_readiness.gather.attacks.addresses import Addresses
from pytest_readiness.gather.attacks.arguments import Arguments
from pytest_readiness.gather.attacks.attempts import OPENED, QUERY, UNCOUNTED, Attempt, Outcome, Runner
from pytest_readiness.gather.attacks.cast import Cast
from pytest_readiness.gather.attacks.forms import Forms
from pytest_readiness.gather.attacks.guessing import Guess, guessed, spelt_out
from pytest_readiness.gather.attacks.hidings import hidings
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.parts_of_times import PartsOfTimes
from pytest_readiness.gather.attacks.recognition import Recognition
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.isolation.growth import BOOKKEEPING
from pytest_readiness.judges.isolation.harm import Harms
from pytest_readiness.judges.isolation.labels import Labels
from pytest_readiness.judges.purpose.publication import published_by_name
from pytest_readiness.judges.purpose.registries import Registries, registries
from pytest_readiness.judges.purpose.said_of_tables import said_public_of
from pytest_readiness.judges.purpose.sentences import published_by_sentence
from pytest_readiness.judges.purpose.takebacks import kept_in_vain, taken_back
from pytest_readiness.judges.sql.lexis import names
from pytest_readiness.judges.sql.texts import texts_of
from pytest_readiness.target.identities import SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator
    from types import TracebackType

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import Population
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.judges.isolation.harm import Done
    from pytest_readiness.judges.isolation.labels import Row
    from pytest_readiness.target.identities import Identity
    from pytest_readiness.target.target import Target

_TELLING = 5
"""Characters that a key must have to be told by."""

_STAGED = 30
"""Relations whose rows a person is given to paste, at most."""

_NOTHING = Outcome("", "", "", 1, 0, ())
"""What comes of an attempt to do nothing."""

_QUOTED = re.compile(r': "(.*)"$')

_MORE = (7, 12, 23, 38, 61, 94)
"""By how much numbers grow, of which none is the sum of others."""


class Field:
    """What every attack stands on; a context, in which attempts are made."""

    def __init__(
        self,
        target: Target,
        catalog: CatalogEvidence,
        owners: Owners,
        population: Population,
        part: int = 0,
    ) -> None:
        self.target = target
        self.catalog = catalog
        self.owners = owners
        self.population = population
        self._lent = ExitStack()
        self._part = part
        self._key_columns: dict[str, frozenset[str]] = {}
        self.texts = texts_of(catalog)
        if self.texts.uncancellable:
            target.watch()
        self.cast = Cast(target, catalog, self.texts, owners, population.ranks)
        self.cast.forms = population.forms
        self.cast.spelt = population.spelt(owners, catalog)
        self.labels = Labels(catalog, owners, population.held, population.spelt(owners))

    def __enter__(self) -> Self:
        """Use it as a context manager, so that what it is connected to can be used again."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lent.__exit__(kind, error, trace)

    @cached_property
    def runner(self) -> Runner:
        """Connect to a copy of the populated target that nobody else uses meanwhile."""
        return Runner(self._lent.enter_context(self.target.undone(self.population.database, self._part)))

    @cached_property
    def fresh(self) -> Runner:
        """Connect once more to the same copy: there no setting of the application's was ever made."""
        return Runner(self.target.database(self.runner.connection.info.dbname))

    @cached_property
    def arguments(self) -> Arguments:
        """What makes the calls of functions."""
        return Arguments(self)

    @cached_property
    def forms(self) -> Forms:
        """What tells which texts have the form that a function asks for."""
        return Forms(lambda step: self.runner.one(Attempt(SUPERUSER, (step,))))

    @cached_property
    def parts(self) -> PartsOfTimes:
        """What tells the parts of times by which functions find rows."""
        return PartsOfTimes(lambda step: self.runner.one(Attempt(SUPERUSER, (step,))))

    @cached_property
    def hidings(self) -> dict[str, State]:
        """By table of which bob sees a row of hers, a state in which he does not."""
        return hidings(self)

    @property
    def barred(self) -> str:
        """Why nobody can act as a user of the target; empty when it can be done."""
        return self.population.barred if self.cast.declared else self.target.undeclared

    @cached_property
    def recognition(self) -> Recognition:
        """What tells whose rows and texts came out."""
        return Recognition(
            self.catalog,
            self.owners,
            self.population,
            self.labels,
            self.published,
            self.clients,
            Addresses(self.target.profile.users, self.texts),
        )

    @cached_property
    def clients(self) -> frozenset[str]:
        """Roles of those who own no row of another: a user's, and those of callers without a user."""
        return frozenset(actor.role for actor in (self.cast.user(BOB), *self.cast.nobody()))

    @cached_property
    def guessed(self) -> dict[tuple[str, str], dict[str, Guess]]:
        """By relation and column, values of alice's that look like secrets and are computed."""
        return guessed(self)

    @property
    def announces(self) -> bool:
        """Whether an application says of each session whose it is, which it finds out by the same role."""
        session = self.target.session
        return bool(session) and not self.target.profile.clients and not self.target.logins

    @cached_property
    def registries(self) -> Registries:
        """Tables that tell such an application who calls."""
        role = self.cast.user(BOB).role
        return registries(self.catalog, self.owners, role) if self.announces else Registries()

    @cached_property
    def published(self) -> dict[str, str]:
        """By relation that everybody reads on purpose, the policy that says so."""
        listed = {*self.owners.people, *self.owners.roots}
        found = (
            (r.name, published_by_name(r, self.clients, directory=r.name in listed) or self._said_of(r))
            for r in self.catalog.relations
            if not self.in_vain(r)
        )
        return {name: policy for name, policy in found if policy}

    def _said_of(self, relation: Relation) -> str:
        """Return what says in a sentence that everybody reads a list, or what users wrote."""
        owned = self.owners.owned.get(relation.name)
        registers = {*self.owners.people, *self.owners.roots}
        somebodys = owned is not None and relation.name not in registers
        if comment := said_public_of(relation, self.clients, owned=somebodys):
            return comment
        if owned is None or not owned.users or owned.tenants:
            return ""
        strangers = {nobody.role for nobody in self.cast.nobody()} - {self.cast.user(BOB).role}
        return published_by_sentence(relation, self.clients, strangers)

    def in_vain(self, relation: Relation) -> frozenset[str]:
        """Return the columns that were taken back from clients who read them all the same."""
        return kept_in_vain(relation, self._taken_back, self.clients)

    @cached_property
    def _taken_back(self) -> dict[tuple[str, str], set[str]]:
        return taken_back(one.sql for one in self.target.built.migrations.migrations)

    def key_columns(self, relation: Relation) -> frozenset[str]:
        """Return the columns that hold owners, references and keys that the server draws."""
        if relation.name not in self._key_columns:
            self._key_columns[relation.name] = self._read_key_columns(relation)
        return self._key_columns[relation.name]

    def _read_key_columns(self, relation: Relation) -> frozenset[str]:
        owned = self.owners.owned.get(relation.name)
        keys = set(owned.columns) if owned else set()
        keys |= {name for key in relation.foreign_keys for name in key.columns}
        keys |= {c.name for c in relation.columns if c.name in relation.primary_key and not holds_text(c)}
        return frozenset(keys | {c.name for c in relation.columns if c.type == "uuid"})

    def harms(
        self,
        attempt: Attempt,
        outcome: Outcome,
        person: Person | None,
        named: Container[str] = (),
        told: Container[str] = (),
    ) -> Iterator[Harm]:
        """Yield what an attempt did to rows of others, for people.

        It updates the named relations; in those that are told of it, a new row is a gift.
        """
        changed = {name: (change.gone, change.new) for name, change in outcome.changed.items()}

        def hidden(name: str) -> bool:
            return not self.reads_others(attempt, person, name)

        for done in Harms(self.catalog, self.owners, self.labels, hidden).of(changed, person, named, told):
            steps, guess = spelt_out(self, attempt.steps)
            script = self.script(done.relation, attempt.actor, steps, before=attempt.before)
            told, aside = _what(done, attempt.steps)
            aside = aside and done.relation in named
            said = (attempt.actor.name, done.kind, done.relation, done.victim, f"{told}{guess}", script)
            yield Harm(*said, refers=done.refers, aside=aside)

    def reads_others(self, attempt: Attempt, person: Person | None, name: str) -> bool:
        """Whether who made an attempt may read rows of somebody else in a relation, as things were then."""
        relation = self.catalog.relation(name)
        if relation is None:
            return False
        rows = self.runner.one(Attempt(attempt.actor, (read(relation),), before=attempt.before)).rows
        return any(self.recognition.foreign(relation, json.loads(text), person) for text in rows)

    def reaches(self, outcome: Outcome, person: Person | None, named: Container[str] = ()) -> bool:
        """Whether an attempt touched rows of others."""
        changed = {name: (change.gone, change.new) for name, change in outcome.changed.items()}
        return any(Harms(self.catalog, self.owners, self.labels).of(changed, person, named))

    def told(
        self, attempt: Attempt, outcome: Outcome, person: Person | None, known: Container[str] = ()
    ) -> str:
        """Return a value of somebody else that came out of an attempt: in rows, errors or notices.

        What the attacker said itself is none, and what is known to him neither.
        """
        out = "\n".join((*outcome.rows, outcome.said, *outcome.notices))
        quoted = _QUOTED.search(outcome.message)
        if quoted and quoted[1] in self._hidden_texts and quoted[1] not in self.shown_texts:
            return f"`{quoted[1]}`"
        own = "\n".join((*attempt.steps, *attempt.actor.statements))
        marks = self.recognition.canaries_of_others(out, person) if "canary-" in out else []
        numbers = (
            number for row in outcome.rows for number, _ in self.recognition.numbers_of_others(row, person)
        )
        keys = (key for key in self.recognition.secrets_of_others(out, person) if key not in self.shown_texts)
        every = itertools.chain(marks, numbers, keys, self._accounts(attempt, outcome, person))
        return next((f"`{mark}`" for mark in every if mark not in own and mark not in known), "")

    def _accounts(self, attempt: Attempt, outcome: Outcome, person: Person | None) -> Iterator[str]:
        """Yield the addresses of others in rows that functions return which look at accounts."""
        told = [one for row in outcome.rows for one, _ in self.recognition.addresses_of_others(row, person)]
        if told and self.recognition.addresses.told_by(attempt.steps):
            yield from (address for address in told if address not in self.shown_texts)

    @cached_property
    def shown_texts(self) -> frozenset[str]:
        """Texts that bob reads in the rows of relations, as he may: what tells of them tells nothing.

        A materialized view asks no policy, so that it is no measure of what he may.
        """
        rows = map(json.loads, self.seen())
        return frozenset(value for row in rows for value in row.values() if isinstance(value, str))

    def seen(self, before: tuple[str, ...] = (), reader: Identity | None = None) -> Iterator[str]:
        """Yield the rows that bob, or another, reads by himself once a superuser did something.

        See ``shown_texts``.
        """
        actor = reader or self.cast.user(BOB)
        readable = [r for r in self.catalog.relations if actor.role in r.readable]
        attempts = (
            Attempt(actor, (read(r),), before=before) for r in readable if r.kind != "materialized view"
        )
        yield from (row for _, outcome in self.runner.run(attempts) for row in outcome.rows)

    @cached_property
    def _hidden_texts(self) -> frozenset[str]:
        """Texts in rows that were there before anybody's, and that nothing else says."""
        made: set[str] = set()
        for row in self.population.rows.values():
            made |= {value for value in row.stored.values() if isinstance(value, str)}
        held = {
            value
            for name in self.owners.owned
            for row in self.population.held.get(name, ())
            if not self.labels.of(name, row)
            for value in row.values()
            if isinstance(value, str) and len(value) > _TELLING
        }
        return frozenset(held - made - set(self.texts.literals))

    def row_keys(self, person: Person) -> frozenset[str]:
        """Return the primary keys of a person's rows that a value can be told by."""
        found: set[str] = set()
        for (name, owner), row in self.population.rows.items():
            relation = self.catalog.relation(name)
            if owner == person.name and relation:
                found |= {str(row.texts.get(key)) for key in relation.primary_key}
        return frozenset(key for key in found if len(key) > _TELLING)

    def keys_of(self, person: Person) -> frozenset[str]:
        """Return what names a person in a statement: her own keys, and those of her rows."""
        return self.row_keys(person) | {person.uuid, str(person.number)}

    def content_changed(self, relations: Iterable[str], person: Person) -> str:
        """Return statements by which a superuser gives the content of a person's rows other values.

        No two numbers grow by as much, one after another, so that what is left of one by another differs too.
        """
        changes: list[str] = []
        for name in sorted(relations):
            relation, row = self.catalog.relation(name), self.population.row(name, person.name)
            if relation is None or row is None:
                continue
            for column in relation.columns:
                plain = column.type.split("(")[0] in {"integer", "bigint", "numeric", "double precision"}
                keys = self.key_columns(relation) | set(relation.primary_key)
                if plain and column.name not in keys and column.writable:
                    new = f"coalesce({column.quoted}, 0) + {_MORE[len(changes) % len(_MORE)]}"
                    changes.append(f"update {name} set {column.quoted} = {new} where {row.where}")
        # What a trigger refuses to change stays as it is.
        tried = (f"begin {change}; exception when others then null; end;" for change in changes)
        return f"do $readiness$ begin {' '.join(tried)} end $readiness$" if changes else ""

    def setup(
        self, relation: str, staged: Collection[str], people: Iterable[Person] = (ALICE, BOB)
    ) -> tuple[str, ...]:
        """Return the statements that bring about the rows of both sides that an attempt depends on.

        Args:
            relation: That was reached.
            staged: Relations whose rows decide; of very many of them, those of the relation suffice.
            people: Whose rows they are.
        """
        names = [relation, *sorted(staged)] if len(staged) <= _STAGED else [relation]
        found: dict[str, None] = {}
        for name in names:
            for person in people:
                row = self.population.row(name, person.name)
                found |= dict.fromkeys(row.setup if row else ())
        return tuple(found)

    def script(
        self,
        relation: str,
        actor: Identity,
        steps: tuple[str, ...],
        *after: str,
        before: tuple[str, ...] = (),
        beside: Collection[str] = (),
    ) -> str:
        """Return what a person pastes, as superuser, into a copy of the target.

        Args:
            relation: That was reached.
            actor: Who did it.
            steps: What it was.
            *after: What shows what came of it.
            before: What a superuser did before.
            beside: Other relations whose rows decide about that.
        """
        plain = [step.lstrip(QUERY + UNCOUNTED + OPENED) for step in steps]
        said = "\n".join((actor.login, *actor.statements, *before))
        third = [p for p in (CAROL, DANA, DANA_IN_BLUE) if p.uuid in said or str(p.number) in said]
        setup = self.setup(relation, {*self.texts.staged(plain), *beside}, (ALICE, BOB, *third))
        look = [f"{step};" for step in after] or [f"table {relation};"]
        return "\n".join(
            [
                "begin;",
                *setup,
                *(f"{statement};" for statement in before),
                actor.script(),
                *(f"{step};" for step in plain),
                "reset session authorization;",
                *look,
                "rollback;",
            ]
        )

    def in_states(self, attempts: Iterable[Attempt]) -> Iterator[tuple[Attempt, Outcome]]:
        """Run attempts that start from other states, and yield those that succeeded."""
        for attempt, outcome, control in self.from_states(attempts):
            if not control.state and not outcome.state:
                yield attempt, outcome

    def from_states(self, attempts: Iterable[Attempt]) -> Iterator[tuple[Attempt, Outcome, Outcome]]:
        """Run attempts that start from other states; what the states themselves change does not count.

        Yields:
            The attempt, what came of it, and what came of its state alone, which may not come about.
        """
        given = list(attempts)
        # Where nothing is watched, an attempt tells itself that its state does not come about.
        watching = {(a.before, a.watch): a for a in given if a.watch}
        controls = [Attempt(SUPERUSER, (), a.watch, before=a.before) for a in watching.values()]
        known = {(a.before, a.watch): outcome for a, outcome in self.runner.run(controls)}
        for attempt, outcome in self.runner.run(given):
            control = known.get((attempt.before, attempt.watch), _NOTHING)
            if control.state or outcome.state:
                yield attempt, outcome, control
                continue
            # Of what touches no row, where nothing acts on statements, nobody asked what had changed.
            looked = outcome.touched or not attempt.inert
            yield attempt, outcome.beyond(control) if looked else replace(outcome, changed={}), control

    def as_superuser(self, change: str, actor: Identity, *steps: str) -> Outcome:
        """Change something as superuser, then act as somebody, and undo both."""
        return self.runner.one(Attempt(actor, steps, before=(change,)))


def _what(done: Done, steps: Iterable[str]) -> tuple[str, bool]:
    """Say what became of a row, and whether that is nothing that the statements name.

    It is a value that changed, or a text that tells which row it was. What statements wrote comes before
    what triggers did, and these keep times at last.
    """
    before, after = done.before or {}, done.after or {}
    if not (done.before and done.after):
        return telling(before or after), False
    said = names(" ".join(steps))
    changed = [name for name, value in before.items() if after.get(name) != value]
    changed.sort(key=lambda name: (name not in said, bool(BOOKKEEPING.search(name))))
    if not changed:
        return ONLY_VERSION, True
    name = changed[0]
    return f"{name} from {_short(before[name])} to {_short(after.get(name))}", name not in said


def telling(row: Row) -> str:
    """Return a value by which a person knows a row: a recognisable text, or what is in its first column."""
    texts = [value for value in row.values() if isinstance(value, str) and "canary-" in value]
    return _short(texts[0]) if texts else _short(next(iter(row.values()), ""))


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f"`{text[:60]}`"
