"""Whether the answer of a call says that it was done, told from calls of which that is known."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from fnmatch import fnmatchcase
from glob import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_LEAST_SEEN = 2
"""Answers of success without which nothing is learned from them."""

_TOKEN = re.compile(r"(?=.*[0-9])[\w:-]{16,}")
_DIGITS = re.compile(r"[0-9][0-9:.,+-]*")
_LETTER = re.compile(r"[^\W\d_]")
_AS_SENT = {"t": "true", "f": "false"}
_STATES = ("status", "state", "result", "outcome", "code")
_NUMBER, _OBJECT = "a number", "an object"

Members = dict[str, str | None]


class Reading(Enum):
    """What an answer says."""

    DONE = "done"
    REFUSED = "refused"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Words:
    """What answers of one operation look like.

    Attributes:
        forms: Of answers to calls that did what they were asked for; empty where nothing was learned.
        refusals: Of answers, which are none of these, to calls that did nothing.
        fixed: Members of objects that are the same in every success.
        telling: Those of them by which a refusal was told.
        faults: Members that refusals have alone.
        needed: Members that every success has, and no refusal.
        below: Numbers that a refusal is under; None where numbers tell nothing.
    """

    forms: frozenset[str] = frozenset()
    refusals: frozenset[str] = frozenset()
    fixed: tuple[tuple[str, str | None], ...] = ()
    telling: frozenset[str] = frozenset()
    faults: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    below: Decimal | None = None

    def read(self, answer: str | None) -> Reading:
        """Tell what an answer says; done where nothing else is known."""
        text = _plain(answer)
        form = text if text in self.forms | self.refusals else _form(text)
        if not self.forms or (form not in self.refusals and self._is_done(form, text)):
            return Reading.DONE
        if form in self.refusals or self._is_refusal(form, text):
            return Reading.REFUSED
        # Where success has one form and refusals are answers too, whatever else is said is one of them.
        return Reading.REFUSED if self.refusals and len(self.forms) == 1 else Reading.DOUBTFUL

    def _is_done(self, form: str, text: str) -> bool:
        if form not in self.forms:
            return False
        if form == _OBJECT:
            members = _members(text)
            return not self._faulty(members) and all(members.get(key) == value for key, value in self.fixed)
        return form != _NUMBER or self.below is None or Decimal(text) >= self.below

    def _is_refusal(self, form: str, text: str) -> bool:
        if form == _OBJECT and _OBJECT in self.forms:
            return self._faulty(_members(text))
        return form == _NUMBER and form in self.forms

    def _faulty(self, members: Mapping[str, str | None]) -> bool:
        differs = any(members.get(key) != value for key, value in self.fixed if key in self.telling)
        lacks = any(members.get(key) is None for key in self.needed)
        return differs or lacks or any(members.get(key) is not None for key in self.faults)


def learned(done: Sequence[str | None], undone: Sequence[str | None]) -> Words:
    """Learn from answers to calls that surely did something, and to others that surely did nothing.

    Args:
        done: Of calls with different amounts, so that what is always the same is a word and no balance.
        undone: Of calls that changed no balance and left no entry, and raised no error.
    """
    texts, others = list(map(_plain, done)), list(map(_plain, undone))
    if len(texts) < _LEAST_SEEN:
        return Words()
    if len(set(texts)) == 1 and _form(texts[0]) != _OBJECT:
        return Words(frozenset(texts[:1]), frozenset(other for other in others if other != texts[0]))
    forms = frozenset(map(_form, texts))
    refusals = frozenset(map(_form, others)) - forms
    same = [other for other in others if _form(other) in forms]
    objects = _of_objects(
        [_members(text) for text in texts if _form(text) == _OBJECT],
        [_members(other) for other in same if _form(other) == _OBJECT],
    )
    return Words(forms, refusals, *objects, _least(texts, same))


def _of_objects(
    done: Sequence[Members], undone: Sequence[Members]
) -> tuple[tuple[tuple[str, str | None], ...], frozenset[str], frozenset[str], frozenset[str]]:
    """Return what is fixed in success, what of it tells, and what one side alone has."""
    if not done:
        return (), frozenset(), frozenset(), frozenset()
    keys = dict.fromkeys(key for members in done for key in members)
    fixed = {k: done[0].get(k) for k in keys if len({members.get(k) for members in done}) == 1}
    telling = frozenset(k for k, value in fixed.items() if any(m.get(k) != value for m in undone))
    ever = {key for members in done for key in members if members[key] is not None}
    faults = frozenset(key for members in undone for key in members if members[key] is not None) - ever
    always = {key for key in ever if all(members.get(key) is not None for members in done)}
    needed = frozenset(key for key in always if undone and all(m.get(key) is None for m in undone))
    return tuple(fixed.items()), telling, faults, needed


def _least(done: Iterable[str], undone: Iterable[str]) -> Decimal | None:
    """Return the number that success begins at, where refusals are numbers under it."""
    good = [Decimal(text) for text in done if _form(text) == _NUMBER]
    bad = [Decimal(text) for text in undone if _form(text) == _NUMBER and Decimal(text) < min(good)]
    if not good or not bad or max(bad) > 0 or min(good) < 0:
        return None
    return Decimal(0) if max(bad) < 0 else min(good)


def _plain(answer: str | None) -> str:
    """Return the same for what a server writes and for what a driver makes of it."""
    text = answer or ""
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    return _AS_SENT.get(text, text)


def _form(text: str) -> str:
    """Return what answers of one kind have in common: their numbers and tokens differ from call to call."""
    if text.startswith(("{", "(")) and _members(text):
        return _OBJECT
    if _TOKEN.fullmatch(text):
        return f"a token of {len(text)}"
    try:
        return _NUMBER if Decimal(text).is_finite() else text
    except InvalidOperation:
        return _DIGITS.sub("0", text)


def _members(text: str) -> Members:
    """Return the members of an object, or the fields of a row, with a path for those of objects in it."""
    if text.startswith("(") and text.endswith(")"):
        return {str(place): _plain(field) or None for place, field in enumerate(text[1:-1].split(","))}
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return dict(_flat("", value)) if isinstance(value, dict) else {}


def _flat(path: str, value: dict[str, object]) -> Iterator[tuple[str, str | None]]:
    for key, member in value.items():
        if isinstance(member, dict):
            yield from _flat(f"{path}{key}.", member)
        else:
            yield f"{path}{key}", None if member is None else json.dumps(member)


def names_refusal(refused: Iterable[str], answer: str | None) -> bool:
    """Tell whether an answer is one of those that settings call refusals: itself, or a member of it."""
    if answer is None:
        return False
    said = [answer, _plain(answer)]
    if answer.startswith(("{", "(")):
        said += [value.strip('"') for value in _members(answer).values() if value is not None]
    return any(fnmatchcase(one, pattern) for pattern in refused for one in said)


def to_declare(answer: str | None) -> str:
    """Return the line that says of an answer, and of none without its words, that it is a refusal."""
    members = _members(answer or "") if (answer or "").startswith(("{", "(")) else {}
    by_use = sorted(members, key=lambda key: key.rpartition(".")[2].lower() not in _STATES)
    words = [value.strip('"') for key in by_use if (value := members[key]) and value.startswith('"')]
    said = escape(words[0] if words else answer or "")
    # What differs from call to call is left open, but for an answer that is nothing else.
    wider = said if words else _DIGITS.sub("*", said)
    return f"refused = [{json.dumps(wider if _LETTER.search(wider) else said)}]"
