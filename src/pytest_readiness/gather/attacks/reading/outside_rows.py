"""Reads what shows rows of a source outside, where nobody's row can be put, as those whom its rows name."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.access import Read, RelationAccess
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.judges.isolation.visible import marks_of
from pytest_readiness.target.identities import SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

_SAMPLE = 500
_SHOWS = frozenset({"foreign table", "view", "materialized view"})


@dataclass(frozen=True, slots=True)
class _Named:
    """Two of whom rows of a source name one at least, in a column, and what only rows of each hold."""

    column: str
    hers: str
    his: str
    marks: dict[str, tuple[str, ...]]


def with_outside_rows(field: Field, found: Iterable[RelationAccess]) -> Iterator[RelationAccess]:
    """Yield reads, those that show nothing of people of ours made once more as people of the source's own."""
    for access in found:
        relation = field.catalog.relation(access.relation)
        shown = any(one.own or one.foreign or one.unowned for one in access.reads)
        source = _source(field, relation) if relation and access.kind in _SHOWS and not shown else None
        yield _read_again(field, relation, source, access) if relation and source else access


def _source(field: Field, relation: Relation) -> Relation | None:
    """Return the foreign table whose rows a relation shows, if any."""
    names = sorted({relation.name, *field.texts.depends_on(relation.name)})
    known = (field.catalog.relation(name) for name in names)
    return next((one for one in known if one and one.kind == "foreign table"), None)


def _read_again(field: Field, relation: Relation, source: Relation, access: RelationAccess) -> RelationAccess:
    named = _named(field, source)
    if named is None or all(one.sqlstate for one in access.reads):
        return replace(access, outside=source.name)
    actors = [
        (_actor(field, source, named.hers, ALICE), named.hers),
        (_actor(field, source, named.his, BOB), named.his),
        *((nobody, "") for nobody in field.cast.nobody()),
    ]
    reads = tuple(_read(field, relation, actor, key, named) for actor, key in actors)
    owned = access.owned_by or "its rows show values of rows that are owned"
    mend = _mend(relation, source)
    return replace(access, outside=source.name, reads=reads, owned_by=owned, rows=reads[0].own, mend=mend)


def _mend(relation: Relation, source: Relation) -> str:
    if relation.name == source.name:
        roles = ", ".join(sorted(relation.readable)) or "public"
        return f"revoke select on {source.name} from {roles}; -- they may have a view that asks who calls"
    return f"Let {relation.name} itself compare the owner with the caller: {source.name} takes no policy."


def _named(field: Field, source: Relation) -> _Named | None:
    """Return somebody whom rows of a source name, by its likeliest column, and somebody else."""
    owned = field.owners.owned.get(source.name)
    look = f"{QUERY}select to_jsonb(t.*)::text from {source.name} t limit {_SAMPLE}"
    rows = [json.loads(text) for text in field.runner.one(Attempt(SUPERUSER, (look,))).rows] if owned else []
    for column in owned.columns if owned else ():
        if marks := marks_of(rows, column):
            hers, his = (*marks, str(BOB.key(field.cast.user_type)))[:2]
            return _Named(column, hers, his, marks)
    return None


def _actor(field: Field, source: Relation, key: str, like: Person) -> Identity:
    """Return whoever has a key, as a user or as one of a tenant's."""
    owned = field.owners.owned[source.name]
    number = int(key) if key.isdecimal() else like.number
    if owned.users or like.tenant is None:
        person = replace(like, uuid=key, number=number)
    else:
        person = replace(like, tenant=replace(like.tenant, uuid=key, number=number))
    return field.cast.user(person)


def _read(field: Field, relation: Relation, actor: Identity, key: str, named: _Named) -> Read:
    """Read as whoever has a key, or as nobody; what only rows of others hold is theirs."""
    outcome = field.runner.one(Attempt(actor, (read(relation),)))
    if outcome.state:
        return Read(actor.name, 0, 0, sqlstate=outcome.state, message=outcome.message)
    rows = [json.loads(text) for text in outcome.rows]
    told = {
        owner: next((t for t in (_told(row, named, owner) for row in rows) if t), "") for owner in named.marks
    }
    others = [owner for owner, text in told.items() if text and owner != key]
    sql = "\n".join(["begin;", actor.script(), f"select * from {relation.name};", "rollback;"])
    return Read(
        actor.name,
        own=sum(bool(_told(row, named, key)) for row in rows),
        foreign=len(others),
        victim="another owner" if others else "",
        canary=told[others[0]] if others else "",
        returned=len(rows),
        sql=sql if others else "",
    )


def _told(row: dict[str, Any], named: _Named, owner: str) -> str:
    """Return by what a row is told to be an owner's, without what it says: people of a source are real."""
    texts = {str(value): name for name, value in row.items()}
    mark = next((mark for mark in named.marks.get(owner, ()) if mark in texts), "")
    if mark:
        return f"{texts[mark]}, {len(mark)} characters"
    return named.column if str(row.get(named.column)) == owner else ""
