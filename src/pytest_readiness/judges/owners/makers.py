"""Whom the columns of a row that name users name: who made it, or whom its owner chose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.ownership import Who
from pytest_readiness.judges.purpose.weights import is_charged
from pytest_readiness.judges.sql.lexis import names, plain, snake_case, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.evidence.catalog import Policy, Relation

    Callers = Mapping[tuple[str, str], Who]
    """The columns that are compared with the caller, as (relation, column), and whom they name."""

RECORDER_NAME = re.compile(
    r"(creat|updat|delet|modif|approv|invit|review|verif|assign|grant|issu|upload|record)\w*_by|by_user|^by$"
)
_SIGNER_NAME = re.compile(
    r"(^|_)(author|sender|creator|writer|poster|(creat|post|sent|sign|writ\w*)ed_by)(_|$)"
)
_DOER_NAME = re.compile(r"(^|_)(actor|by)(_|$)")
_WRITTEN = re.compile(r"text|character|citext|json")
_AGENT = re.compile(r"(?:^|_)([a-z]{3,}?)(?:t?er|or|ant|ent)(?:_?(?:id|uuid|uid|key|ref))?$")
_STEM = 5
"""Letters of the word for who does something that the word for what is done begins with as well."""

_MAKER_NAME = re.compile(
    rf"{_SIGNER_NAME.pattern}|{RECORDER_NAME.pattern}|"
    r"^(user|owner|account|profile|person|member|customer|client|buyer|payer|holder|u?id|sub)(_?(id|uuid|uid|key|ref))?$"
)


def is_signed(relation: Relation, name: str, callers: Callers) -> bool:
    """Whether a column says who made the row, and a policy of its relation compares it with the caller.

    Without such a policy it is a note; without a default or a name that says so, somebody may have been
    chosen: the one who is asked to do a task may tick it off.
    """
    column = relation.column(name)
    fills = column is not None and "auth.uid()" in column.default
    if not fills and not _SIGNER_NAME.search(snake_case(name)):
        return False
    asked = callers.get((relation.name, name)) is Who.USER
    own = re.compile(rf"(?<![\w.]){word(name)}(?!\w)")
    return asked and any(own.search(plain(f"{p.using} {p.check}")) for p in relation.policies)


def notes_who(relation: Relation, name: str) -> bool:
    """Whether a column only notes who did something: clients put nobody there, or nothing but themselves."""
    column = relation.column(name)
    fills = column is not None and "auth.uid()" in column.default
    said = fills or _DOER_NAME.search(snake_case(name)) or _SIGNER_NAME.search(snake_case(name))
    return bool(said) and name not in written(relation)


def written(relation: Relation) -> frozenset[str]:
    """Return the columns that clients may write: rights alone are nothing where no policy lets them."""
    found = set[str]()
    for role, held in relation.privileges.items():
        for command, columns in (("INSERT", held.insert), ("UPDATE", held.update)):
            let = (one for one in relation.policies if one.permissive and {"public", role} & {*one.roles})
            if not relation.rls or any(one.command in {command, "ALL"} for one in let):
                found |= {*columns}
    return frozenset(found)


def is_appointed(relation: Relation, name: str, callers: Callers) -> bool:
    """Whether a column names whom somebody chose: a sitter, a lead, a reviewer.

    What lets rows be made asks for something else, who is named may look, and he may take nothing back. Who
    is called after what his rows are is chosen where he finds them blank, as a reviewer does. A
    name that says only that there is a user says nothing of this, but in a list of who is in what: there
    he may leave, too. Nobody is chosen to owe something, or for a verdict.
    """
    column, called = relation.column(name), snake_case(name)
    listed = _is_list(relation, name)
    makers = _SIGNER_NAME if listed else _MAKER_NAME
    does = _does(called, relation.table) and not _is_blank(relation, name)
    maker = bool(makers.search(called)) or does
    if column is None or "auth.uid()" in column.default or maker or any(map(is_charged, relation.columns)):
        return False
    own = re.compile(rf"(?<![\w.]){word(name)}(?!\w)")
    asking = {p.command for p in relation.policies if own.search(plain(f"{p.using} {p.check}"))}
    made = [p for p in relation.policies if p.permissive and p.command in {"INSERT", "ALL"}]
    compared = callers.get((relation.name, name)) is Who.USER
    given = compared or (listed and all(_asks_above(relation, name, policy) for policy in made))
    return given and bool(made) and asking <= {"SELECT", "UPDATE", *(["DELETE"] if listed else [])}


def _is_list(relation: Relation, name: str) -> bool:
    """Whether a relation says of users what they are in, and nothing that anybody wrote."""
    above = {one for key in relation.foreign_keys for one in key.columns if name not in key.columns}
    keys = above | {name}
    written = any(_WRITTEN.match(c.type) and not c.default for c in relation.columns if c.name not in keys)
    lists = (key for key in relation.all_keys if name in key and {*key} <= keys)
    return bool(above) and any(len(key) > 1 for key in lists) and not written


def _asks_above(relation: Relation, name: str, policy: Policy) -> bool:
    """Whether a policy lets rows in by asking the caller of what they hang on."""
    said = plain(policy.check or policy.using)
    above = {key.target.rpartition(".")[2] for key in relation.foreign_keys if name not in key.columns}
    return "auth.uid()" in said and not above.isdisjoint(names(said))


def _is_blank(relation: Relation, name: str) -> bool:
    """Whether clients make rows that say of what they are and whose, and nothing that he has done by then."""
    keys = {name, *relation.primary_key, *(one for key in relation.foreign_keys for one in key.columns)}
    given = {one for held in relation.privileges.values() for one in held.insert}
    return bool(given) and given <= keys


def _does(called: str, table: str) -> bool:
    """Whether a column names who did what its rows are: the reviewer of reviews, and not of stories."""
    agent = _AGENT.search(called)
    return agent is not None and agent[1][:_STEM] in snake_case(table)
