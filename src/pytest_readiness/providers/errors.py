"""What is said when there is no server: what was tried, what was found, how to mend it."""

from __future__ import annotations

from dataclasses import dataclass


class ProviderError(Exception):
    """A server could not be had, or is gone.

    Args:
        tried: What was attempted.
        found: What happened instead.
        mend: What the reader can do about it.
    """

    def __init__(self, tried: str, found: str, mend: str) -> None:
        super().__init__(tried, found, mend)
        self.tried = tried
        self.found = found
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.tried}: {self.found}\nTo mend it: {self.mend}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One source of a server that did not answer."""

    name: str
    found: str
    mend: str


class NoProviderError(ProviderError):
    """No source at all has a server.

    Args:
        server: What was wanted, "PostgreSQL" or "Valkey".
        attempts: Every source, in the order of trial.
    """

    def __init__(self, server: str, attempts: tuple[Attempt, ...]) -> None:
        super().__init__(
            f"no {server} to start",
            "; ".join(f"{attempt.name}: {attempt.found}" for attempt in attempts),
            "; or ".join(dict.fromkeys(attempt.mend for attempt in attempts)),
        )
        # What an exception is pickled by: the arguments that it was made from.
        self.args = (server, attempts)
        self.server = server
        self.attempts = attempts

    def __str__(self) -> str:
        lines = [f"no {self.server} to start. Tried, in this order:"]
        for attempt in self.attempts:
            lines += [f"  {attempt.name}: {attempt.found}", f"    to mend it: {attempt.mend}"]
        return "\n".join(lines)
