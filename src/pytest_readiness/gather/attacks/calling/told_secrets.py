"""Calls functions that ask for secrets of the platform, and looks whether they hand them out."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.gather.attacks.attempts import HUNG, Attempt
from pytest_readiness.gather.attacks.call_texts import call_steps
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.attacks.planted_secrets import PlantedSecrets
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.planted_secrets import Planted
    from pytest_readiness.target.identities import Identity

_CALLS, _NAMED = 8, 12
_SAYS = re.compile(r"\braise\b", re.IGNORECASE)


class ToldSecrets:
    """Tells which function hands out a secret of the platform's to whom."""

    def __init__(self, field: Field, actors: Iterable[Identity]) -> None:
        self.field = field
        self.actors = tuple(actors)
        self.secrets = PlantedSecrets(field)

    def harms(self, function: Function) -> Iterator[Harm]:
        """Yield the first secret that each who may call it is told."""
        asked = self.secrets.asked_by(function.body)
        for actor in self.actors if asked else ():
            if actor.role in function.callers:
                attempts = [
                    self.secrets.attempt(actor, steps, asked) for steps in self._calls(function, asked)
                ]
                yield from islice(self._told(function, attempts, asked), 1)

    def _told(
        self, function: Function, attempts: list[Attempt], asked: tuple[Planted, ...]
    ) -> Iterator[Harm]:
        for attempt, outcome in self._outcomes(function, attempts):
            secret = self.secrets.told(outcome, asked)
            if secret and not self._reads(attempt, secret):
                yield self._harm(function, attempt, secret)
            if outcome.state in HUNG:
                return

    def _outcomes(self, function: Function, attempts: list[Attempt]) -> Iterator[tuple[Attempt, Outcome]]:
        """Call one by one where it says something beside what it returns, or may take its time."""
        bodies = (function.body, *(one.body for one in self.field.texts.called([function.body])))
        if any(map(_SAYS.search, bodies)):
            yield from ((attempt, self.field.runner.one(attempt)) for attempt in attempts)
        else:
            yield from self.field.runner.run(attempts)

    def _calls(self, function: Function, asked: tuple[Planted, ...]) -> list[tuple[str, ...]]:
        """Return calls as ever, and such as name a secret in each place for a text."""
        given = [*self.field.arguments.calls(function, _CALLS)]
        texts = [place for place, one in enumerate(function.arguments) if family(one.type) == "text"]
        for name in dict.fromkeys(one.name for one in asked[:_NAMED]):
            for place in texts if given and len(given[0]) == len(function.arguments) else ():
                named = f"{literal(name)}::{function.arguments[place].declared}"
                given.append((*given[0][:place], named, *given[0][place + 1 :]))
        return [call_steps(function, one) for one in dict.fromkeys(given)]

    def _reads(self, attempt: Attempt, secret: Planted) -> bool:
        """Whether who is told a secret reads it by himself: then it is the table that is open."""
        relation = self.field.catalog.relation(secret.relation)
        if relation is None or attempt.actor.role not in relation.readable:
            return False
        look = Attempt(attempt.actor, (read(relation),), before=attempt.before)
        return self.secrets.told(self.field.runner.one(look), (secret,)) is not None

    def _harm(self, function: Function, attempt: Attempt, secret: Planted) -> Harm:
        script = self.field.script(
            function.name, attempt.actor, attempt.steps, "select 1", before=(secret.statement,)
        )
        return Harm(
            attempt.actor.name,
            "secret",
            secret.place,
            "",
            secret.place,
            script,
            by=f"{', '.join(sorted(function.callers))} may execute it, and it returns what it looks up",
            mend=f"Revoke EXECUTE on {function.signature} from public and from client roles, or let it "
            "use the secret and return nothing of it.",
        )
