"""What was done to a limiter, in one line and as a program that does it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.admissions import Neighbours, Race, Trial, Wait

if TYPE_CHECKING:
    from pytest_readiness.evidence.admissions import Hit, Limiter, Observation


def one_line(seen: Observation) -> str:
    """Say what was done."""
    if isinstance(seen, Neighbours):
        return f"{seen.first!r:.60} used up, then {seen.limit} hits of {seen.second!r:.60}"
    if isinstance(seen, Trial | Race | Wait):
        return f"limit {seen.limit} in {seen.window:g} s, {seen.what}"
    return seen.what


def reproduction(limiter: Limiter, seen: Observation) -> str:
    """Return the schedule, as a program with comments for what moves the clock."""
    module, _, function = limiter.place.partition(":")
    limit, window = getattr(seen, "limit", 10), getattr(seen, "window", 60.0)
    lines = [
        f"from {module} import {function}",
        f"limiter = {function}(redis, {limit}, {window!r})",
        f"# {one_line(seen)}",
    ]
    if isinstance(seen, Trial):
        lines += _schedule(seen.hits)
    elif isinstance(seen, Neighbours):
        lines += [
            f"for _ in range({limit + 1}): limiter.hit({seen.first!r})",
            f"print([limiter.hit({seen.second!r}).allowed for _ in range({limit})])",
        ]
    elif isinstance(seen, Wait):
        lines.append(f"# answer: {seen.answer} s; admitted before: {seen.early}, after: {seen.late}")
    return "\n".join(lines)


def _schedule(hits: tuple[Hit, ...], longest: int = 40) -> list[str]:
    """Return lines of one moment each; of a long schedule, the end."""
    moments: list[list[Hit]] = []
    for hit in hits:
        if moments and abs(hit.start - moments[-1][-1].end) < 0.05:  # noqa: PLR2004  one burst
            moments[-1].append(hit)
        else:
            moments.append([hit])
    first = hits[0].start if hits else 0.0
    lines = [
        f"# at {moment[0].start - first:.3f} s\n"
        f"print([limiter.hit('key').allowed for _ in range({len(moment)})])"
        f"  # {sum(bool(hit.allowed) for hit in moment)} admitted"
        for moment in moments
    ]
    skipped = len(lines) - longest
    return [f"# ... {skipped} moments before", *lines[-longest:]] if skipped > 0 else lines
