"""Brings a row of hers back into sight that she has hidden: what shows it may ask only what bob writes.

What she shares as it is made was seen before, so that nothing comes of any action of his. Once she has turned
her own switch off, nothing of what he says about it may turn it on again.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.gates import closings
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.gather.bounds import each
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.climbing.action import Action
    from pytest_readiness.gather.attacks.climbing.actions import Actions
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.gather.store import Shard

_SUBJECTS = 12
"""Relations and functions through which one row is tried to be brought back."""

_MOST, _IN_ALL = 60, 6000
"""Actions through one relation or function for one hidden row, and for all rows through one of each."""


class BroughtBack:
    """Tries what bob may write where it decides over rows of hers that are hidden.

    Attributes:
        relations: That decide.
        functions: That he may call, and that look at such.
    """

    def __init__(
        self, actions: Actions, relations: Iterable[Relation], functions: Iterable[Function]
    ) -> None:
        self.field = actions.field
        self.actions = actions
        self.relations = {relation.name: relation for relation in relations}
        self.functions = [one for one in functions if actions.role in one.callers]
        self.alice, self.bob = self.field.cast.user(ALICE), self.field.cast.user(BOB)
        self._known: dict[str, tuple[Action, ...]] = {}
        self.most = each(_MOST, _IN_ALL, len(self.field.hidings))
        self.keys = self.field.keys_of(ALICE)

    def all(self, shard: Shard) -> Iterator[Assault]:
        """Yield what brought a row back, for each hidden one of this shard."""
        for name in shard.part(sorted(self.field.hidings)):
            relation, state = self.field.catalog.relation(name), self.field.hidings[name]
            if relation and not self._is_of_time(state):
                yield from self._of(relation, state)

    def _is_of_time(self, state: State) -> bool:
        """Whether a row is hidden because it is over: whoever was there before still sees it."""
        relation = self.field.catalog.relation(state.relation)
        column = relation.column(state.value[0]) if relation else None
        return bool(column and column.dated)

    def _of(self, relation: Relation, state: State) -> Iterator[Assault]:
        row = self.field.population.row(relation.name, ALICE.name)
        look = read(relation, row.where) if row else ""
        for subject, actions in itertools.islice(self._deciding(relation), _SUBJECTS):
            attempts = [
                Attempt(self.bob, (*action.steps, look), about=action, before=state.statements)
                for action in actions
            ]
            found = (self._harm(relation, state, *done) for done in self.field.runner.run(attempts))
            harm = next(filter(None, found), None)
            if attempts:
                yield Assault(subject, "ESCALATE", len(attempts), (harm,) if harm else ())

    def _deciding(self, relation: Relation) -> Iterator[tuple[str, tuple[Action, ...]]]:
        """Yield what bob may do through each relation and function that a relation looks at."""
        using = [policy.using for policy in relation.shown_by]
        said = [*using, *(function.body for function in self.field.texts.called(using))]
        asked = self.field.texts.mentioned(" ".join(said)) - {relation.name}
        for name in sorted(asked & self.relations.keys()):
            yield name, self._named(name, self.actions.of_relation(self.relations[name]))
        for function in self.functions:
            if self.field.texts.changed_by(function) & asked:
                yield function.signature, self._named(function.signature, self.actions.of_function(function))

    def _is_let_in(self, attempt: Attempt, relation: Relation, outcome: Outcome) -> bool:
        """Whether she lets in whoever comes, by a switch of her own, and nobody once that is turned.

        Who follows her sees what is for followers; that he may follow is hers to say.
        """
        look = Attempt(self.alice, (read(relation),))
        for state in self._doors(attempt.about):
            before = (*attempt.before, *state.statements)
            entered, held = (self.field.runner.one(replace(one, before=before)) for one in (attempt, look))
            shut = not held.state and not {*outcome.rows} & {*entered.rows}
            if shut and {*outcome.rows} <= {*held.rows}:
                return True
        return False

    def _doors(self, action: Action) -> Iterator[State]:
        """Yield her own row, or her tenant's, with a switch turned that is asked for as one writes."""
        texts = " ".join(
            text for one in sorted(action.touches) for text in self.field.texts.run_to_write(one)
        )
        said = names(texts)
        for name in sorted({*self.field.owners.people, *self.field.owners.roots}):
            relation, row = self.field.catalog.relation(name), self.field.population.row(name, ALICE.name)
            if relation is None or row is None or relation.table not in said:
                continue
            yield from (state for _, state in closings(self.field, name, texts))
            for column in relation.columns:
                if column.type == "boolean" and column.name in said and not column.generated:
                    yield change(
                        name, column, "false" if row.texts.get(column.name) == "true" else "true", row
                    )

    def _named(self, subject: str, listed: Iterator[Action]) -> tuple[Action, ...]:
        """Return the actions through a subject that name what is hers: many rows ask the same relation."""
        if subject not in self._known:
            self._known[subject] = tuple(itertools.islice(filter(self._names_her, listed), self.most))
        return self._known[subject]

    def _names_her(self, action: Action) -> bool:
        said = "\n".join(action.steps)
        return not action.before and any(key in said for key in self.keys)

    def _harm(self, relation: Relation, state: State, attempt: Attempt, outcome: Outcome) -> Harm | None:
        if outcome.state:
            return None
        told = self.field.told(attempt, outcome, BOB)
        if not told or self._is_let_in(attempt, relation, outcome):
            return None
        script = self.field.script(relation.name, self.bob, attempt.steps, "select 1", before=attempt.before)
        what = f"{told}, where {state.said}"
        return Harm(BOB.name, "read", relation.name, ALICE.name, what, script)
