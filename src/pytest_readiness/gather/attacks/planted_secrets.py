"""Gives secrets of the platform values that can be known again, and tells whether one comes out.

Settings of the database, what is kept in the vault, and rows of a configuration belong to no user, so that
nobody's rows tell of them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.judges.purpose.platform_secrets import (
    is_configuration,
    is_secret_kept,
    is_secret_name,
    is_secret_setting,
    keyed,
)
from pytest_readiness.judges.sql.lexis import plain, strings
from pytest_readiness.judges.sql.reach import conditions_of
from pytest_readiness.judges.sql.requests import settings_in
from pytest_readiness.target.identities import SUPERUSER
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

_READS = re.compile(r"\bcurrent_setting\s*\(|\bdecrypted_secrets\b", re.IGNORECASE)
_BY_NAME = re.compile(r"\bcurrent_setting\s*\(\s*(?!')", re.IGNORECASE)
"""A setting whose name is not written out, or not at first."""

_MADE = re.compile(r"\bset_config\s*\(\s*'([\w.]+)'", re.IGNORECASE)
_VAULT = re.compile(r"\bdecrypted_secrets\b", re.IGNORECASE)
_LIKE_A_NAME = re.compile(r"[A-Za-z][\w.:/-]{2,63}")
_SOME = "payment_secret_key"
"""How a secret is called that is there where a function is told the name of one."""

_MOST = 24
_VALUES_REFUSED = "22"
"""Class of what the server refuses as a value: the one that was made up, and not the one that is there."""

_KEEP = """do $kept$ begin
    perform vault.update_secret(id, {value}) from vault.secrets where name = {name};
    if not found then perform vault.create_secret({value}, {name}); end if;
end $kept$"""


@dataclass(frozen=True, slots=True)
class Planted:
    """A secret that has a value of its own.

    Attributes:
        name: By which code asks for it.
        place: Where it is, for people.
        statement: By which a superuser puts the value there, until the transaction ends.
        relation: Of whose rows it is one; empty where it is in none.
    """

    name: str
    place: str
    statement: str
    value: str
    relation: str = ""


class PlantedSecrets:
    """Knows the secrets of the platform that texts ask for."""

    def __init__(self, field: Field) -> None:
        self.field = field

    def asked_by(self, text: str) -> tuple[Planted, ...]:
        """Return the secrets that a body or a view asks for, at once or through functions that it calls."""
        if not self._asking and not self._keeping:
            return ()
        bodies = (text, *(function.body for function in self.field.texts.called([text])))
        found = dict.fromkeys(one for body in bodies for one in self._of(body))
        return tuple(islice(found, _MOST))

    def attempt(self, actor: Identity, steps: tuple[str, ...], secrets: Iterable[Planted]) -> Attempt:
        """Return an attempt at a target in which these secrets have values of their own."""
        before = tuple(one.statement for one in secrets)
        names = [f"set_config({literal(one.name)}," for one in secrets]
        own = tuple(said for said in actor.statements if not any(name in said for name in names))
        return Attempt(replace(actor, statements=own), steps, before=before)

    def told(self, outcome: Outcome, secrets: Iterable[Planted]) -> Planted | None:
        """Return the secret that came out: in rows, in an error of the code's own, or in notices."""
        said = "" if outcome.state.startswith(_VALUES_REFUSED) else outcome.said
        out = "\n".join((*outcome.rows, said, *outcome.notices)).replace("-", "")
        return next((one for one in secrets if one.value in out), None)

    def _of(self, body: str) -> Iterator[Planted]:
        said = plain(body)
        if _READS.search(said):
            names = self._settings if _BY_NAME.search(said) else settings_in([said])
            yield from (_setting(name) for name in names if name in self._settings)
            yield from self._kept(said)
        for name in self.field.texts.mentioned(body) & self._keeping.keys():
            yield from self._keeping[name]

    def _kept(self, said: str) -> Iterator[Planted]:
        if not _VAULT.search(said) or not self._has_vault:
            return
        for name in dict.fromkeys((*strings(said), _SOME)):
            if _LIKE_A_NAME.fullmatch(name) and is_secret_kept(name):
                value = _value(f"vault {name}")
                keep = _KEEP.format(value=literal(value), name=literal(name))
                yield Planted(name, f"{name} in the vault", keep, value)

    @cached_property
    def _asking(self) -> bool:
        return bool(self._settings) or any(map(_VAULT.search, self.field.texts.all()))

    @cached_property
    def _settings(self) -> frozenset[str]:
        """Settings that hold secrets, and that nothing makes to say who calls.

        Who runs SQL of his own, or of his application's, asks for a setting by himself.
        """
        target, texts = self.field.target, self.field.texts
        if target.logins or not target.profile.clients:
            return frozenset()
        made = {name for text in texts.all() for name in _MADE.findall(text)}
        asked = [text for relation in self.field.catalog.relations for text in conditions_of(relation)]
        told_apart = made.union(settings_in(asked))
        return frozenset(
            name for name in texts.settings if is_secret_setting(name) and name not in told_apart
        )

    @cached_property
    def _has_vault(self) -> bool:
        keep = _KEEP.format(value=literal(_value(_SOME)), name=literal(_SOME))
        return not self.field.runner.one(Attempt(SUPERUSER, (keep,))).state

    @cached_property
    def _keeping(self) -> dict[str, tuple[Planted, ...]]:
        """By configuration that is there, the secrets in its rows."""
        found = {
            relation.name: tuple(islice(self._in_rows(relation), _MOST))
            for relation in self.field.catalog.relations
            if relation.kind == "table" and is_configuration(relation)
        }
        return {name: planted for name, planted in found.items() if planted}

    def _in_rows(self, relation: Relation) -> Iterator[Planted]:
        held = self.field.population.held.get(relation.name, ())
        if relation.name in self.field.owners.owned or not held:
            return
        if pair := keyed(relation):
            names = [name for row in held for key in pair[0] if isinstance(name := row.get(key), str)]
            keys, value = [relation.column(key) for key in pair[0]], relation.column(pair[1])
            for name in filter(is_secret_name, names):
                where = " or ".join(f"{key.quoted}::text = {literal(name)}" for key in keys if key)
                if value:
                    yield _row(relation, name, value.quoted, value.type, where)
        for column in relation.columns:
            if is_secret_name(column.name) and column.type in {"text", "character varying"}:
                yield _row(relation, column.name, column.quoted, column.type, "true")


def _row(relation: Relation, name: str, column: str, kind: str, where: str) -> Planted:
    value = _value(f"{relation.name} {name}")
    said = literal(f'"{value}"' if kind.startswith("json") else value)
    update = f"update {relation.name} set {column} = {said} where {where}"
    put = f"do $put$ begin {update}; exception when others then null; end $put$"
    return Planted(name, f"{name} in {relation.name}", put, value, relation.name)


def _setting(name: str) -> Planted:
    value = _value(name)
    made = f"select set_config({literal(name)}, {literal(value)}, true)"
    return Planted(name, f"the setting {name}", made, value)


def _value(name: str) -> str:
    """Return a value that is a text, a uuid without its dashes, and in hexadecimal or base64 as well."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]
