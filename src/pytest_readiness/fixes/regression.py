"""A check of the project's own that replays what was found, so that it is found if it comes back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE
from pytest_readiness.fixes.migration import words

if TYPE_CHECKING:
    from collections.abc import Iterable

_FILE = '''"""{check} of {subject} was found and mended; this tries it again, with the same statements."""

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness import (
    Finding,
    Severity,
    Strength,
    Target,
    check,
    failed,
    gatherer,
    passed,
    replay,
    unknown,
)

SUBJECT = {subject_literal}
SCRIPT = {script}
MARKS = {marks}


@dataclass(frozen=True)
class Attempt:
    got: str
    unready: str


@gatherer(strength=Strength.ATTACKED)
def attempt(target: Target) -> Attempt:
    outcome = replay(target, SCRIPT, MARKS)
    return Attempt(outcome.got, outcome.unready)


@check(id="{id}", title={title}, severity=Severity.HIGH, needs=Strength.ATTACKED)
def {name}(attempt: Attempt) -> Iterator[Finding]:
    if attempt.unready:
        yield unknown(SUBJECT, "the rows that it needs cannot be made any more: " + attempt.unready)
    elif attempt.got:
        yield failed(SUBJECT, attempt.got, reproduce=SCRIPT)
    else:
        yield passed(SUBJECT, "tried again, and nothing of hers was reached")
'''


def next_id(taken: Iterable[str]) -> str:
    """Return an id that no check has."""
    used = set(taken)
    return next(name for number in range(1, 1000) if (name := f"FIX{number:03}") not in used)


def marks(detail: str) -> tuple[str, ...]:
    """Return the texts by which what belongs to the victim is recognised."""
    tenant = (ALICE.tenant.uuid, ALICE.tenant.slug, str(ALICE.tenant.number)) if ALICE.tenant else ()
    return (*re.findall(r"canary-\w+", detail), ALICE.uuid, ALICE.email, str(ALICE.number), *tenant)


def check_file(name: str, check: str, subject: str, script: str, marks: tuple[str, ...]) -> str:
    """Return the file of a check.

    Args:
        name: Its id.
        check: Id of the check that failed.
        subject: Of the finding.
        script: What replays it.
        marks: Texts by which what belongs to the victim is recognised; none if any row tells.
    """
    return _FILE.format(
        id=name,
        check=check,
        subject=subject.replace("\\", "").replace('"', "'"),
        subject_literal=repr(subject),
        title=repr(f"{check} of {subject} stays mended"),
        name=f"{words(check, subject)}_stays_mended",
        script=_literal(script),
        marks=repr(marks),
    )


def _literal(text: str) -> str:
    plain = "\\" not in text and '"""' not in text and not text.endswith('"')
    return f'"""\\\n{text}\n"""' if plain else repr(text)
