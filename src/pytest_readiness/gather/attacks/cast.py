"""Who acts on the target: users of two tenants with whole tokens, and those who are nobody."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.people import NEWCOMER
from pytest_readiness.judges.owners.accounts import PRIVILEGE, commonest
from pytest_readiness.judges.owners.assurance import SECOND_FACTOR, in_good_standing
from pytest_readiness.judges.owners.namesakes import are_told_by_tenant
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.judges.sql.nouns import TENANT_WORD, USER_WORD
from pytest_readiness.judges.sql.requests import claims_in, headers_in, settings_in
from pytest_readiness.target.identities import (
    Identity,
    application_user,
    claims,
    claims_statement,
    supabase_role,
    with_claims,
)
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person, Tenant
    from pytest_readiness.judges.sql.requests import Claim
    from pytest_readiness.judges.sql.texts import Texts
    from pytest_readiness.target.target import Target

_CASTS = re.compile(
    r"current_setting\s*\(\s*'(?P<name>[\w.]+)'(?:::text)?[^;:)]{0,20}\)[^;:]{0,20}"
    r"(?:::text[^;:]{0,20})?::(?P<type>integer|bigint|smallint|uuid)",
    re.IGNORECASE,
)
_REQUEST = re.compile(r"\brequest\.[\w.]+")
"""Settings by which the API says whose request it is."""

_SHAPELESS = "22023"
_SHAPES = re.compile(r"\b(?:from|on|of) an? (?:scalar|object|array|non-(?:object|array))\b")
"""What code raises that looks for elements of a document that has none."""

_MALFORMED = frozenset({"22P02", "22007", _SHAPELESS})
"""What a cast raises to which a text makes no sense, or the same of a document."""

_KEYS = frozenset({"", "smallint", "integer", "bigint", "numeric", "uuid"})
"""Types of a key that a claim holds; none where nothing tells it."""

_SEARCHED = re.compile(r"\b(?:position|strpos|i?like|starts_with|regexp_\w+)\b|~", re.IGNORECASE)
"""What looks for a text in another."""

_SWITCHES = 12
"""Settings with a word that somebody makes who runs SQL of his own."""

_STANDARD = frozenset(
    {"sub", "role", "aud", "exp", "iat", "iss", "email", "phone", "aal", "amr", "session_id"}
    | {"is_anonymous", "provider", "providers", "app_metadata", "user_metadata"}
)
ANONYMOUSLY = ", signed in anonymously"
"""How the name of a user who has none ends."""

USER_METADATA = "user_metadata"
"""The part of the token that a user may write."""


class Cast:
    """Makes identities that fit the target: its claims, its settings, its types of keys.

    Attributes:
        user_type: Type of the columns that hold a user's key.
        tenant_type: Type of the columns that hold a tenant's key.
        ranks: What members of tenants are there, by where a claim stands and how it is called.
        forms: The types that code takes claims for, by the same; where it is none of a key, nobody has it.
        spelt: The texts that tenants have for keys in the target, with the tenants' names.
    """

    def __init__(
        self,
        target: Target,
        catalog: CatalogEvidence,
        texts: Texts,
        owners: Owners,
        ranks: Mapping[tuple[str, str], str] | None = None,
    ) -> None:
        self.target = target
        self.ranks = ranks or {}
        self.forms: Mapping[tuple[str, str], str] = {}
        self.spelt: Mapping[str, str] = {}
        self.texts = texts
        self.owners = owners
        self._told_by_tenant = are_told_by_tenant(catalog, owners)
        self.user_type = self._key_type(catalog, owners, "users", USER_WORD)
        self.tenant_type = self._key_type(catalog, owners, "tenants", TENANT_WORD)

    def _key_type(self, catalog: CatalogEvidence, owners: Owners, which: str, word: re.Pattern[str]) -> str:
        """Return the type of a key: what code makes of the setting, or that of the columns that hold it."""
        said = "" if self.target.profile.clients else _as_cast(self.texts, word)
        return said or commonest(catalog, owners, which) or "uuid"

    @property
    def declared(self) -> bool:
        """Whether anything says how somebody becomes a user."""
        return bool(self.target.profile.clients or self.target.session)

    def user(self, person: Person, name: str = "", **forged: object) -> Identity:
        """Return an end user.

        Args:
            person: Whose key it has.
            name: For people; the person's own if absent.
            **forged: Claims that replace the person's own.
        """
        session = self.target.session
        if not self.target.profile.clients and session:
            tenant = self.tenant_key(person.tenant) if person.tenant else ""
            identity = application_user(session, person, person.key(self.user_type), tenant)
            return replace(identity, name=name or person.name)
        identity = with_claims(self.target.profile, name or person.name, self.claims(person) | forged)
        statements = (*identity.statements, *self.settings(person), *self.headers(person))
        return replace(identity, statements=statements)

    def headers(self, person: Person) -> tuple[str, ...]:
        """Return the statement by which a request of the person's has the headers that code reads."""
        sent = json.dumps(self.sent(person))
        return (f"select set_config('request.headers', {literal(sent)}, true)",) if self.texts.headers else ()

    def sent(self, person: Person) -> dict[str, str]:
        """Return the headers of the person's requests that code reads."""
        named = {name: self._value(name.replace("-", "_"), person) for name in self.texts.headers}
        return {name: str(value) for name, value in named.items() if value is not None}

    def claims(self, person: Person) -> dict[str, Any]:
        """Return the person's whole token, with the claims that the target's own code reads."""
        found = claims(person, self.target.profile.user)
        if self.texts.mentions(SECOND_FACTOR):
            found |= {"aal": SECOND_FACTOR, "amr": [{"method": "password"}, {"method": "totp"}]}
        for claim in self.texts.claims:
            value = self.claim(claim, person)
            if value is None:
                continue
            if claim.within:
                found[claim.within] = {claim.name: value} | found[claim.within]
            else:
                found.setdefault(claim.name, value)
        return found

    def claim(self, claim: Claim, person: Person) -> object:
        """Return the value of a claim of the application's own; None for one that gives rights."""
        if self.says_rank(claim):
            rank = self.ranks.get((claim.within, claim.name)) if person.tenant else None
            return [rank] if claim.listed and rank is not None else rank
        if claim.name in _STANDARD or PRIVILEGE.search(claim.name):
            return None
        if (standing := in_good_standing(claim.name)) is not None:
            return standing
        form = self.forms.get((claim.within, claim.name), "")
        value = self._value(claim.name, person, form) if form in _KEYS else None
        return [value] if claim.listed and value is not None else value

    def says_rank(self, claim: Claim) -> bool:
        """Whether a claim of the application's own gives rights."""
        own = bool(claim.within) or claim.name not in _STANDARD
        return own and bool(PRIVILEGE.search(claim.name))

    def invented(self, person: Person, state: str, message: str, texts: Collection[str]) -> bool:
        """Whether an error is over a claim, header or setting that nothing but this tool gave a person.

        The key of a user is not among them, whose form the platform decides.

        Args:
            person: Whose statement failed.
            state: SQLSTATE.
            message: Of the server, which quotes a value that it cannot make out.
            texts: That ran: what none of them reads is not what the error is over.
        """
        if state not in _MALFORMED:
            return False
        read = {claim for claim in claims_in(texts) if self.claim(claim, person) is not None}
        if state == _SHAPELESS:  # it quotes nothing
            return bool(_SHAPES.search(message)) and any(claim.listed for claim in read)
        called = {claim.name for claim in read}
        own = [self.claim(claim, person) for claim in self.texts.claims if claim.name in called]
        sent = [self._value(name.replace("-", "_"), person) for name in headers_in(texts)]
        said = [self._value(name.rpartition(".")[2], person) for name in settings_in(texts)]
        parts = [part for one in own if isinstance(one, list) for part in one]
        values = {one if isinstance(one, str) else json.dumps(one) for one in (*own, *parts, *sent, *said)}
        return any(f'"{value}"' in message for value in values - {person.uuid})

    def _value(self, name: str, person: Person, form: str = "") -> str | int | None:
        if USER_WORD.search(name) and not TENANT_WORD.search(name):
            return person.key(form or self.user_type)
        return self.tenant_key(person.tenant, form) if person.tenant else None

    def tenant_key(self, tenant: Tenant, form: str = "") -> str | int:
        """Return a tenant's key; one of letters as the target spells it, whose rules may ask for a form.

        Args:
            tenant: Whose key it is.
            form: Type of the key; that of the columns that hold it if absent.
        """
        usual = tenant.key(form or self.tenant_type)
        own = {key for key, name in self.spelt.items() if name == tenant.name}
        if not isinstance(usual, str) or usual == tenant.uuid or usual in own or len(own) != 1:
            return usual
        return own.pop()

    def settings(self, person: Person) -> tuple[str, ...]:
        """Return the statements that an application runs to say whose request it is."""
        named = [name for name in self.texts.settings if not PRIVILEGE.search(name)]
        values = {name: self._value(name.rpartition(".")[2], person) for name in named}
        return tuple(
            f"select set_config({literal(name)}, {literal(str(value))}, true)"
            for name, value in values.items()
            if value is not None
        )

    def forgers(self, person: Person, victim: Person) -> Iterator[Identity]:
        """Yield a user who chose what users may choose of themselves, to be taken for the victim."""
        editable = [claim for claim in self.texts.claims if claim.within == USER_METADATA]
        if editable:
            hers = {c.name: v for c in editable if (v := self.claim(c, victim)) is not None}
            ranks = {name: rank for (_, name), rank in self.ranks.items()}
            own = {c.name: ranks.get(c.name, "admin") for c in editable if PRIVILEGE.search(c.name)}
            # What an administrator says of a user may come first: of a newcomer he has said nothing yet.
            for one in (person, NEWCOMER):
                yield self.user(one, f"{one.name}, who edited his metadata", user_metadata=own | hers)
        if sent := self.headers(victim):
            forger = self.user(person, f"{person.name}, who sent her headers")
            yield replace(forger, statements=(*forger.statements, *sent))
        if self.target.logins:
            yield from self._set_by_himself(person, victim)
        yield from self._namesakes(person, victim)
        if self.texts.mentions(SECOND_FACTOR):
            yield self.user(person, f"{person.name}, without a second factor", aal="aal1", amr=[])
        if self.texts.mentions("email"):
            domain = victim.email.partition("@")[2]
            alike = (f"{person.name}@not{domain}", f"{person.name}@{domain}.elsewhere.test")
            for address in alike if self._domains else (f"%@{domain}",):
                name = f"{person.name}, signed up as {address}"
                yield self.user(person, name, email=address)
        if self.texts.mentions("is_anonymous"):
            yield self.user(person, f"{person.name}{ANONYMOUSLY}", is_anonymous=True, email="")

    def _set_by_himself(self, person: Person, victim: Person) -> Iterator[Identity]:
        """Yield who logs in as himself and sets what was set for him before: nobody else says who he is."""
        own, hers = self.user(person), self.user(victim)
        if hers.statements:
            name = f"{person.name}, who set her settings"
            yield replace(own, name=name, statements=(*own.statements, *hers.statements))
        for setting, said in self.texts.switches[:_SWITCHES]:
            made = f"select set_config({literal(setting)}, {literal(said)}, true)"
            name = f"{person.name}, who set {setting} to `{said}`,"
            yield replace(own, name=name, statements=(*own.statements, made))

    @property
    def _domains(self) -> bool:
        """Whether the domain of an address says whose tenant a caller is of."""
        return any(owned.domains for owned in self.owners.owned.values())

    def _namesakes(self, person: Person, victim: Person) -> Iterator[Identity]:
        """Yield users of tenants whose key is how the victim's begins, or has the victim's in it."""
        if not self.target.profile.clients:
            yield from self._tenants_alike(person, victim)
            if self._told_by_tenant and not self.target.logins:
                same = replace(person, uuid=victim.uuid, number=victim.number)
                yield self.user(same, f"{person.name}, called in his tenant as she is in hers,")
            return
        for claim in self.texts.claims:
            found = self.claim(claim, victim)
            hers = found[0] if isinstance(found, list) else found
            if hers in {None, victim.uuid, victim.tenant and victim.tenant.uuid}:
                continue
            for name in _alike(hers, searched=self._is_searched(claim)):
                value = {claim.name: [name] if isinstance(found, list) else name}
                within: dict[str, Any] = {claim.within: value} if claim.within else value
                yield self.user(person, f"{person.name}, of a tenant called {name}", **within)

    def _is_searched(self, claim: Claim) -> bool:
        """Whether code that reads a claim looks for one text in another."""
        said = (plain(text) for text in self.texts.all() if f"'{claim.name}'" in text)
        return any(_SEARCHED.search(text) for text in said)

    def _tenants_alike(self, person: Person, victim: Person) -> Iterator[Identity]:
        """Yield the same where the application says whose request it is; both keys may be mixed up."""
        if not person.tenant or not victim.tenant or self.tenant_type == "uuid":
            return
        hers, own = str(self.tenant_key(victim.tenant)), str(self.tenant_key(person.tenant))
        for name in (hers[:-1], f"1{hers}"):
            yield from self._renamed(person, own, name, f"of a tenant called {name}")
        if self.user_type == self.tenant_type:
            number = str(person.key(self.user_type))
            yield from self._renamed(person, number, hers, "whose own key is that of her tenant")

    def _renamed(self, person: Person, key: str, other: str, said: str) -> Iterator[Identity]:
        """Yield a person for whom the application sets another key, if it sets the first at all."""
        identity = self.user(person)
        statements = tuple(text.replace(literal(key), literal(other)) for text in identity.statements)
        if statements != identity.statements:
            yield replace(identity, name=f"{person.name}, {said},", statements=statements)

    def nobody(self) -> tuple[Identity, ...]:
        """Return callers without a user: the anonymous role, and a token that names nobody."""
        profile = self.target.profile
        if not profile.clients:
            session = self.target.session
            # Whoever logs in as a role of his own is somebody.
            if session is None or session.logins:
                return ()
            return (Identity("a caller without a user", session.role, session.role, ()),)
        empty = _emptied(self.texts.settings)
        found = []
        if "anon" in profile.clients:
            anonymous = supabase_role(profile, "anon")
            found.append(replace(anonymous, statements=(*anonymous.statements, *empty)))
        bare = claims_statement({"role": profile.user})
        found.append(Identity("a caller without a user", profile.login, profile.user, (bare, *empty)))
        return tuple(found)

    def unsaid(self, identity: Identity) -> tuple[str, ...]:
        """Return the statements by which nobody is left of whom a transaction acted for before."""
        return _emptied({*self.texts.settings, *_REQUEST.findall("\n".join(identity.statements))})

    def unset(self) -> tuple[Identity, ...]:
        """Return callers on a connection where no setting of the application's was ever made.

        Such a setting is NULL; once it was set in a transaction, it is empty for the rest of the session.
        """
        profile, where = self.target.profile, "on a new connection"
        if not profile.clients:
            return tuple(replace(nobody, name=f"{nobody.name}, {where}") for nobody in self.nobody())
        api = "anon" in profile.clients  # which makes the settings of a request before all else
        if api and not self.texts.settings:
            return ()
        bare = (claims_statement({"role": profile.user}),) if api else ()
        found = [Identity(f"a caller without a user, {where}", profile.login, profile.user, bare)]
        if "anon" in profile.clients:
            found.insert(0, replace(supabase_role(profile, "anon"), name=f"anon, {where}"))
        return tuple(found)


def _alike(hers: object, *, searched: bool) -> tuple[str | int, ...]:
    """Return keys that hers begins with or ends; of numbers only where code looks for a text in another."""
    if isinstance(hers, str):
        return hers[:-1], f"a{hers}"
    return (int(f"{hers}"[:-1]), int(f"1{hers}")) if isinstance(hers, int) and searched else ()


def _emptied(settings: Collection[str]) -> tuple[str, ...]:
    return tuple(f"select set_config({literal(name)}, '', true)" for name in sorted(settings))


def _as_cast(texts: Texts, word: re.Pattern[str]) -> str:
    """Return the type that code gives to a setting that is called so; empty where it gives none."""
    found = (m for text in texts.all() for m in _CASTS.finditer(plain(text)))
    return next((m["type"].lower() for m in found if word.search(m["name"].rpartition(".")[2])), "")
