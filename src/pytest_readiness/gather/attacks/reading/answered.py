"""Rows that strangers may answer: who lets anybody hand in an offer on a call shows him the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.states import AS_EVER, FUTURE, QUIETLY
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.purpose.publication import lists_members, shows_private
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import ForeignKey, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field


def answered(field: Field, relation: Relation, row: SyntheticRow | None) -> Talk[str]:
    """Return the rows that anybody may answer; empty if a stranger may not, or nothing asks for the row.

    They are a tenant's that is in a directory, nobody's own, and no client writes them.
    """
    owned, roots = field.owners.owned.get(relation.name), {m.root for m in field.owners.memberships}
    held = [privileges for role, privileges in relation.privileges.items() if role in field.clients]
    written = any(one.insert or one.update or "delete" in one.others for one in held)
    open_ = lists_members(relation, field.clients) and not shows_private(relation, field.clients)
    if row is None or owned is None or owned.users or written or not open_ or not roots & {*field.published}:
        return ""
    bob = field.cast.user(BOB)
    for other, sql in _answers(field, relation, row):
        came = yield [Attempt(bob, (sql,), before=before) for before in ((), *_ahead(relation, row))]
        if any(not one.state for one in came):
            return f"rows that anybody may answer in {other.name}"
    return ""


def _answers(field: Field, relation: Relation, row: SyntheticRow) -> Iterator[tuple[Relation, str]]:
    """Yield the inserts of a row of bob's that refers to hers, where a policy looks at hers before."""
    role, forger = field.cast.user(BOB).role, Forger(field)
    for other in field.catalog.relations:
        owned, held = field.owners.owned.get(other.name), other.privileges.get(role)
        keys = [key for key in other.foreign_keys if key.target == relation.name]
        if not (
            keys and held and held.insert and owned and owned.users and _looks_at(field, other, relation)
        ):
            continue
        model = forger.model(other, BOB)
        if model is not None:
            values = model | _referring(keys[0], row)
            yield other, insert_sql(other, {name: v for name, v in values.items() if name in held.insert})


def _referring(key: ForeignKey, row: SyntheticRow) -> dict[str, str | None]:
    return {own: row.texts.get(name) for own, name in zip(key.columns, key.target_columns, strict=True)}


def _looks_at(field: Field, other: Relation, relation: Relation) -> bool:
    """Whether what lets rows in asks for the row that they refer to."""
    checks = [p.check for p in other.policies if p.permissive and p.command == "INSERT"]
    texts = [*checks, *(function.body for function in field.texts.called(checks))]
    return any(relation.name in field.texts.mentioned(text) for text in texts)


def _ahead(relation: Relation, row: SyntheticRow) -> Iterator[tuple[str, ...]]:
    """Yield her row before its time is over."""
    times = [f"{c.quoted} = {literal(FUTURE)}" for c in relation.columns if c.dated and not c.generated]
    if times and row.where:
        yield (QUIETLY, f"update {relation.name} set {', '.join(times)} where {row.where}", AS_EVER)
