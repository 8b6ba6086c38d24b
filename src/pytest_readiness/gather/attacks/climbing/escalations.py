"""Lets an attacker write what he may write where it decides over others, and then reads again."""

from __future__ import annotations

import itertools
import json
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, EscalationEvidence, Harm
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.climbing.action import Action
from pytest_readiness.gather.attacks.climbing.actions import Actions
from pytest_readiness.gather.attacks.climbing.asked import asked, may_see
from pytest_readiness.gather.attacks.climbing.borrowed import Borrowed
from pytest_readiness.gather.attacks.climbing.brought_back import BroughtBack
from pytest_readiness.gather.attacks.climbing.copies import Copies
from pytest_readiness.gather.attacks.climbing.dealings import dealings
from pytest_readiness.gather.attacks.climbing.empowered import Empowered
from pytest_readiness.gather.attacks.climbing.founders import returns
from pytest_readiness.gather.attacks.climbing.invited import Invited
from pytest_readiness.gather.attacks.climbing.numbered import numbered
from pytest_readiness.gather.attacks.climbing.pairs import likeliest
from pytest_readiness.gather.attacks.climbing.raised import raised
from pytest_readiness.gather.attacks.climbing.rehung import rehung
from pytest_readiness.gather.attacks.climbing.rewritten import rewritten
from pytest_readiness.gather.attacks.climbing.self_approval import Approved
from pytest_readiness.gather.attacks.climbing.sequels import Sequels
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.gates import closings
from pytest_readiness.gather.attacks.inferring.parting import Partings
from pytest_readiness.gather.attacks.looks import Looks, read
from pytest_readiness.gather.store import Shard
from pytest_readiness.judges.isolation.mechanisms import explained
from pytest_readiness.judges.sql.memberships import above
from pytest_readiness.judges.sql.reach import conditions_showing
from pytest_readiness.judges.sql.switches import acts_for_another
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.attempts import Outcome

_PAIRS = 1200
"""Pairs of actions that are tried, over all objects."""

_ADOPTED, _FOLLOWING = 6, 60
"""Updates by which a row says what another's says, and actions on one object that each is tried before."""

_MANY = 50
"""Rows of a target's own that bob sees: more of a table are not read again after each action."""

_ALIKE = 3
"""Of relations that the same words show, how many are read after an action."""

_LOOKED = 100
"""Relations that are read after a setting was made, which any of them may depend on."""


@gatherer(strength=Strength.ATTACKED, shards=2)
def escalations(
    target: Target, shard: Shard, catalog: CatalogEvidence, owners: Owners, population: Population
) -> EscalationEvidence:
    """Try one action after another, and pairs of them that begin with this shard's; all is undone."""
    with Field(target, catalog, owners, population, shard.index) as field:
        if barred := field.barred:
            return EscalationEvidence((), undeclared=barred)
        copies = Copies(field)
        copied = copies.all(shard.part(copies.among(catalog.relations), attrgetter("name")))
        approved = Approved(field).all(shard.part(catalog.relations, attrgetter("name")))
        found = tuple(explained(catalog, (*_Climber(field).all(shard), *copied, *approved)))
        whole = target.built.migrations.whole
        return EscalationEvidence(
            found, absent="" if found or not whole else "nothing decides over others' rows"
        )


class _Climber:
    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob, self.alice = field.cast.user(BOB), field.cast.user(ALICE)
        self.actions = Actions(field)
        self._before: dict[str, frozenset[str]] = {}
        self._running: dict[str, frozenset[str]] = {}
        deciding = field.texts.deciding
        self.relations = [
            r
            for r in field.catalog.relations
            if r.name in deciding
            or r.name in field.owners.people
            or (r.triggers and field.texts.touched_by(r.name) & deciding)
        ]
        self.functions = [
            function
            for function in field.catalog.functions
            if field.texts.function_reach(function) & deciding or "set_config" in function.body.lower()
        ]

    def all(self, shard: Shard) -> Iterator[Assault]:
        """Attack through each relation and function that decides over rows of others."""
        by_subject: dict[str, list[Action]] = {}
        for action in self._listed():
            by_subject.setdefault(action.subject, []).append(action)
        harmless: list[Action] = []
        for subject in shard.part(by_subject):
            done, harm = self._tried(by_subject[subject])
            yield Assault(subject, "ESCALATE", len(by_subject[subject]), (harm,) if harm else ())
            if harm is None:
                harmless += done
            else:
                del by_subject[subject]  # nothing worse comes of it after something else
        for subject, pairs in likeliest(harmless, by_subject, _PAIRS // shard.count):
            yield from self._in_turn(subject, pairs)
        yield from self._adopted(harmless, by_subject, 2 * _PAIRS // shard.count)
        yield from self._sequels(harmless, _PAIRS // shard.count)
        yield from Empowered(self.field).all(harmless)
        hung, back = rehung(self.field, self.looks.relations), returns(self.field, self.actions, shard)
        others = (raised(self.field), numbered(self.field), dealings(self.field))
        for listed in (Invited(self.field).all(), hung, back, asked(self.field), *others):
            yield from self._one_by_subject(shard, listed)
        yield from BroughtBack(self.actions, self.relations, self.functions).all(shard)
        yield from Partings(self.field).opened(shard.part(self.field.catalog.relations, attrgetter("name")))

    def _adopted(
        self, harmless: Iterable[Action], by_subject: Mapping[str, list[Action]], most: int
    ) -> Iterator[Assault]:
        """Say of himself what a row of hers says, and then use what compares the two: an invitation."""
        firsts = [action for action in harmless if action.adopts][:_ADOPTED]
        comparing = {
            subject: [first for first in firsts if first.subject != subject and first.subject in asked]
            for subject in (by_subject if firsts else ())
            for asked in [self._reach_of(subject)]
        }
        comparing = {subject: found for subject, found in comparing.items() if found}
        each = max(most // max(len(comparing), 1), _ADOPTED)
        for subject, found in comparing.items():
            seconds = [action for action in by_subject[subject] if not action.before][:_FOLLOWING]
            pairs = ((first, second) for second in seconds for first in found)
            yield from self._in_turn(subject, list(itertools.islice(pairs, each)))

    @cached_property
    def _acting(self) -> frozenset[str]:
        return frozenset(one.signature for one in self.functions if acts_for_another(one))

    def _reach_of(self, subject: str) -> frozenset[str]:
        """Return what using a relation or a function looks at."""
        named = [function for function in self.functions if function.signature == subject]
        reach = self.field.texts.function_reach(named[0]) if named else frozenset[str]()
        return reach if named else self.field.texts.depends_on(subject)

    def _one_by_subject(self, shard: Shard, listed: Iterable[Action]) -> Iterator[Assault]:
        """Try what takes a state of its own: an invitation that says less, a tree of two people's rows."""
        by_subject: dict[str, list[Action]] = {}
        for action in listed:
            by_subject.setdefault(action.subject, []).append(action)
        for subject in shard.part(by_subject):
            _, harm = self._tried(by_subject[subject])
            yield Assault(subject, "ESCALATE", len(by_subject[subject]), (harm,) if harm else ())

    def _listed(self) -> Iterator[Action]:
        for relation in self.relations:
            yield from self.actions.of_relation(relation)
            yield from rewritten(self.actions, relation)
        for function in self.functions:
            yield from self.actions.of_function(function)
        for function in self.field.catalog.functions:
            if function.definer or self.field.texts.function_reach(function):
                yield from self.actions.shadowing(function)

    @cached_property
    def looks(self) -> Looks:
        """Reads the relations of which bob sees nothing of others so far."""
        readable = [r for r in self.field.catalog.relations if self.bob.role in r.readable]
        attempts = [Attempt(self.bob, (read(r),), about=r) for r in readable]
        hidden = []
        for attempt, outcome in self.field.runner.run(attempts):
            if not outcome.state and not self._others(attempt.about, outcome.rows):
                hidden.append(attempt.about)
                self._before[attempt.about.name] = frozenset(outcome.rows)
        return Looks(self.field.runner.connection, hidden, self._known_places(hidden))

    def _known_places(self, hidden: Iterable[Relation]) -> dict[str, str]:
        """Return where the rows are that bob sees anyway, of tables that show him many."""
        attempts = [
            Attempt(self.bob, (f"{QUERY}select array_agg(t.ctid)::text from {r.name} t",), about=r)
            for r in hidden
            if r.kind == "table"
            and len(self._before[r.name]) > _MANY
            and not self.field.catalog.parts(r.name)
        ]
        return {a.about.name: o.rows[0] for a, o in self.field.runner.run(attempts) if o.rows and o.rows[0]}

    def _others(self, relation: Relation, rows: Iterable[str]) -> list[str]:
        known = self._before.get(relation.name, frozenset())
        new = (text for text in rows if text not in known)
        return [text for text in new if self.field.recognition.foreign(relation, json.loads(text), BOB)]

    def _strangers(self, relation: Relation, rows: Iterable[str]) -> list[str]:
        """Return rows that came into sight, that were there before anybody's, and that name an owner."""
        owned = self.field.owners.owned.get(relation.name)
        new = [text for text in rows if text not in self._before[relation.name]]
        if not (new and owned and owned.columns):
            return []
        held = {json.dumps(row, sort_keys=True) for row in self.field.population.held.get(relation.name, ())}
        return [
            text
            for text in new
            if not self.field.labels.of(relation.name, row := json.loads(text))
            and all(row.get(name) is not None for name in owned.columns)
            and json.dumps(row, sort_keys=True) in held
        ]

    def _tried(self, actions: Iterable[Action]) -> tuple[list[Action], Harm | None]:
        """Run actions; return those that succeed and change something, and the first harm.

        Of those with equal effect, one is returned.
        """
        done: dict[str, Action] = {}
        harm: Harm | None = None
        for action, outcome, seen in self._looked(actions):
            if not outcome.state and (outcome.changed or action.temporary):
                changed = {name: [c.gone, c.new] for name, c in outcome.changed.items()}
                effect = json.dumps([changed, action.steps if action.temporary else ()], sort_keys=True)
                harm = harm or self._harm(action, self._by_it(action, seen))
                # What harms by another function is told of that one, and nothing worse comes of it later.
                if harm or not (action.shadowing and self._harm(action, seen)):
                    done.setdefault(effect, action)
            elif outcome.state and (early := self._harm(action, seen)):
                harm = harm or replace(early, what=f"{early.what}, before COMMIT refused it")
        return list(done.values()), harm

    def _by_it(self, action: Action, seen: dict[str, list[str]]) -> dict[str, list[str]]:
        """Return what was seen by the function that an action is meant for; all where it is for none."""
        if not action.shadowing:
            return seen
        return {name: rows for name, rows in seen.items() if action.subject in self._run_to_read(name)}

    def _run_to_read(self, name: str) -> frozenset[str]:
        if name not in self._running:
            called = self.field.texts.called(self.field.texts.run_to_read(name))
            self._running[name] = frozenset(function.signature for function in called)
        return self._running[name]

    def _looked(self, actions: Iterable[Action]) -> Iterator[tuple[Action, Outcome, dict[str, list[str]]]]:
        """Run each action, and read afterwards what it could have opened, also if COMMIT refuses it."""
        opened = ((action, self._opened_by(action)) for action in actions)
        attempts = (
            Attempt(
                self.bob,
                (*action.steps, *([self.looks.at(relations)] if relations else [])),
                action.watch,
                (action, relations),
                action.before,
            )
            for action, relations in opened
        )
        for attempt, outcome in self.field.runner.run(attempts):
            action, relations = attempt.about
            late = outcome.at_commit(attempt)
            if outcome.state and not late and outcome.reached > len(action.steps):
                yield action, *self._one_by_one(action, relations)
            else:
                seen = relations and (late or not outcome.state)
                yield action, outcome, self.looks.seen(outcome) if seen else {}

    def _one_by_one(self, action: Action, relations: list[Relation]) -> tuple[Outcome, dict[str, list[str]]]:
        """Read each relation alone, after one of them refused."""
        effect = self.field.runner.one(Attempt(self.bob, action.steps, action.watch, before=action.before))
        attempts = [
            Attempt(self.bob, (*action.steps, read(r)), about=r, before=action.before) for r in relations
        ]
        return effect, {
            attempt.about.name: list(outcome.rows)
            for attempt, outcome in self.field.runner.run(attempts)
            if not outcome.state
        }

    def _opened_by(self, action: Action) -> list[Relation]:
        """Return what bob may see more of after an action; not what he has changed himself and alone."""
        own = action.touches if len(action.touches) == 1 and not action.temporary else frozenset()
        found = {r.name: r for name in sorted(action.touches) for r in self._depending[name]}
        if action.settings:
            found |= {relation.name: relation for relation in self.looks.relations[:_LOOKED]}
        opened = [r for r in found.values() if own != {r.name} or self.field.texts.depends_on(r.name) != own]
        return self._of_each_kind(opened, action.touches)

    def _of_each_kind(self, relations: list[Relation], touched: Collection[str]) -> list[Relation]:
        """Leave out what is shown by the same words as others, which were not written to either."""
        read: Counter[Hashable] = Counter()
        kept = []
        for relation in relations:
            filled = self.field.population.row(relation.name, ALICE.name) is not None
            alike = filled and relation.name not in touched
            kind = self._kinds[relation.name] if alike else relation.name
            read[kind] += 1
            if read[kind] <= _ALIKE:
                kept.append(relation)
        return kept

    @cached_property
    def _kinds(self) -> dict[str, Hashable]:
        """By relation, what alone says which of its rows bob sees, where that says of others the same."""
        owned = self.field.owners.owned
        roles = frozenset((self.bob.role, *above(self.bob.role, self.field.catalog.roles)))
        return {
            relation.name: (
                conditions_showing(relation, roles),
                owned[relation.name].columns,
                tuple((key.columns, key.target) for key in relation.foreign_keys),
            )
            if relation.rls and relation.name in owned
            else relation.name
            for relation in self.looks.relations
        }

    @cached_property
    def _depending(self) -> dict[str, list[Relation]]:
        """The hidden relations whose reading looks at a relation."""
        found: dict[str, list[Relation]] = defaultdict(list)
        for relation in self.looks.relations:
            for name in self.field.texts.depends_on(relation.name):
                found[name].append(relation)
        return found

    def _harm(self, action: Action, seen: dict[str, list[str]]) -> Harm | None:
        """Tell of the first row of others that was seen and that the attacker did not write himself."""
        for name, texts in seen.items():
            relation = self.field.catalog.relation(name)
            if action.settings and self._chosen(action, name):
                continue
            if action.asks and may_see(self.field, action.asks, name):
                continue
            rows = self._others(relation, texts) if relation else []
            victim = ALICE.name if rows else "a stranger"
            rows = rows or (self._strangers(relation, texts) if relation else [])
            if relation and rows and action.before:
                before = (*action.before, *action.allowed)
                open_ = self.field.runner.one(Attempt(self.bob, (read(relation),), before=before))
                rows = [text for text in rows if text not in open_.rows]
            if relation and rows and not action.asks and self._let_in(action, relation, rows):
                continue
            if relation and rows and (what := self._new(action, relation, rows)):
                steps = (*action.steps, read(relation))
                script = self.field.script(name, self.bob, steps, "select 1", before=action.before)
                said = f"{what}, {action.said}" if action.said else what
                by = "it says who acts for work of its own, and does not take that back"
                acting = action.subject in self._acting
                return Harm(BOB.name, "read", name, victim, said, script, by=by if acting else "")
        return self._borrowed.harm(action, seen)

    @cached_property
    def _borrowed(self) -> Borrowed:
        return Borrowed(self.field, self.looks.relations, self._before)

    def _let_in(self, action: Action, relation: Relation, rows: list[str]) -> bool:
        """Whether she or her tenant is open to all, and an action enters nothing more once that is over."""
        texts = " ".join(
            text for name in sorted(action.touches) for text in self.field.texts.run_to_write(name)
        )
        doors = {*self.field.owners.people, *self.field.owners.roots} & self.field.texts.mentioned(texts)
        states = [state for name in sorted(doors) for _, state in closings(self.field, name, texts)]
        look = read(relation)
        for before in ((*action.before, *state.statements) for state in states):
            entered, held = (
                self.field.runner.one(Attempt(actor, steps, before=before))
                for actor, steps in ((self.bob, (*action.steps, look)), (self.alice, (look,)))
            )
            if {*rows} <= {*held.rows} and not {*rows} & {*entered.rows}:
                return True
        return False

    def _chosen(self, action: Action, name: str) -> bool:
        """Whether a setting alone says who somebody is, and the attacker chose to say the victim's name.

        Whoever runs SQL there can say so without the function: the application has to keep it from users.
        A function that says so for its own work, and does not take it back, has said it itself.
        """
        if action.subject in self._acting:
            return False
        keys = [
            ALICE.uuid,
            str(ALICE.number),
            *(str(self.field.cast.tenant_key(t)) for t in ALICE.tenants),
        ]
        said = "\n".join(action.steps)
        return not self.field.texts.asks_claims(name) and any(key in said for key in keys)

    def _new(self, action: Action, relation: Relation, rows: list[str]) -> str:
        """Return a value that the attacker did not write himself."""
        said = "\n".join(action.steps)
        for text in rows:
            row = json.loads(text)
            values = [v for name, v in row.items() if name not in self.field.key_columns(relation)]
            texts = (v for v in values if isinstance(v, str) and "canary-" in v and v not in said)
            told = [v for v in texts if self.field.recognition.canaries_of_others(v, BOB)]
            if told:
                return f"`{told[0]}`"
        content = [c for c in relation.columns if c.name not in self.field.key_columns(relation)]
        held = {json.dumps(r, sort_keys=True) for r in self.field.population.held.get(relation.name, ())}
        same = [t for t in rows if json.dumps(json.loads(t), sort_keys=True) in held]
        return f"`{same[0][:60]}`" if same and content else ""

    def _sequels(self, allowed: list[Action], most: int) -> Iterator[Assault]:
        """Use a row that was made by its key or its code: an invitation is accepted, a group joined."""
        sequels = Sequels(self.field, self.relations, self.functions)
        by_subject: dict[str, list[Action]] = {}
        for action in itertools.islice(sequels.all(allowed), most):
            by_subject.setdefault(action.subject, []).append(action)
        for subject, actions in by_subject.items():
            _, harm = self._tried(actions)
            if harm:
                yield Assault(subject, "ESCALATE TWICE", len(actions), (harm,))

    def _in_turn(self, subject: str, pairs: list[tuple[Action, Action]]) -> Iterator[Assault]:
        both = [
            Action(
                subject,
                (*first.steps, *second.steps),
                first.touches | second.touches,
                first.before,
                changes=frozenset((*first.watch, *second.watch)),
                shadowing=second.shadowing,
            )
            for first, second in pairs
        ]
        _, harm = self._tried(both)
        if harm:
            yield Assault(subject, "ESCALATE TWICE", len(pairs), (harm,))
