"""Whether calls that met ended as they may: as in some order of them, and without a deadlock."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import OWN_LEVEL
from pytest_readiness.judges.wallet.anomalies import HANGS, LOST
from pytest_readiness.judges.wallet.replays import replay
from pytest_readiness.judges.wallet.serial import REPLAYS, deadlocked, explained, told
from pytest_readiness.vocabulary import Finding, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.wallet import Exploration, Observed

LEFT_OUT = "aborted"
"""In place of an answer, where an order is one of the other calls alone."""

_UNDONE = re.compile(rf" was (refused|aborted)\b| {HANGS}$")

STRICT = ("read committed", OWN_LEVEL)
"""Levels at which nobody expects to try a deadlock again; callers of others try again what was aborted."""


def acted_in_turn(scenario: str, explorations: Sequence[Exploration]) -> Finding:
    """Compare what a scenario led to with what the same calls lead to one by one."""
    # A deadlock in which nobody was served hangs, and is told here; one that was resolved is not.
    wrong = [(e, o) for e in explorations for o in e.observed if not explained(o)]
    again = [(e, o) for e, o in wrong if o.replays == REPLAYS and e.declared]
    if again:
        exploration, observed = again[0]
        seen, every = {e.level for e, _ in again}, {e.level for e in explorations}
        levels = f"Seen at {len(seen)} of {len(every)} isolation levels."
        text = f"{told(exploration, observed)}\n{levels}"
        return failed(scenario, text, reproduce=_script(exploration, observed))
    if wrong:
        exploration, observed = max(wrong, key=lambda found: (found[0].declared, found[1].replays))
        if exploration.declared:
            why = (
                "The same schedule did not end so each time that it was replayed, so that nothing is proved."
            )
        else:
            why = f'Say whether callers use {exploration.level}: isolation = ["read committed"] in [wallet].'
        return unknown(scenario, f"{told(exploration, observed)}\n{why}", reason="unstable or undeclared")
    unset = [e for e in explorations if e.setup]
    if unset:
        return unknown(scenario, f"it could not be brought about: {unset[0].setup}")
    if idle := _idle(explorations):
        return unknown(scenario, idle, reason="control")
    runs = sum(exploration.runs for exploration in explorations)
    count = len({exploration.level for exploration in explorations})
    at = "1 isolation level" if count == 1 else f"{count} isolation levels"
    return passed(scenario, f"{runs} runs at {at} ended as in some order")


def got_through(exploration: Exploration) -> Finding:
    """Look for deadlocks that no order of the same calls has."""
    scenario = exploration.scenario
    if exploration.setup:
        return unknown(scenario, f"it could not be brought about: {exploration.setup}")
    dead = [observed for observed in exploration.observed if deadlocked(observed) and explained(observed)]
    if dead and exploration.level in STRICT:
        seen = max(dead, key=lambda observed: observed.replays)
        # Locks cross or do not by who wakes first; the server says it of locks that did, and of no others.
        if not seen.replays:
            return unknown(scenario, told(exploration, seen), reason="unstable")
        return failed(scenario, told(exploration, seen), reproduce=_script(exploration, seen))
    if not any("was done" in answer for o in exploration.observed for answer in o.outcome.answers):
        return unknown(scenario, "nothing was done in any order", reason="control")
    if idle := _idle([exploration]):
        return unknown(scenario, idle, reason="control")
    aborted = f"in a deadlock that callers at {exploration.level} try again" if dead else "without a deadlock"
    return passed(scenario, f"{exploration.runs} runs ended {aborted}")


def _idle(explorations: Sequence[Exploration]) -> str:
    """Say what was done in no order; nothing where everything was."""
    if not any(exploration.observed for exploration in explorations):
        return "nothing was called"
    idle = list(undone(explorations))
    return f"done in no order: {'; '.join(idle)}" if idle else ""


def undone(explorations: Sequence[Exploration]) -> Iterator[str]:
    """Yield one answer of each operation that was refused in every order, or of all where none was done.

    Who was only ever aborted by the server may try again, and then is done; who is lost need not be.
    """
    answers = [
        answer
        for exploration in explorations
        for observed in exploration.observed
        for outcome in (observed.outcome, *observed.allowed)
        for answer in outcome.answers
        if answer != LEFT_OUT and LOST not in answer
    ]
    done = {_called(answer) for answer in answers if not _UNDONE.search(answer)}
    left = [answer for answer in answers if _called(answer) not in done]
    idle = [answer for answer in left if not done or " was aborted" not in answer]
    yield from {_called(answer): answer for answer in reversed(idle)}.values()


def refuses(exploration: Exploration, operation: str) -> bool:
    """Tell whether an operation is done in no order, and nothing else is wrong."""
    right = all(explained(observed) and not deadlocked(observed) for observed in exploration.observed)
    return right and any(answer.startswith(f"{operation} ") for answer in undone([exploration]))


def _called(answer: str) -> str:
    """Return the call that an answer was given to."""
    return answer.partition(" was ")[0]


def _script(exploration: Exploration, observed: Observed) -> str:
    return "\n".join([*observed.script, f"-- {replay(exploration, observed).command}"])
