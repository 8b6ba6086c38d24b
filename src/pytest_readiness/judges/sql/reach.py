"""Which relations the target's SQL reaches: what a statement may look at or change, told from mentions.

Nothing is judged from text. A mention too many costs time, not truth.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import last_name, names, plain, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation

DYNAMIC = re.compile(r"\bexecute\b(?!\s+(?:function|procedure|on)\b)", re.IGNORECASE)
"""A text that is put together as it runs: it may mention anything."""

_QUALIFIER = re.compile(r'(?<![\w$"])("(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)\.')
_ACTING = re.compile(
    r"\b(insert|update|delete|merge|truncate|execute|perform|call|raise|select|into|null|old|set_config|"
    r"pg_notify|notify|lo_\w+|nextval|setval|dblink\w*)\b",
    re.IGNORECASE,
)
"""What a trigger does not need that only keeps a time, and that any other one does."""

_CHANGES = re.compile(
    r"\b(insert|update|delete|merge|truncate|copy|call|execute|drop|alter|create|refresh|grant|revoke|"
    r"lo_\w+|dblink\w*|setval|nextval)\b",
    re.IGNORECASE,
)
"""What a text says that changes something itself, or may."""


@dataclass(frozen=True)
class Reach:
    """Relations and functions, indexed by the names that texts mention."""

    catalog: CatalogEvidence
    _relations: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _functions: dict[str, list[Function]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for relation in self.catalog.relations:
            self._relations[relation.table].append(relation.name)
        for function in self.catalog.functions:
            self._functions[last_name(function.name)].append(function)

    def named(self, name: str) -> list[str]:
        """Return the relations of any schema that have this name."""
        return self._relations.get(name, [])

    def mentioned(self, text: str) -> frozenset[str]:
        """Return the relations whose name occurs in a text."""
        return frozenset(name for said in words(text) for name in self._relations.get(said, ()))

    def _closed(self, texts: Iterable[str]) -> frozenset[str]:
        """Return the relations that texts mention, directly or through functions, views and policies."""
        relations: set[str] = set()
        functions: set[str] = set()
        todo = list(texts)
        while todo:
            text = todo.pop()
            if DYNAMIC.search(plain(text)):
                return frozenset(relation.name for relation in self.catalog.relations)
            for said in names(text):
                for function in self._functions.get(said, ()):
                    if function.signature not in functions:
                        functions.add(function.signature)
                        todo.append(function.body)
                for name in self._relations.get(said, ()):
                    if name not in relations:
                        relations.add(name)
                        relation = self.catalog.relation(name)
                        todo += deciding_of(relation) if relation else ()
        return frozenset(relations)

    def run_to_read(self, name: str) -> tuple[str, ...]:
        """Return the texts that may run when a relation is read: conditions, views, functions."""
        said = [text for one in self._known(self.depends_on(name)) for text in _shown_by(one)]
        return (*said, *(function.body for function in self.called(said)))

    def run_to_write(self, name: str) -> tuple[str, ...]:
        """Return the texts that may run when a relation is written to: those of what it touches as well."""
        near = {one for touched in self.touched_by(name) for one in self.depends_on(touched)}
        said = [text for one in self._known(near) for text in _said_of(one)]
        return (*said, *(function.body for function in self.called(said)))

    def _known(self, names: Iterable[str]) -> Iterator[Relation]:
        return (relation for name in sorted(names) if (relation := self.catalog.relation(name)))

    def called(self, texts: Iterable[str]) -> tuple[Function, ...]:
        """Return the target's functions that texts call, directly or through others."""
        found: dict[str, Function] = {}
        todo = list(texts)
        while todo:
            for function in self.named_functions([todo.pop()]):
                if function.signature not in found:
                    found[function.signature] = function
                    todo.append(function.body)
        return tuple(found.values())

    def depends_on(self, name: str) -> frozenset[str]:
        """Return the relations that reading a relation may look at: by policies, view text, functions."""
        return self._reading[name]

    @cached_property
    def _reading(self) -> dict[str, frozenset[str]]:
        return {
            relation.name: self._closed([*deciding_of(relation)]) | {relation.name}
            for relation in self.catalog.relations
        }

    @cached_property
    def depending(self) -> dict[str, tuple[str, ...]]:
        """By relation, those that look at it when they are read, itself included."""
        found: dict[str, list[str]] = defaultdict(list)
        for relation in self.catalog.relations:
            for name in self._reading[relation.name]:
                found[name].append(relation.name)
        return {name: tuple(names) for name, names in found.items()}

    @cached_property
    def consulted(self) -> frozenset[str]:
        """Relations that policies and views of others read."""
        return frozenset(
            name
            for relation in self.catalog.relations
            for name in self.depends_on(relation.name) - {relation.name}
        )

    @cached_property
    def deciding(self) -> frozenset[str]:
        """Relations whose rows decide what others may do: read by policies, views or functions."""
        found = set(self.consulted)
        for relation in self.catalog.relations:
            found |= {
                name for text in conditions_of(relation) for name in self.mentioned(_beyond(relation, text))
            }
        for function in self.running:
            found |= self.function_reach(function)
        return frozenset(found)

    @cached_property
    def running(self) -> tuple[Function, ...]:
        """Functions that clients make run: by a call, or by what runs when they read or write.

        What the backend alone calls, such as the restoring of a copy, decides nothing for them.
        """
        own = [f for f in self.catalog.functions if f.callers or f.attached]
        texts = [text for relation in self.catalog.relations for text in run_with(relation)]
        others = self.called([*texts, *(function.body for function in own)])
        return tuple({function.signature: function for function in (*own, *others)}.values())

    def staged(self, steps: Iterable[str]) -> frozenset[str]:
        """Return the relations whose rows decide what becomes of statements."""
        found: set[str] = set()
        for step in steps:
            for name in self.mentioned(step):
                found |= self.depends_on(name)
            for name in names(step):
                for function in self._functions.get(name, ()):
                    found |= self.function_reach(function)
        return frozenset(found)

    def function_reach(self, function: Function) -> frozenset[str]:
        """Return the relations that a call may look at or change."""
        return self._function_reaches[function.signature]

    def nearest(self, function: Function) -> list[str]:
        """Return the same in order: what the function names, what is read by that, and what may be any."""
        said = self.mentioned(function.body)
        read = {one for name in said for one in self.depends_on(name)}
        reach = self.function_reach(function)
        return sorted(reach, key=lambda name: (name not in said, name not in read, name))

    @cached_property
    def _function_reaches(self) -> dict[str, frozenset[str]]:
        found = {}
        for function in self.catalog.functions:
            read = self._closed([function.body])
            touched = {part for name in read for part in self.touched_by(name)}
            found[function.signature] = frozenset(read | touched)
        return found

    def changed_by(self, function: Function) -> frozenset[str]:
        """Return the relations that a call may change: all that a text of its names which writes anything."""
        return self._changes[function.signature]

    @cached_property
    def _changes(self) -> dict[str, frozenset[str]]:
        return {function.signature: self._changed(function) for function in self.catalog.functions}

    def _changed(self, function: Function) -> frozenset[str]:
        reach = self.function_reach(function)
        if DYNAMIC.search(plain(function.body)):
            return reach
        shown = [text for relation in self._known(reach) for text in deciding_of(relation)]
        bodies = (one.body for one in self.called([function.body, *shown]))
        texts = [plain(text) for text in (function.body, *bodies) if _CHANGES.search(plain(text))]
        if any(DYNAMIC.search(text) for text in texts):
            return reach
        named = {name for text in texts for name in self.mentioned(text)}
        return frozenset(one for name in named for one in self.touched_by(name)) & reach

    def consulted_by(self, relation: Relation, texts: Iterable[str]) -> frozenset[str]:
        """Return the relations that texts of a relation's own, such as its policies, look at."""
        return self._closed(_beyond(relation, text) for text in texts)

    def touched_by(self, name: str) -> frozenset[str]:
        """Return the relations that a write to this one may change."""
        return self._writing[name]

    def added_by(self, name: str) -> frozenset[str]:
        """Return the relations that a new row of this one may change: nothing refers to that yet."""
        return self._adding[name]

    def inert(self, name: str) -> bool:
        """Whether a write to this table does nothing but what its statement says.

        No rule, no function that its policies call, and no trigger acts on its own; one that only
        assigns to the new row does not.
        """
        return name in self._inert

    @cached_property
    def _inert(self) -> frozenset[str]:
        return frozenset(r.name for r in self.catalog.relations if r.kind == "table" and self._is_inert(r))

    def _is_inert(self, relation: Relation) -> bool:
        if relation.rules or any(_ACTING.search(trigger.body) for trigger in relation.triggers):
            return False
        bodies = [trigger.body for trigger in relation.triggers]
        called = self.named_functions(
            [*conditions_of(relation), *bodies, *(c.definition for c in relation.checks)]
        )
        return not any(function.volatility == "volatile" for function in called)

    def named_functions(self, texts: Iterable[str]) -> list[Function]:
        """Return the target's functions that texts mention."""
        return [
            function for text in texts for said in names(text) for function in self._functions.get(said, ())
        ]

    @cached_property
    def _writing(self) -> dict[str, frozenset[str]]:
        return {relation.name: frozenset(self._spread(relation)) for relation in self.catalog.relations}

    @cached_property
    def _adding(self) -> dict[str, frozenset[str]]:
        beyond = {relation.name: [*self._beyond_cascades(relation)] for relation in self.catalog.relations}
        return {
            name: frozenset({name}).union(*(self._writing.get(one, ()) for one in others))
            for name, others in beyond.items()
        }

    def _spread(self, relation: Relation) -> set[str]:
        done: set[str] = set()
        todo = [relation.name]
        while todo:
            name = todo.pop()
            known = self.catalog.relation(name)
            if name in done or known is None:
                continue
            done.add(name)
            todo += self._next_of(known)
        return done

    def _next_of(self, relation: Relation) -> Iterator[str]:
        """Yield what a write goes on to: cascades, triggers, rules, the table below a view, the whole."""
        yield from self._cascades[relation.name]
        yield from self._beyond_cascades(relation)

    def _beyond_cascades(self, relation: Relation) -> Iterator[str]:
        if relation.parent:
            yield relation.parent
        yield from self._parts[relation.name]
        acting = [trigger.body for trigger in relation.triggers] + list(relation.rules)
        yield from self._closed([*acting, relation.view]) if acting or relation.view else ()

    @cached_property
    def _cascades(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for relation in self.catalog.relations:
            for key in relation.foreign_keys:
                found[key.target].append(relation.name)
        return found

    @cached_property
    def _parts(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for relation in self.catalog.relations:
            if relation.parent:
                found[relation.parent].append(relation.name)
        return found


def conditions_of(relation: Relation) -> Iterator[str]:
    """Yield what the policies of a relation say."""
    for policy in relation.policies:
        yield f"{policy.using} {policy.check}"


def _beyond(relation: Relation, text: str) -> str:
    """Return a text of a relation's own without the qualifiers that name the row itself."""
    return _QUALIFIER.sub(
        lambda found: "" if found[1] in {relation.table, _quoted(relation)} else found[0], text
    )


def conditions_showing(relation: Relation, roles: frozenset[str]) -> tuple[tuple[bool, str], ...]:
    """Return the conditions by which roles are shown rows, each with whether it is enough alone."""
    return tuple(
        sorted(
            (policy.permissive, _beyond(relation, policy.using))
            for policy in relation.policies
            if policy.command in {"SELECT", "ALL"} and (roles | {"public"}) & {*policy.roles}
        )
    )


def _quoted(relation: Relation) -> str:
    return '"' + relation.table.replace('"', '""') + '"'


def deciding_of(relation: Relation) -> Iterator[str]:
    """Yield what decides which of its rows are there for whom."""
    yield from conditions_of(relation)
    if relation.view:
        yield relation.view


def run_with(relation: Relation) -> Iterator[str]:
    """Yield what runs when its rows are read or written."""
    yield from deciding_of(relation)
    yield from (column.default for column in relation.columns if column.default)
    yield from relation.rules
    yield from (trigger.body for trigger in relation.triggers)


def _shown_by(relation: Relation) -> Iterator[str]:
    """Yield what says which rows are shown."""
    yield from (policy.using for policy in relation.policies if policy.command in {"SELECT", "ALL"})
    yield relation.view


def _said_of(relation: Relation) -> Iterator[str]:
    """Yield all that is said of a relation."""
    yield from run_with(relation)
    yield from (check.definition for check in relation.checks)
