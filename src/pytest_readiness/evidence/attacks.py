"""What attempts to change, destroy or forge did to those who own the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence


ONLY_VERSION = "nothing but its version"
"""What became of a row that an update reached and left as it was."""


@dataclass(frozen=True, slots=True)
class Harm:
    """One attempt that reached what belongs to somebody else.

    Attributes:
        actor: Who made it.
        kind: ``read``, ``altered``, ``taken``, ``destroyed`` or ``forged``; ``told`` where only the existence
            or a property of a value came out; ``left`` where it was read in what somebody else made;
            ``shut`` where its owner does not get at it any more; ``pinned`` where she cannot delete it;
            ``secret`` where what is the platform's own came out, and no row of anybody's;
            ``approved`` where a row of his own says what others decide.
        relation: Whose rows suffered.
        victim: To whom they belong.
        what: The value or rows, for people.
        sql: What a person pastes, as superuser, into a copy of the target.
        by: The policy, grant, function or view that let it through.
        mend: The statement that mends it, where that is plain.
        below: Whether a forged row is the actor's own, below a row of the victim's that is hidden from him.
        refers: Whether a forged row hangs on what is the actor's, and on what is the victim's as well.
        aside: Whether nothing is told to have changed but what an update did not write: a trigger did.
        cause: The code that let it through, where that is not what guards the relation; else empty. What
            follows from one cause is one finding.
    """

    actor: str
    kind: str
    relation: str
    victim: str
    what: str
    sql: str
    by: str = ""
    mend: str = ""
    below: bool = False
    refers: bool = False
    aside: bool = False
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What the attempts of one actor came to.

    Attributes:
        attempts: Their number.
        refused: How many were refused for want of a privilege, or by a policy.
        done: How many succeeded, on whatever rows they reached.
        touched: How many rows these reached.
        stopped: The server's first other refusal, with its SQLSTATE; empty when there was none.
    """

    actor: str
    attempts: int
    refused: int = 0
    done: int = 0
    touched: int = 0
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Assault:
    """All attempts of one kind on one object.

    Attributes:
        subject: The relation, function or role that was attacked.
        verb: What was tried: UPDATE, INSERT, …
        tried: Number of attempts.
        harms: Those that did harm, one for each actor and kind.
        owner: What the owner's own attempt came to: ``done``, ``refused``, or the server's error.
        owner_sql: What a person pastes to see that.
        part_of: The relation that it is a partition or an inheritance child of.
        unclear: Why nothing is proven, and in the next lines the settings to add; empty where the attempts
            were conclusive.
        meant: Who says that anybody puts rows there for their owner on purpose: "its policy p says",
            "settings declare"; else empty.
        shows: The column and value of rows that a function shows everybody on purpose; else empty.
        guarded: The arguments of a function that ask for the key of a row and for a text of it; else empty.
        closed: What no client has for the verb: ``policy``, or ``grant``; empty where one has both.
    """

    subject: str
    verb: str
    tried: int
    harms: tuple[Harm, ...] = ()
    owner: str = ""
    unclear: str = ""
    owner_sql: str = ""
    by: tuple[Tried, ...] = ()
    part_of: str = ""
    meant: str = ""
    shows: str = ""
    guarded: str = ""
    closed: str = ""


@dataclass(frozen=True, slots=True)
class Assaults:
    """Attacks on all objects of one sort; each sort has a type of its own.

    Attributes:
        absent: Why there is nothing to attack; empty when there is.
        undeclared: Why no actor could be impersonated; empty when they could.
    """

    assaults: tuple[Assault, ...]
    undeclared: str = ""
    absent: str = ""

    @classmethod
    def merge(cls, parts: Sequence[Self]) -> Self:
        """Join the parts of all shards, ordered by what was attacked."""
        every = sorted((a for part in parts for a in part.assaults), key=lambda a: (a.subject, a.verb))
        absent = parts[0].absent if all(part.absent for part in parts) else ""
        return cls(tuple(every), parts[0].undeclared, absent)


class WriteEvidence(Assaults):
    """Attempts to write to relations."""


class CallEvidence(Assaults):
    """Attempts to get at others by calling functions."""


class EscalationEvidence(Assaults):
    """Attempts to gain rights by writing what one may write, and to read again."""


class InferenceEvidence(Assaults):
    """Attempts to learn of values that stay hidden."""


class ViewEvidence(Assaults):
    """Attempts to see through the filters of views."""


class SessionEvidence(Assaults):
    """Attempts to use what a connection keeps of whom it served before."""


class RoleEvidence(Assaults):
    """Attempts of roles to reach past row-level security."""
