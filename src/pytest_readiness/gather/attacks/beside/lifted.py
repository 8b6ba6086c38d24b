"""Makes the settings that policies compare with a word, and reads again: whoever runs SQL makes any."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import UNCOUNTED, Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.judges.sql.asked_settings import settings_asked, words_asked
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.field import Field

_MOST = 24
"""Settings with a word that are tried on one relation."""


class Lifted:
    """Tries each relation whose policies ask a setting for a word.

    Where settings alone say who acts, such a word says no more than they do: the application keeps users from
    making either.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)

    def all(self, relations: Sequence[Relation]) -> Iterator[Assault]:
        """Read each relation once for every setting and word that its policies ask for."""
        attempts = [
            Attempt(self.bob, (_made(name, said), read(relation)), about=(relation, name, said))
            for relation in relations
            if self.bob.role in relation.readable
            for name, said in itertools.islice(self._asked(relation), _MOST)
        ]
        seen: dict[str, Harm | None] = {}
        for attempt, outcome in self.field.runner.run(attempts):
            relation = attempt.about[0]
            if not seen.setdefault(relation.name, None) and not outcome.state:
                seen[relation.name] = self._harm(attempt, outcome.rows)
        for name, harm in seen.items():
            yield Assault(f"{name}: a setting that lifts its policies", "LOOK", 1, (harm,) if harm else ())

    def _asked(self, relation: Relation) -> Iterator[tuple[str, str]]:
        texts = self.field.texts.run_to_read(relation.name)
        said = words_asked(texts)
        if not said or not self.field.texts.asks_claims(relation.name):
            return
        for name in sorted(settings_asked(self.field.catalog, texts)):
            if not name.startswith("request."):
                yield from ((name, word) for word in said)

    def _harm(self, attempt: Attempt, rows: Sequence[str]) -> Harm | None:
        relation, name, said = attempt.about
        hers = any(self.field.recognition.foreign(relation, json.loads(text), BOB) for text in rows)
        if not hers or self.field.reads_others(attempt, BOB, relation.name):
            return None
        what = f"what is alice's in {relation.name}, once he sets {name} to `{said}`"
        script = self.field.script(relation.name, self.bob, attempt.steps, "select 1")
        mend = (
            f"Let a policy of {relation.name} name a role in place of {name}: whoever runs SQL makes any "
            "setting, and so does a function that takes its name."
        )
        return Harm(BOB.name, "residual", relation.name, ALICE.name, what, script, mend=mend)


def _made(name: str, said: str) -> str:
    return f"{UNCOUNTED}select set_config({literal(name)}, {literal(said)}, true)"
