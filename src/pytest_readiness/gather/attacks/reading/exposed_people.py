"""Reads what nobody publishes of private people, as who did not sign in, where rows have no owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import Exposure
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read_columns
from pytest_readiness.judges.owners.private_people import kept_private
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity


def exposed(field: Field, relation: Relation, actors: Iterable[Identity]) -> Talk[Exposure | None]:
    """Return what strangers read whatever a row says; nothing where rows have owners.

    Whoever signed in may be one of those who work with these people.
    """
    if relation.kind not in TABLE_KINDS or relation.name in field.owners.owned:
        return None
    strangers = {*field.target.profile.clients} - {field.target.profile.user}
    before = field.population.spare.get(relation.name, ())
    for actor in actors:
        shown = relation.readable.get(actor.role, ()) if actor.role in strangers else ()
        private = kept_private(relation, shown) if shown and _whatever(relation, actor) else ()
        if private:
            look = read_columns(relation, private)
            (outcome,) = yield (Attempt(actor, (look,), before=before),)
            if outcome.rows and not outcome.state:
                script = field.script(relation.name, actor, (look,), "select 1", before=before)
                return Exposure(actor.name, ", ".join(private), script)
    return None


def _whatever(relation: Relation, actor: Identity) -> bool:
    """Whether a policy shows rows that it does not look at, or none is asked."""
    columns = {column.name for column in relation.columns}
    asked = [p for p in relation.shown_by if p.permissive and {"public", actor.role} & {*p.roles}]
    return not relation.rls or any(not columns & names(policy.using) for policy in asked)
