"""What came of writes to a relation: whom they harmed, and what may have been meant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.attacks.attempts import HUNG, TRIPPED
from pytest_readiness.gather.attacks.field import telling
from pytest_readiness.gather.attacks.gates import open_gate
from pytest_readiness.gather.attacks.tally import tally
from pytest_readiness.gather.attacks.writing.drafts import Drafts
from pytest_readiness.gather.attacks.writing.unowned import unowned
from pytest_readiness.gather.synthesis.values import is_random_key
from pytest_readiness.judges.isolation.assaults import says_little
from pytest_readiness.judges.isolation.mechanisms import raised_by
from pytest_readiness.judges.isolation.reading import made_up
from pytest_readiness.judges.purpose.boxes import is_left, open_box
from pytest_readiness.judges.purpose.closings import lacked
from pytest_readiness.judges.purpose.entrances import entrance

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.attempts import Attempt, Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.purpose.boxes import Box
    from pytest_readiness.judges.purpose.entrances import Entrance
    from pytest_readiness.target.identities import Identity


_KEY_KNOWN = "rows whose key he knows, since ON CONFLICT meets what the view hides"
_ASKS_NO_POLICY = frozenset({"TRUNCATE", "TRIGGER"})


class Form(Enum):
    """What an attempt settles for others: the bare statement reaches whatever any of its verb reaches.

    One that is named says nothing of hers but what it is called itself, and so has nothing to tell her.
    """

    ANY = "any"
    BARE = "bare"
    REHOMING = "rehoming"
    UPSERT = "upsert"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Try:
    """What an attempt is for."""

    relation: Relation
    verb: str
    person: Person | None
    own: bool = False
    form: Form = Form.ANY


def is_unsaid(field: Field, verb: str) -> bool:
    """Whether clients hold the privilege by default, and the platform's API has no word for it."""
    return verb in _ASKS_NO_POLICY and field.target.profile.grants_all


def is_beside(field: Field, verb: str, name: str, role: str) -> bool:
    """Whether a client may do so because of what it is, and not because somebody let it.

    An owner may empty a table or put triggers on it whatever is granted, and was told so where policies
    bind him.
    """
    relation = field.catalog.relation(name)
    owns = relation is not None and relation.owner == role
    return is_unsaid(field, verb) or (verb in _ASKS_NO_POLICY and owns)


@dataclass(frozen=True, slots=True)
class WriteResults:
    """Tells what came of the attempts on a relation.

    Attributes:
        field: With the rows of people.
        actors: Bob first, then those without a user.
    """

    field: Field
    actors: Sequence[tuple[Identity, Person | None]]

    def assault(self, name: str, verb: str, tried: list[tuple[Attempt, Outcome]]) -> Assault:
        """Judge all attempts on a relation with a verb, those of its owner too."""
        attempts = [(attempt, outcome) for attempt, outcome in tried if not attempt.about.own]
        box, entered, left, found = self._box(name, verb), self._entrance(name, verb), "", []
        gate = ""
        for attempt, outcome in attempts:
            for harm in self._harms(name, verb, attempt, outcome):
                forged = (harm.kind, harm.relation) == ("forged", name)
                taken = (
                    Drafts(self.field).taken_over(name, outcome) if forged and attempt.about.person else None
                )
                if taken == "":
                    continue
                if taken:
                    found.append(replace(harm, by=f"{taken} takes it over as it is"))
                    continue
                boxed = forged and box is not None and box.takes(attempt.actor.role)
                if boxed and box and box.sure:
                    continue
                if forged and (asked := self._gate(name, verb, attempt, outcome)):
                    gate = asked
                elif boxed and box:
                    left = left or box.doubt
                elif forged and entered and self._is_own(name, attempt.about.person, outcome):
                    left = left or entered.doubt
                else:
                    found.append(harm)
        owner, owner_sql, invented = self._own(name, tried)
        nobodys = unowned(self.field, name, verb, attempts)
        found += nobodys.harms
        unclear = left if found else left or invented or nobodys.doubt or self._unclear(name, verb, attempts)
        meant = (box.meant if box else "") or (f"it asks for {gate}" if gate else "")
        harms, by = _of_each(found), tally(attempts)
        relation = self.field.catalog.relation(name)
        closed = lacked(relation, verb, self.field.clients) if relation else ""
        return Assault(
            name, verb, len(attempts), harms, owner, unclear, owner_sql, by, meant=meant, closed=closed
        )

    def _own(self, name: str, tried: list[tuple[Attempt, Outcome]]) -> tuple[str, str, str]:
        """Return what the owner's own attempt came to, how to see it, and why it proves nothing."""
        own = [(attempt, outcome) for attempt, outcome in tried if attempt.about.own]
        if not own:
            return "", "", ""
        attempt, outcome = own[-1]
        came = _came_to(outcome)
        if attempt.about.verb == "INSERT" and came not in {"done", "refused"}:
            return "", "", ""  # a row like hers may meet hers: that says nothing of who may
        script = self.field.script(name, attempt.actor, attempt.steps, before=attempt.before)
        texts = self.field.texts.run_to_write(name)
        invented = self.field.cast.invented(ALICE, outcome.state, outcome.message, texts)
        return ("", script, made_up(came)) if invented else (came, script, "")

    def _harms(self, name: str, verb: str, attempt: Attempt, outcome: Outcome) -> Iterator[Harm]:
        """Yield what one attempt did to others, and what it was told of them."""
        person = attempt.about.person
        if "canary-" in outcome.said and (told := self.field.told(attempt, outcome, person)):
            script = self.field.script(name, attempt.actor, attempt.steps, before=attempt.before)
            by = raised_by(self.field.catalog, attempt.about.relation, verb, outcome.state)
            mend = f"Let that trigger say nothing of rows of {name} that are not the caller's." if by else ""
            yield Harm(
                attempt.actor.name, "told", name, ALICE.name, f"the refusal says {told}", script, by, mend
            )
        if outcome.state == TRIPPED and (harm := self._emptiable(name, attempt)):
            yield harm
        named = self._updated(attempt.about) if verb == "UPDATE" else ()
        others = outcome.changed.keys() - self._whole(attempt.about) if verb == "INSERT" else frozenset()
        if attempt.about.form is Form.NAMED:
            others = {one for one in others if not self._is_filled_by(attempt.actor, one)}
        for done in self.field.harms(attempt, outcome, person, named, others):
            beside = is_beside(self.field, verb, name, attempt.actor.role)
            if self._met_by_a_drawn_key(attempt.about, done):
                yield replace(done, kind="residual", what=_KEY_KNOWN)
            else:
                yield replace(done, kind="residual") if beside else done

    def _met_by_a_drawn_key(self, about: Try, harm: Harm) -> bool:
        """Whether an upsert through a view met a row by a drawn key that bob is not shown."""
        base = self.field.catalog.relation(harm.relation)
        row = self.field.population.row(harm.relation, ALICE.name)
        if base is None or row is None or about.form is not Form.UPSERT or about.relation.kind in TABLE_KINDS:
            return False
        keys = [column for column in base.columns if column.name in base.primary_key]
        shown = self.field.shown_texts
        return bool(keys) and all(is_random_key(one) and row.texts.get(one.name) not in shown for one in keys)

    def _is_filled_by(self, actor: Identity, name: str) -> bool:
        """Whether somebody makes rows in a relation himself: what triggers put there is no mere news."""
        relation = self.field.catalog.relation(name)
        held = relation.privileges.get(actor.role) if relation else None
        return held is not None and bool(held.insert)

    def _entrance(self, name: str, verb: str) -> Entrance | None:
        """Return how users put rows of their own into any tenant, if they may do so on purpose."""
        relation, field = self.field.catalog.relation(name), self.field
        if relation is None or verb not in {"INSERT", "UPDATE"}:
            return None
        return entrance(relation, verb, field.owners, field.texts, field.published)

    def _gate(self, name: str, verb: str, attempt: Attempt, outcome: Outcome) -> str:
        """Return by what whoever a row names takes such rows from all; empty where nothing says so."""
        relation, field = self.field.catalog.relation(name), self.field
        if relation is None or verb != "INSERT":
            return ""
        own = self._is_own(name, attempt.about.person, outcome)
        sent = own or is_left(relation, {attempt.actor.role}, field.owners, field.texts)
        return open_gate(field, relation, attempt) if sent else ""

    def _is_own(self, name: str, person: Person | None, outcome: Outcome) -> bool:
        """Whether all rows that an attempt put there name whoever made it, and no other person."""
        rows = outcome.changed[name].new if person and name in outcome.changed else ()
        named = (self.field.labels.people(name, row) for row in rows)
        return bool(rows) and all(person is not None and people == {person.name} for people in named)

    def _box(self, name: str, verb: str) -> Box | None:
        """Return how callers without a user leave rows for their owners, if they may do so on purpose."""
        if verb != "INSERT":
            return None
        relation, field = self.field.catalog.relation(name), self.field
        user = self.actors[0][0].role
        roles = sorted({actor.role for actor, person in self.actors if person is None} - {user})
        owners, texts, known = field.owners, field.texts, field.published
        boxes = (open_box(relation, owners, texts, role, user, known) for role in roles if relation)
        return next(filter(None, boxes), None)

    def _emptiable(self, name: str, attempt: Attempt) -> Harm | None:
        """Return what a TRUNCATE that nothing refused would have destroyed."""
        person = attempt.about.person
        rows = self.field.population.held.get(name, ())
        row, victims = next(
            ((r, v) for r in rows if (v := self.field.labels.foreign(name, r, person))), ({}, ())
        )
        if not victims:
            return None
        beside = is_beside(self.field, "TRUNCATE", name, attempt.actor.role)
        kind = "residual" if beside else "destroyed"
        script = self.field.script(name, attempt.actor, (f"truncate {name} cascade",))
        return Harm(attempt.actor.name, kind, name, min(victims), telling(row), script)

    def _whole(self, about: Try) -> frozenset[str]:
        """Return the relation that an insert names, with its parts and its whole; or all below a view."""
        relation, texts = about.relation, self.field.texts
        if relation.kind not in TABLE_KINDS:
            return texts.touched_by(relation.name)
        parts = {part.name for part in self.field.catalog.parts(relation.name)}
        return frozenset(parts | {relation.name, relation.parent})

    def _updated(self, about: Try) -> Container[str]:
        """Return the relations that an update names, itself or by a view over them."""
        name = about.relation.name
        return {name} if about.relation.kind in TABLE_KINDS else self.field.texts.touched_by(name)

    def _unclear(self, name: str, verb: str, tried: list[tuple[Attempt, Outcome]]) -> str:
        """Say why attempts that did no harm prove nothing."""
        field = self.field
        if verb in {"UPDATE", "DELETE"} and not field.population.row(name, ALICE.name):
            relation = field.catalog.relation(name)
            if relation and relation.kind in TABLE_KINDS and name in field.owners.owned:
                return field.population.unfilled.get(name, "")
        hung = next((o for _, o in tried if o.state in HUNG), None)
        return f"an attempt was ended after its time: {hung.message}" if hung else ""


def _came_to(outcome: Outcome) -> str:
    if outcome.state == REFUSED or (not outcome.state and not outcome.touched):
        return "refused"
    return f"{outcome.state} {outcome.message}" if outcome.state else "done"


def _of_each(harms: Iterable[Harm]) -> tuple[Harm, ...]:
    """Return one harm of each actor and kind to each relation: one that shows a value, if any does."""
    found: dict[tuple[str, str, str], Harm] = {}
    for harm in harms:
        known = found.get((harm.actor, harm.kind, harm.relation))
        if known is None or (says_little(known) and not says_little(harm)):
            found[harm.actor, harm.kind, harm.relation] = harm
    return tuple(found.values())
