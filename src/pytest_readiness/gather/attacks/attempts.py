"""Runs attempts as somebody, in bulk: each is judged inside the server and undone, in one round trip."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import psycopg

    from pytest_readiness.target.identities import Identity

QUERY = "?"
"""Marks a step whose rows are kept."""

UNCOUNTED = "!"
"""Marks a step whose rows do not count among those that were touched."""

_TOGETHER = 200
"""Attempts that are sent before the first answer is read."""

_LIMITS = "set statement_timeout = '2s'; set lock_timeout = '300ms'; set client_min_messages = notice"
_ROWS = 2000
_ATTEMPT = "select readiness_attempts.attempt(%s, %s::text[], %s::text[], %s)::text"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Statements of one actor, to be undone.

    Attributes:
        actor: Who runs them.
        steps: The statements; one that starts with QUERY returns rows of one text column.
        watch: Relations whose rows are compared with what they were.
        about: For whoever made it.
        before: What a superuser does first, to make the attempt possible.
    """

    actor: Identity
    steps: tuple[str, ...]
    watch: tuple[str, ...] = ()
    about: Any = None
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What an attempt did to one relation: rows as they were, and as they became."""

    gone: tuple[dict[str, Any], ...]
    new: tuple[dict[str, Any], ...]


_SAME = Change((), ())


def _beyond(change: Change, control: Change) -> Change:
    gone = [row for row in change.gone if row not in control.gone]
    gone += [row for row in control.new if row not in change.new]
    new = [row for row in change.new if row not in control.new]
    new += [row for row in control.gone if row not in change.gone]
    return Change(tuple(gone), tuple(new))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt.

    Attributes:
        state: SQLSTATE of the refusal; empty when every step succeeded.
        said: Message, detail and hint of the refusal.
        constraint: That refused, if one did.
        reached: Number of the step that failed, or of the last.
        touched: Rows that the statements reported as affected.
        rows: What the last query returned.
        changed: By watched relation; those that stayed as they were are left out.
        notices: What the server told the caller meanwhile.
    """

    state: str
    said: str
    constraint: str
    reached: int
    touched: int
    rows: tuple[str, ...]
    changed: Mapping[str, Change] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    def beyond(self, control: Outcome) -> Outcome:
        """Return the same without what another attempt changed as well, from the same start."""
        changed = {
            name: change
            for name in {*self.changed, *control.changed}
            if (change := _beyond(self.changed.get(name, _SAME), control.changed.get(name, _SAME))) != _SAME
        }
        return replace(self, changed=changed)

    @property
    def message(self) -> str:
        """The first line of what the server said."""
        return self.said.split("\n")[0]


def install(connection: psycopg.Connection) -> None:
    """Put what runs attempts into a copy of the target."""
    connection.execute(files(__package__).joinpath("attempts.sql").read_text(encoding="utf-8").encode())


def watch(connection: psycopg.Connection, queries: Mapping[str, str]) -> None:
    """Remember the rows of relations; a query yields (id, row) of one of them."""
    with connection.pipeline():
        for name, query in queries.items():
            connection.execute("select readiness_attempts.watch(%s, %s)", (name, query))


class Runner:
    """A connection, as superuser, to a copy in which `install` was run."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.count = 0
        self._notices: list[str] = []
        connection.execute(_LIMITS)
        connection.add_notice_handler(lambda said: self._notices.append(said.message_primary or ""))

    def run(self, attempts: Iterable[Attempt]) -> Iterator[tuple[Attempt, Outcome]]:
        """Run attempts one after another, each on the target as it was at first.

        Raises:
            psycopg.OperationalError: The server ended the session.
        """
        waiting = iter(attempts)
        while together := tuple(islice(waiting, _TOGETHER)):
            yield from zip(together, self._together(together), strict=True)

    def one(self, attempt: Attempt) -> Outcome:
        """Run a single attempt; only its outcome has the notices."""
        self._notices.clear()
        (outcome,) = self._together((attempt,))
        return outcome

    def _together(self, attempts: tuple[Attempt, ...]) -> list[Outcome]:
        """Send them in one pipeline: what fails in an attempt stays in it, so none ends the transaction."""
        self.count += len(attempts)
        given = [(_become(attempt), list(attempt.steps), list(attempt.watch), _ROWS) for attempt in attempts]
        with self.connection.cursor() as cursor:
            cursor.executemany(_ATTEMPT, given, returning=True)
            return [self._outcome(results.fetchone()) for results in cursor.results()]

    def _outcome(self, row: tuple[Any, ...] | None) -> Outcome:
        found = json.loads(row[0] if row else "{}")
        said = "\n".join(text for text in (found["message"], found["detail"], found["hint"]) if text)
        notices = tuple(self._notices)
        return Outcome(
            state=found["state"],
            said=said,
            constraint=found["constraint"],
            reached=found["reached"],
            touched=found["touched"],
            rows=tuple(found["rows"] or ()),
            changed={
                name: Change(_rows(change["gone"]), _rows(change["new"]))
                for name, change in found["changed"].items()
            },
            notices=notices,
        )


def _become(attempt: Attempt) -> str:
    return "\n".join([*(f"{statement};" for statement in attempt.before), attempt.actor.script()])


def _rows(texts: list[str]) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(text) for text in texts)
