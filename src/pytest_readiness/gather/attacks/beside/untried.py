"""What roles may that the application uses beside the one that is acted as: untried, and so it is told."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.gather.store import Shard
    from pytest_readiness.judges.owners.sessions import Beside
    from pytest_readiness.target.target import Target


def untried_writes(target: Target, shard: Shard) -> list[Assault]:
    """Return the writes of this shard that only such a role may, or by policies of its own."""
    return shard.part(_untried(target, {"INSERT", "UPDATE", "DELETE"}), attrgetter("subject"))


def untried_calls(target: Target, shard: Shard) -> list[Assault]:
    """Return the functions with their owner's rights that only such a role may call, of this shard."""
    return shard.part(_untried(target, {"CALL"}), attrgetter("subject"))


def untried_reads(target: Target) -> Iterator[Assault]:
    """Yield what only such a role may read, or by policies of its own.

    Where these ask what the session does not say it is told of the role alone: it sees nothing anywhere.
    """
    for one in target.beside:
        if one.asked:
            said = f"its policies ask {', '.join(one.asked)}, and {_why(target, one)}"
            yield Assault(one.role, "ROLE", 0, unclear=said)
            continue
        for name, verb in sorted(one.held):
            if verb == "SELECT":
                yield Assault(f"{name}, as {one.role}", "ROLE", 0, unclear=_why(target, one))


def _untried(target: Target, verbs: Collection[str]) -> Iterator[Assault]:
    for one in target.beside:
        for name, verb in sorted(one.held):
            if verb in verbs:
                yield Assault(f"{name}, as {one.role}", verb, 0, unclear=_why(target, one))


def _why(target: Target, one: Beside) -> str:
    acting = target.session.role if target.session else ""
    return f"the application was taken to act as {acting}; say that it is {one.role} to try that\n{one.lines}"
