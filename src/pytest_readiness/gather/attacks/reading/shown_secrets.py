"""Looks for secrets of the platform in what others than its staff read: they are nobody's rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import Read
from pytest_readiness.gather.attacks.asked_states import VIEWS
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.planted_secrets import PlantedSecrets
from pytest_readiness.judges.isolation.mechanisms import has_callers_rights
from pytest_readiness.judges.purpose.platform_secrets import is_configuration, secret_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity


class ShownSecrets:
    """Tells who reads a secret where."""

    def __init__(self, field: Field, actors: Iterable[Identity]) -> None:
        self.field = field
        self.actors = tuple(actors)
        self.secrets = PlantedSecrets(field)

    def noted(
        self, relation: Relation, outcomes: Sequence[Outcome], reads: tuple[Read, ...]
    ) -> tuple[Read, ...]:
        """Return reads with the secret that rows show; the owner's, first, and staff's, last, stay."""
        owned = self.field.owners.owned.get(relation.name)
        if not is_configuration(relation) or (owned and not owned.columns) or self._as_caller(relation):
            return reads
        columns = owned.columns if owned else ()
        found = [
            replace(one, confidential=told, sql=one.sql or self._script(relation, actor))
            if (told := secret_told(relation, outcome.rows, columns))
            else one
            for one, actor, outcome in zip(reads[1:-1], self.actors[1:-1], outcomes[1:-1], strict=True)
        ]
        return (*reads[:1], *found, *reads[-1:])

    def of_views(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield what views show of settings, of the vault, or of a configuration that is hidden."""
        for relation in relations:
            asked = self.secrets.asked_by(relation.view) if relation.kind in VIEWS else ()
            for actor in self.actors[1:-1] if asked else ():
                attempt = self.secrets.attempt(actor, (read(relation),), asked)
                outcome = self.field.runner.one(attempt)
                if told := self.secrets.told(outcome, asked):
                    script = self._script(relation, actor, told.statement)
                    yield relation.name, Read(actor.name, 0, 0, sql=script, confidential=told.place)

    def _as_caller(self, relation: Relation) -> bool:
        called = self.field.texts.called([relation.view]) if relation.kind in VIEWS else ()
        return has_callers_rights(relation, called, self.field.catalog)

    def _script(self, relation: Relation, actor: Identity, *before: str) -> str:
        steps = (f"select * from {relation.name}",)
        return self.field.script(relation.name, actor, steps, "select 1", before=before)
