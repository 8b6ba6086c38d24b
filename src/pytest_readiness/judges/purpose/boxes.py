"""Whether anybody may put a row in somebody's place on purpose: a contact form, a sign-up, a complaint.

Who writes there is no user, so that the row itself says how to answer him; it is about no money, it gives
nobody a right, and its policy names the role of those who did not sign in. That is what an open door looks
like too, so that two things more are asked: that the owner is not called as those are who write, and that
the grant or the row tells a writer of another kind. With one of the two it is for settings to say. A tenant
gets such rows where everybody reads which there are, as a newspaper gets tips.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.purpose.publication import says_everybody
from pytest_readiness.judges.purpose.weights import is_weighty
from pytest_readiness.judges.sql.lexis import last_name, plain, underscored, word, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Function, Policy, Privileges, Relation
    from pytest_readiness.evidence.ownership import Owners, Ownership
    from pytest_readiness.judges.sql.texts import Texts

_ANSWERED = re.compile(
    r"(^|_)(e_?mails?|mail|phone|mobile|tel|telephone|msisdn|whatsapp|contact)(_?(address|number|no|nr))?$",
    re.IGNORECASE,
)
"""Names of columns by which somebody without an account is answered, or by which an owner is reached."""

_SENT = re.compile(
    r"(^|_)(from|sender|visitor|guest|candidate|applicant|enquirer|inquirer|bewerber|candidat[oa]?|absender|exp[ée]diteur|remitente|mittente|remetente|"
    r"afzender)_((full|first|last)_?)?(name|e_?mail|mail|phone|mobile|telephone|contact)(_|$)|(^|_)reply_?to$",
    re.IGNORECASE,
)
"""Names of columns that are of whoever sends a row, and not of who owns it."""

_MAKER = re.compile(
    r"(^|_)(author|sender|creator|applicant|submitter|subscriber|buyer|rider|payer)(_?(id|uid|uuid))?$|_by$",
    re.IGNORECASE,
)
"""Names of owners who have written the row."""

_WRITER = re.compile(
    r"(^|_)(user|owner|customer|client|member|patient|student|employee|person|uid|account|profile|parent|"
    r"holder|guest|host|org|organi[sz]ation|team|benutzer|nutzer|kunde|usuario|usuário|cliente|utilisateur|"
    r"utente|gebruiker|klant)(_?(id|uid|uuid))?$",
    re.IGNORECASE,
)
"""Names of owners who are as likely to have written the row as to receive it."""

_WRITTEN = re.compile(
    r"\b(?:insert\s+into|update|delete\s+from|merge\s+into)\s+(?:only\s+)?([\w.\"]+)", re.IGNORECASE
)
"""What a statement writes to."""


_TAKEN = re.compile(
    r"(?<!insert )\binto (?:strict )?([\w, ]+?)(?= from\b| where\b| using\b|$)|"
    r"\bfor (\w+) in\b|(\w+)(?: [\w.]+)? ?:=",
    re.IGNORECASE,
)
"""The variables in which a statement keeps what it found, where blanks are single."""


@dataclass(frozen=True, slots=True)
class Box:
    """A table in which callers leave rows for others.

    Attributes:
        relation: Its name.
        policy: By which those who did not sign in do; empty where settings declare the table.
        roles: Of those who do; empty for whoever it is.
        function: By which they do instead.
        asked: The column and value by which that function tells what is for everybody.
        sure: Whether it is meant so; else it may be an open door.
        listed: Whether it is a list of addresses, which strangers may enter who do not read whose it is.
    """

    relation: str
    policy: str = ""
    roles: frozenset[str] = frozenset()
    function: str = ""
    asked: str = ""
    sure: bool = True
    listed: bool = False

    @property
    def meant(self) -> str:
        """Who says that it is meant so; empty where nobody does."""
        said = f"its policy {self.policy} says" if self.policy else "settings declare"
        said = f"it asks for {self.asked}" if self.asked else said
        return said if self.sure else ""

    @property
    def doubt(self) -> str:
        """Why nothing is proven, and in the next lines the settings to add."""
        if self.function:
            return (
                f"{self.function} lets those who did not sign in put rows into {self.relation} in the place "
                "of others, and nothing tells whether it is meant for them. If not, let it ask who calls"
                f'\n[isolation]\ndrop_boxes = ["{self.relation}"]'
            )
        return (
            f"its policy {self.policy} lets those who did not sign in put rows into {self.relation} in the "
            "name of its users, and nothing tells whether it is meant for messages to them. If not, let "
            "WITH CHECK compare the owner with the caller"
            f'\n[isolation]\ndrop_boxes = ["{self.relation}"]'
        )

    def takes(self, role: str) -> bool:
        """Whether a role leaves rows there."""
        return not self.roles or role in self.roles


def open_box(
    relation: Relation,
    owners: Owners,
    texts: Texts,
    nobody: str,
    user: str = "",
    published: Collection[str] = (),
) -> Box | None:
    """Return how anybody leaves rows for their owners, on purpose or perhaps so; None if it is a defect.

    Args:
        relation: A table that is written to.
        owners: Of all relations.
        texts: Of the same catalog.
        nobody: The role of callers who did not sign in.
        user: The role of those who did.
        published: Relations that everybody reads on purpose: tenants among them are known to strangers.
    """
    if relation.name in owners.boxes:
        return Box(relation.name)
    owned, held = owners.owned.get(relation.name), relation.privileges.get(nobody)
    if owned is None or held is None or relation.kind not in TABLE_KINDS or _decides(relation, owners, texts):
        return None
    receiver = _receiver(relation, owned) or _known_tenant(
        relation, owned, owners.roots.keys() & {*published}
    )
    policies = {role: found for role in (nobody, user) if (found := _opening(relation, receiver, role))}
    if not receiver or nobody not in policies or any(map(is_weighty, _written(relation, policies))):
        return None
    sent = _says(relation, held, _SENT)
    if not sent and not _says(relation, held, _ANSWERED):
        return None
    named = says_everybody(policies[nobody]) and receiver in owned.tenants
    signs = (named or not _WRITER.search(underscored(receiver)), sent or _is_limited(relation, held))
    if not any(signs):
        return None
    return Box(relation.name, policies[nobody], frozenset(policies), sure=all(signs))


def is_left(relation: Relation, roles: Collection[str], owners: Owners, texts: Texts) -> bool:
    """Whether a row is a message: it says how its sender is answered, and counts for nothing else.

    Args:
        relation: In which it is.
        roles: Of those who leave such rows there.
        owners: Of all relations.
        texts: Of the same catalog.
    """
    if relation.kind not in TABLE_KINDS or _decides(relation, owners, texts):
        return False
    held = [relation.privileges[role] for role in roles if role in relation.privileges]
    if any(map(is_weighty, _written(relation, roles))):
        return False
    return any(_says(relation, one, _SENT) or _says(relation, one, _ANSWERED) for one in held)


def filled_by(
    function: Function,
    relation: Relation,
    given: Collection[str],
    owners: Owners,
    texts: Texts,
    *,
    chosen: bool = False,
) -> Box | None:
    """Return how a function that strangers may call leaves rows for others; None if it is a defect.

    A list of addresses has the address as its key. It takes such rows where the function was granted to
    strangers by name, and even then it is for settings to say.

    Args:
        function: That puts rows into the relation.
        relation: The table.
        given: Columns whose values are what the function was given.
        owners: Of all relations.
        texts: Of the same catalog.
        chosen: Whether it was granted to strangers by name.
    """
    if relation.name in owners.boxes:
        return Box(relation.name)
    receiver = receiver_of(relation, owners)
    if not function.definer or not receiver or relation.kind not in TABLE_KINDS:
        return None
    # What names no user says of nobody who he is, whatever looks at it.
    names = owners.owned[relation.name].users or relation.name in owners.identifying
    if (names and _entitles(relation, owners, texts)) or any(
        _acts_on(relation, one, owners, texts) for one in _others(function, texts)
    ):
        return None
    written = [column for column in relation.columns if column.name in given]
    if any(map(is_weighty, written)):
        return None
    sent = _is_called(relation, given, _SENT)
    if not sent and not _is_called(relation, given, _ANSWERED):
        listed = chosen and _is_called(relation, given, _ANSWERED, keys=True)
        return Box(relation.name, function=function.signature, sure=False, listed=True) if listed else None
    limited = any(column.writable and column.name not in given for column in relation.columns)
    sure = not _WRITER.search(underscored(receiver)) and (sent or limited)
    return Box(relation.name, function=function.signature, sure=sure)


def _speaks(relation: Relation, receiver: str) -> bool:
    """Whether a row says more than how somebody is reached: whoever it names may have written that."""
    texts = [column for column in relation.columns if column.is_text and column.name != receiver]
    called = [underscored(column.name) for column in texts if column.name not in relation.primary_key]
    return not all(_ANSWERED.search(name) or _SENT.search(name) for name in called)


def receiver_of(relation: Relation, owners: Owners) -> str:
    """Return the one column that says for whom a row is that a function makes, or what it is made below."""
    owned = owners.owned.get(relation.name)
    if owned is None or owned.json:
        return ""
    if owned.via:
        return owned.via.columns[0] if len(owned.via.columns) == 1 and not owned.columns else ""
    if len({*owned.users, *owned.tenants}) != 1:
        return ""
    (name,) = {*owned.users, *owned.tenants}
    made = name in owned.signed | owned.addressed or _MAKER.search(underscored(name))
    return "" if made and _speaks(relation, name) else name


def _others(function: Function, texts: Texts) -> Iterator[Function]:
    return (one for one in texts.catalog.functions if one.signature != function.signature)


def _acts_on(relation: Relation, function: Function, owners: Owners, texts: Texts) -> bool:
    """Whether a function writes to others what it took from a relation: rows there may do something.

    What refers to such rows and decides nothing follows from them: what is to be mailed to whom.
    """
    if relation.name not in texts.mentioned(function.body):
        return False
    statements = plain(function.body).split(";")
    acting = [one for one in statements if relation.name in texts.mentioned(one)]
    taken: set[str] = set()
    for _ in statements:
        taken |= {name for one in acting for name in _kept_in(one)}
        further = [one for one in statements if one not in acting and taken & {*words(one)}]
        if not further:
            break
        acting += further
    written = (texts.named(last_name(found)) for one in acting for found in _WRITTEN.findall(one))
    return any(
        names
        and relation.name not in names
        and not any(_follows(texts.catalog.relation(name), relation, owners, texts) for name in names)
        for names in written
    )


def _kept_in(statement: str) -> Iterator[str]:
    """Yield the variables in which a statement keeps what it found."""
    for found in _TAKEN.findall(" ".join(statement.split())):
        yield from words(" ".join(found))


def _follows(other: Relation | None, relation: Relation, owners: Owners, texts: Texts) -> bool:
    """Whether rows of another table refer to those of a relation, and nothing looks at them for a right."""
    return (
        other is not None
        and any(key.target == relation.name for key in other.foreign_keys)
        and not _entitles(other, owners, texts)
    )


def _receiver(relation: Relation, owned: Ownership) -> str:
    """Return the one column that says whose a row is, and not who made it; empty if there is none."""
    if owned.json or owned.tenants or owned.via or len(owned.users) != 1:
        return ""
    (name,) = owned.users
    column = relation.column(name)
    made = name in owned.signed | owned.addressed or _MAKER.search(underscored(name))
    return "" if made or column is None or column.default else name


def _known_tenant(relation: Relation, owned: Ownership, known: Collection[str]) -> str:
    """Return the one column that says for which tenant a row is, if strangers know these; else nothing."""
    if owned.json or owned.users or owned.via or len(owned.tenants) != 1:
        return ""
    (name,) = owned.tenants
    column = relation.column(name)
    refers = any(key.columns == (name,) and key.target in known for key in relation.foreign_keys)
    return name if refers and column is not None and not column.default else ""


def _entitles(relation: Relation, owners: Owners, texts: Texts) -> bool:
    """Whether rows of it say who somebody is, or other tables look at it."""
    if relation.name in owners.identifying:
        return True
    looking = [name for name in texts.depending.get(relation.name, ()) if name != relation.name]
    tables = (other for name in looking if (other := texts.catalog.relation(name)))
    return any(other.kind in TABLE_KINDS for other in tables)


def _decides(relation: Relation, owners: Owners, texts: Texts) -> bool:
    """Whether rows of it give rights: other tables, or functions that go on to others, look at it."""
    if _entitles(relation, owners, texts):
        return True
    said = (texts.mentioned(function.body) for function in texts.catalog.functions)
    return any(relation.name in names and names - {relation.name} for names in said)


def _written(relation: Relation, roles: Iterable[str]) -> list[Column]:
    """Return the columns that any of these roles writes."""
    named = {
        name for role in roles if role in relation.privileges for name in relation.privileges[role].insert
    }
    return [column for column in relation.columns if column.name in named]


def _says(relation: Relation, held: Privileges, pattern: re.Pattern[str]) -> bool:
    """Whether a text that one writes, and that is no key, is called so."""
    return _is_called(relation, held.insert, pattern)


def _is_called(
    relation: Relation, written: Collection[str], pattern: re.Pattern[str], *, keys: bool = False
) -> bool:
    """Whether a text among these columns is called so, and is no key unless that is asked for."""
    kept = relation.link_columns
    return any(
        column.name in written
        and (keys or column.name not in kept)
        and column.is_text
        and pattern.search(underscored(column.name))
        for column in relation.columns
    )


def _is_limited(relation: Relation, held: Privileges) -> bool:
    """Whether somebody chose the columns that may be written."""
    return any(column.writable and column.name not in held.insert for column in relation.columns)


def _opening(relation: Relation, receiver: str, role: str) -> str:
    """Return the policy that lets a role insert, by its name, whoever the row is for."""
    return next((p.name for p in relation.policies if role in p.roles and _opens(p, receiver)), "")


def _opens(policy: Policy, receiver: str) -> bool:
    asked = re.search(rf"(?<!\w){word(receiver)}(?!\w)", plain(policy.check))
    return policy.permissive and policy.command == "INSERT" and not asked
