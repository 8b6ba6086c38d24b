"""Runs attempts as somebody, in bulk: each is judged inside the server and undone, many in one round trip."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from itertools import accumulate, chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_readiness.evidence.people import EVERYBODY, TENANTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import psycopg

    from pytest_readiness.target.identities import Identity

T = TypeVar("T")

QUERY = "?"
"""Marks a step whose rows are kept."""

UNCOUNTED = "!"
"""Marks a step whose rows do not count among those that were touched."""

OPENED = "@"
"""Marks a step that fetches from what was left open, under whatever name."""

_TOGETHER = 400
"""Attempts that are sent before the first answer is read."""

_LIMITS = "set statement_timeout = '2s'; set lock_timeout = '300ms'; set client_min_messages = notice"
HUNG = frozenset({"57014", "53400"})
"""Ended by the clock, or over what it spilled to files."""

_ABREAST = 128
"""Talks that are held at a time."""

_ROWS = 2000
_KEYS = (str(key) for one in (*EVERYBODY, *TENANTS) for key in (one.uuid, one.number))
MARKS = "|".join(("canary-", *_KEYS))
"""A pattern of what stands in people's rows: a text of theirs, or whose they are."""

_RUN = "select readiness_attempts.run(%s, %s::json, %s)"
_ID = "t.tableoid::text || t.ctid::text"
_OF_PLACE = """
create function readiness_attempts.{name}(place int) returns {kind} language plpgsql as $of_place$
begin
{branches}
end $of_place$
"""
_WATCH = """
insert into readiness_attempts.watched
select place, relation, coalesce(readiness_attempts.rows(place), '{}'), readiness_attempts.versions(place)
from json_array_elements_text(%s::json) with ordinality as o (relation, nr),
    lateral (select nr::int - 1) p (place)
"""

TRIPWIRE = "readiness_tripwire.wire"
"""A table that raises when a TRUNCATE that names it would be carried out."""

TRIPPED = "RDNTR"


@dataclass(frozen=True, slots=True)
class Attempt:
    """Statements of one actor, to be undone.

    Attributes:
        actor: Who runs them.
        steps: The statements; one that starts with QUERY returns rows of one text column.
        watch: Relations whose rows are compared with what they were; those that are not tables have none.
        about: For whoever made it.
        before: What a superuser does first, to make the attempt possible.
        inert: Whether nothing has changed if no row was touched: no trigger, no rule sees the statements.
    """

    actor: Identity
    steps: tuple[str, ...]
    watch: tuple[str, ...] = ()
    about: Any = None
    before: tuple[str, ...] = ()
    inert: bool = False


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
        reached: Number of the step that failed; one more than there are once all of them were done.
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

    def at_commit(self, attempt: Attempt) -> bool:
        """Whether what was deferred refused, after every step had done its work."""
        return bool(self.state) and self.reached > len(attempt.steps)

    @property
    def message(self) -> str:
        """The first line of what the server said."""
        return self.said.split("\n")[0]


Talk = Generator[Sequence[Attempt], list[Outcome], T]
"""Asks attempts one lot after another, and knows what came of a lot before it asks the next."""


def install(connection: psycopg.Connection) -> None:
    """Put what runs attempts into a copy of the target."""
    connection.execute(files(__package__).joinpath("attempts.sql").read_text(encoding="utf-8").encode())


def watch(connection: psycopg.Connection, rows: Mapping[str, tuple[str, str]]) -> None:
    """Remember the rows of relations.

    Args:
        connection: Of a superuser, to a copy in which `install` was run.
        rows: By relation, what follows FROM to yield its rows as ``t``, and the text of a row.
    """
    order = "order by t.tableoid, t.ctid"
    versions = [
        f"return (select string_agg({_ID}, ' ' {order}) from {source});" for source, _ in rows.values()
    ]
    whole = [
        f"return (select jsonb_object_agg({_ID}, {text} {order}) from {source});"
        for source, text in rows.values()
    ]
    for name, kind, statements in (("versions", "text", versions), ("rows", "jsonb", whole)):
        body = _OF_PLACE.format(name=name, kind=kind, branches=branches("place", statements))
        connection.execute(body.encode())
    connection.execute(_WATCH, (json.dumps(list(rows)),))


def branches(variable: str, statements: Sequence[str], first: int = 0) -> str:
    """Return PL/pgSQL that runs the statement of a number, found by halves: CASE tries one after another."""
    if len(statements) <= 1:
        return "".join(statements) or "null;"
    middle = len(statements) // 2
    low = branches(variable, statements[:middle], first)
    high = branches(variable, statements[middle:], first + middle)
    return f"if {variable} < {first + middle} then\n{low}\nelse\n{high}\nend if;"


class Runner:
    """A connection, as superuser, to a copy in which `install` and `watch` were run."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.count = 0
        self._notices: list[str] = []
        connection.execute(_LIMITS)
        connection.add_notice_handler(lambda said: self._notices.append(said.message_primary or ""))
        found = connection.execute("select relation, place from readiness_attempts.watched").fetchall()
        self._places: dict[str, int] = dict(found)

    def run(self, attempts: Iterable[Attempt]) -> Iterator[tuple[Attempt, Outcome]]:
        """Run attempts one after another, each on the target as it was at first.

        Raises:
            psycopg.OperationalError: The server ended the session.
        """
        waiting = iter(attempts)
        while together := tuple(islice(waiting, _TOGETHER)):
            yield from zip(together, self._together(together), strict=True)

    def abreast(self, talks: Iterable[Talk[T]]) -> Iterator[T]:
        """Hold talks side by side, so that what they ask next travels together; yield what each returns.

        Raises:
            psycopg.OperationalError: The server ended the session.
        """
        waiting = iter(talks)
        while chosen := list(islice(waiting, _ABREAST)):
            ended: dict[int, T] = {}
            asked = dict(_asking(((number, talk, None) for number, talk in enumerate(chosen)), ended))
            while asked:
                came = iter([outcome for _, outcome in self.run(chain.from_iterable(asked.values()))])
                answers = [(n, chosen[n], list(islice(came, len(ask)))) for n, ask in asked.items()]
                asked = dict(_asking(answers, ended))
            yield from (ended[number] for number in range(len(chosen)))

    def one(self, attempt: Attempt) -> Outcome:
        """Run a single attempt; only its outcome has the notices."""
        self._notices.clear()
        (outcome,) = self._together((attempt,))
        return replace(outcome, notices=tuple(self._notices))

    def _together(self, attempts: tuple[Attempt, ...]) -> list[Outcome]:
        """Send them in one pipeline, those of one actor in one call.

        What fails in an attempt stays in it, so none ends the transaction. A call that runs short of
        time answers for its first attempts, at least one; the others are sent again.
        """
        self.count += len(attempts)
        found: dict[int, Outcome] = {}
        waiting: dict[str, list[int]] = {}
        for number, attempt in enumerate(attempts):
            waiting.setdefault(_become(attempt), []).append(number)
        while waiting:
            calls = [
                (become, self._plan([attempts[number] for number in numbers]), _ROWS)
                for become, numbers in waiting.items()
            ]
            with self.connection.cursor() as cursor:
                cursor.executemany(_RUN, calls, returning=True)
                answers = [json.loads((results.fetchone() or ("[]",))[0]) for results in cursor.results()]
            for numbers, answer in zip(list(waiting.values()), answers, strict=True):
                found |= zip(numbers, map(_outcome, answer), strict=False)
            waiting = {
                become: numbers[len(answer) :]
                for (become, numbers), answer in zip(waiting.items(), answers, strict=True)
                if len(answer) < len(numbers)
            }
        return [found[number] for number in range(len(attempts))]

    def _plan(self, attempts: list[Attempt]) -> str:
        steps = [attempt.steps for attempt in attempts]
        watch = [
            [self._places[name] for name in attempt.watch if name in self._places] for attempt in attempts
        ]
        return json.dumps(
            {
                "steps": list(chain.from_iterable(steps)),
                "upto": list(accumulate(map(len, steps))),
                "watch": list(chain.from_iterable(watch)),
                "watched": list(accumulate(map(len, watch))),
                "idle": [attempt.inert for attempt in attempts],
                "marks": MARKS,
            },
            ensure_ascii=False,
        )


def _asking(
    talks: Iterable[tuple[int, Talk[T], list[Outcome] | None]], ended: dict[int, T]
) -> Iterator[tuple[int, Sequence[Attempt]]]:
    """Give each talk its answers, and yield what it asks next, or keep what it ended with."""
    for number, talk, answers in talks:
        try:
            yield number, next(talk) if answers is None else talk.send(answers)
        except StopIteration as stop:
            ended[number] = stop.value


def _outcome(found: dict[str, Any]) -> Outcome:
    said = "\n".join(text for name in ("message", "detail", "hint") if (text := found.get(name)))
    return Outcome(
        state=found.get("state", ""),
        said=said,
        constraint=found.get("constraint", ""),
        reached=found.get("reached", 0),
        touched=found.get("touched", 0),
        rows=tuple(found.get("rows", ())),
        changed={
            name: Change(_rows(change["gone"]), _rows(change["new"]))
            for name, change in found.get("changed", {}).items()
        },
    )


def _become(attempt: Attempt) -> str:
    return "\n".join([*(f"{statement};" for statement in attempt.before), attempt.actor.script()])


def _rows(texts: list[str]) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(text) for text in texts)
