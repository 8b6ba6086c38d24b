"""Whether a relation is open to everybody on purpose: its author says so, and no column speaks against."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.visibility import is_over
from pytest_readiness.judges.sql.lexis import names, plain, strings, underscored, word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pytest_readiness.evidence.catalog import Policy, Relation

LISTS = r"directory|catalog|katalog|(?<![a-z])referenc|referenz|referenti|lookup|verzeichnis|annuaire"
"""What a list is called in which all look something up."""

_WORDS = re.compile(
    rf"{LISTS}|public|publi[kq]|publish|listing|timetable|storefront|shop_?window|showcase|guest|visitor|"
    r"öffentlich|oeffentlich|público|pubblic",
    re.IGNORECASE,
)
"""What a policy is called whose author means everybody."""

_ALL = re.compile(r"every_?(one|body)|any_?(one|body)|world", re.IGNORECASE)
"""What a policy is called by those who meant all and by those who did not think: it counts beside a genre."""

_EVERY = re.compile(rf"{_ALL.pattern}|(^|_)all(_|$)", re.IGNORECASE)
"""The same of a policy that is doubted, and proves nothing."""

_SENTENCE = re.compile(
    r"\b(view(able|ed)|visible|read(able)?|seen|accessible) (by|to|for) "
    r"(every ?(one|body)|any ?(one|body)|(the )?(whole )?world)( in the world)?$",
    re.IGNORECASE,
)
"""What a policy is called as the documentation of the platform has it, and as no template does."""

_INSIDE = re.compile(
    r"(^|_)(billing|invoice|invoicing|accounting|owner|admin|private|personal|home|emergency|internal)(_|$)",
    re.IGNORECASE,
)
"""Of addresses of a tenant, those at which the public does not call."""

_GENRE = re.compile(
    r"(^|_)(review|rating|testimonial|product|article|blog|faq|menu|categor|showcase)",
    re.IGNORECASE,
)
"""Tables of what people write to be read."""

_FORUM = re.compile(
    rf"{_GENRE.pattern}|(^|_)(thread|topic|post|repl(y|ie)|comment|question|answer|announcement|notice|poll)s?(_|$)",
    re.IGNORECASE,
)
"""Tables of what people write to each other, which strangers read where somebody chose that they do."""

_SENSITIVE = re.compile(
    r"(^|_)(pass(word|wd|code)?|pwd|secret|token|otp|pin|hash|salt|key|iban|bic|account_n\w*|card|cvv|ssn|tax|vat|"
    r"salary|wage|income|balance|amount|e?_?mail|phone|mobile|tel|birth\w*|dob|address|street|diagnos\w*|medical|"
    r"health|passport|licen[cs]e|ip|lat|latitude|lng|longitude|location|note|notes|message|payload|credentials?)(_|$)",
    re.IGNORECASE,
)
"""Names of columns whose values nobody publishes."""

_CONTACT = re.compile(
    r"(^|_)(e?_?mail|phone|mobile|tel|address|street|lat|latitude|lng|longitude|location)(_|$)", re.IGNORECASE
)
"""Those of them at which shops, offices and clinics are called upon."""

_CALLED = re.compile(rf"{_CONTACT.pattern}|(^|_)(licen[cs]e|vat)(_|$)", re.IGNORECASE)
"""The same, with the numbers under which those are registered who trade."""

_SECRET = re.compile(
    r"(^|_)(pass(word|wd|code|phrase)|pwd|secret|token|otp|pin|cvv|ssn|iban|salary|credentials?|"
    r"(door|access|gate|entry|alarm|lock|unlock)_?code|(private|secret|api|access)_?key)(_|$)",
    re.IGNORECASE,
)
"""Names of columns that are published with nothing, whatever else is shown of a thing."""

_PAPER = re.compile(
    r"^((id|identity|national_id|passport|driv(ing|er|ers)_licen[cs]e|visa)(_(card|document|scan|copy|photo|picture))?|"
    r"pay_?slip|bank_statement|medical_(record|report|certificate)|prescription|"
    r"(personal)?ausweis(kopie)?|reisepass|gehaltsabrechnung|pi[eè]ce_d?_?identit[eé]|passeport|fiche_de_paie|"
    r"pasaporte|dni|n[oó]mina|carta_d?_?identit[aà]|passaporto|busta_paga|passaporte|paspoort|loonstrook)$",
    re.IGNORECASE,
)
"""What papers are called that say who somebody is, or what he has."""

_FILE = re.compile(
    r"(^|_)(path|url|uri|file|filename|storage|object|blob|bucket|attachment|upload|scan)(_|$)|^content$",
    re.IGNORECASE,
)
"""Names of columns that hold a file, or lead to one."""


_CLOSED = re.compile(r"(^|_)(closed|ended|retired|discontinued)(_|$)", re.IGNORECASE)
"""What is said of a thing that is there no more for anybody, beside what is said of places."""

_ASKS = re.compile(
    r"\bselect\b|\b(current|session)_(user|role|setting)\b|\w+\.\w+\s*\(|\buser\b", re.IGNORECASE
)
"""What a condition may ask who reads with: a query, a function of a schema, the role, a setting."""


def published_by_name(relation: Relation, roles: Collection[str], *, directory: bool = False) -> str:
    """Return the policy by which everybody reads a relation on purpose; empty if there is none.

    It has to be for SELECT alone and without any condition. Its name says so, or the relation is a
    directory: one row for each user or tenant. A relation that shows a column such as an address or a
    balance to these roles is not taken for public, whatever it is; but where grants choose the columns
    that are shown, somebody chose those at which he is called upon as well.
    """
    private = {name for name in _shown(relation, roles) if is_sensitive(name)}
    if withheld(relation, roles):
        private = {name for name in private if not _CALLED.search(underscored(name))}
    if private:
        return ""
    open_ = (policy.name for policy in relation.policies if _is_open(policy, roles))
    written = bool(_GENRE.search(underscored(relation.table)))
    return next((name for name in open_ if directory or _says(name, written=written)), "")


@dataclass(frozen=True, slots=True)
class Parties:
    """To whom grants show columns.

    Attributes:
        stranger: The role of those who did not sign in.
        user: That of those who did.
        clients: Of all clients, to none of whom anything is shown that nobody publishes.
    """

    stranger: str
    user: str
    clients: Collection[str]


def shown_by_choice(
    relation: Relation, whose: Collection[str], keys: Collection[str], parties: Parties
) -> str:
    """Return the policy by which those who did not sign in read columns that somebody chose; empty if none.

    Whoever grants them some columns, and keeps from them whose a row is, has thought of them reading it. It
    says nothing of what users read beyond that.

    Args:
        relation: Whose grants say so.
        whose: Its columns that name an owner.
        keys: Its columns that say nothing but what belongs to what, those among them.
        parties: Who reads it.
    """
    shown = _shown(relation, [parties.stranger])
    if not shown or not whose or shown & set(whose) or _shows_more(relation, keys, parties):
        return ""
    return "" if shows_private(relation, parties.clients) else _opening(relation, parties.stranger)


def shown_with_parent(relation: Relation, keys: Collection[str], parties: Parties) -> str:
    """Return the policy that by its name shows all of them what hangs on such a row; empty if none."""
    policy = _opening(relation, parties.stranger)
    private = is_sensitive(relation.table) or shows_private(relation, parties.clients)
    kept = private or _shows_more(relation, keys, parties)
    return policy if _EVERY.search(policy.replace(" ", "_")) and not kept else ""


def shown_apart(
    relation: Relation, others: Iterable[Relation], parties: Parties, *, directory: bool = False
) -> str:
    """Return the policy that asks for nobody and shows strangers one relation of those that users read.

    Whoever grants them this one, and keeps others from them, has thought of them reading it.

    Args:
        relation: Of which they read all that users do.
        others: What else belongs to somebody.
        parties: Who reads it.
        directory: Whether a row is for a tenant, which is called upon at an address and by telephone.
    """
    shown = _shown(relation, [parties.stranger])
    if not shown or _shown(relation, [parties.user]) - shown:
        return ""
    private = {name for name in _shown(relation, parties.clients) if is_sensitive(name)}
    if private and not (directory and all(_CONTACT.search(underscored(name)) for name in private)):
        return ""
    kept = any(_shown(one, [parties.user]) and not _shown(one, [parties.stranger]) for one in others)
    told = is_told(relation.table)
    open_ = (
        policy.name
        for policy in relation.policies
        if (told and applies(policy, [parties.stranger]))
        or _asks_nobody(relation, policy, [parties.stranger])
    )
    return next(open_, "") if kept else ""


def said_public(relation: Relation, roles: Collection[str]) -> frozenset[str]:
    """Return the values by which policies show rows that are called public, and ask for nobody.

    There are none where these roles may select what nobody publishes.
    """
    if shows_private(relation, roles):
        return frozenset()
    policies = (
        policy
        for policy in relation.policies
        if policy.permissive and policy.command == "SELECT" and _WORDS.search(policy.name)
    )
    return frozenset(
        text for policy in policies if not _ASKS.search(policy.using) for text in strings(policy.using)
    )


def lists_members(relation: Relation, roles: Collection[str]) -> str:
    """Return the policy that asks for nobody and shows who belongs to tenants; empty if there is none.

    Of a tenant that everybody reads on purpose, so may those be whom it shows.
    """
    if shows_private(relation, roles):
        return ""
    return next((policy.name for policy in relation.policies if _asks_nobody(relation, policy, roles)), "")


def called_public(relation: Relation, roles: Collection[str], *, directory: bool = False) -> str:
    """Return a policy that asks for nobody, and says by its name that all are meant; empty if none does.

    Args:
        relation: That strangers read, which somebody may have chosen.
        roles: Of all clients, to none of whom anything is shown that nobody publishes.
        directory: Whether a row is for a tenant, which is called upon at an address and by telephone.
    """
    if _private(relation, roles, directory=directory):
        return ""
    open_ = (policy.name for policy in relation.policies if _asks_nobody(relation, policy, roles))
    return next((name for name in open_ if says_public(name) or says_in_a_sentence(name)), "")


def _private(relation: Relation, roles: Collection[str], *, directory: bool) -> bool:
    """Whether these roles read what nobody publishes; a tenant is called upon at addresses of its own."""
    private = {underscored(name) for name in _shown(relation, roles) if is_sensitive(name)}
    return any(not directory or not _CONTACT.search(name) or _INSIDE.search(name) for name in private)


def _shows_more(relation: Relation, keys: Collection[str], parties: Parties) -> bool:
    """Whether users read columns that say something, and that those who did not sign in do not read."""
    return bool(_shown(relation, [parties.user]) - _shown(relation, [parties.stranger]) - set(keys))


def _opening(relation: Relation, role: str) -> str:
    """Return the policy that is for SELECT alone and for a role, by its name."""
    return next(
        (
            policy.name
            for policy in relation.policies
            if policy.permissive and policy.command == "SELECT" and {"public", role} & set(policy.roles)
        ),
        "",
    )


def _says(name: str, *, written: bool) -> bool:
    """Whether a policy's name says that everybody is meant; ``written`` for what is written to be read."""
    return says_everybody(name) if written else says_public(name)


def is_told(table: str) -> bool:
    """Whether a table of this name holds what people write to each other, or to be read."""
    return bool(_FORUM.search(underscored(table)))


def says_public(name: str) -> bool:
    """Whether the name of a policy says that what it shows is public."""
    return bool(_WORDS.search(name))


def says_in_a_sentence(name: str) -> bool:
    """Whether a policy's name says in a sentence who reads it, and that this is everyone."""
    return bool(_SENTENCE.search(re.sub(r"[\W_]+", " ", name).strip()))


def before_the_sentence(name: str) -> str:
    """Return the words of which a policy's name says that everyone reads it; none if it does not."""
    spelt = re.sub(r"[\W_]+", " ", name).strip()
    found = _SENTENCE.search(spelt)
    return spelt[: found.start()] if found else ""


def says_everybody(name: str) -> bool:
    """Whether the name of a policy says that everybody is meant who asks."""
    return bool(_WORDS.search(name) or _ALL.search(name.replace(" ", "_")))


def is_sensitive(name: str) -> bool:
    """Whether a column of this name holds what nobody publishes: an address, a balance, a note."""
    return bool(_SENSITIVE.search(underscored(name)))


def is_called_upon(name: str) -> bool:
    """Whether a column of this name holds where those who trade are called upon, and as whom."""
    return bool(_CALLED.search(underscored(name)))


def withheld(relation: Relation, roles: Collection[str]) -> frozenset[str]:
    """Return the columns that these roles may not read of a relation of which they read others."""
    shown = _shown(relation, roles)
    return frozenset(c.name for c in relation.columns) - shown if shown else frozenset()


def shows_secrets(relation: Relation, roles: Collection[str]) -> bool:
    """Whether these roles may select a column that nobody publishes: a password, the code of a door."""
    return any(map(is_secret, _shown(relation, roles)))


def is_secret(name: str) -> bool:
    """Whether a column of this name is published with nothing: a password, the code of a door."""
    return bool(_SECRET.search(underscored(name)))


def papers(relation: Relation, values: Iterable[str]) -> tuple[str, ...]:
    """Return those of the kinds of a relation's files that are papers of somebody.

    That what a file hangs on is public says nothing of these: a flat is shown while somebody lives there.
    """
    if not any(_FILE.search(underscored(column.name)) for column in relation.columns):
        return ()
    return tuple(value for value in values if _PAPER.match(value))


def shows_private(relation: Relation, roles: Collection[str]) -> bool:
    """Whether these roles may select a column that is kept from most: an address, a balance, a note."""
    return any(map(is_sensitive, _shown(relation, roles)))


def _shown(relation: Relation, roles: Collection[str]) -> set[str]:
    held = (relation.privileges[role] for role in roles if role in relation.privileges)
    return {name for privileges in held for name in privileges.select}


def shown_if_absent(relation: Relation, column: str, strangers: Collection[str]) -> bool:
    """Whether a policy shows strangers the rows that say nothing in a column, and asks no more."""
    roles = relation.readable.keys() & {*strangers}
    said = (p.using.strip("() ").lower() for p in relation.policies if roles and applies(p, roles))
    return f"{word(column)} is null" in {plain(text) for text in said}


def _is_open(policy: Policy, roles: Collection[str]) -> bool:
    return applies(policy, roles) and policy.using.strip("() ") == "true"


def _asks_nobody(relation: Relation, policy: Policy, roles: Collection[str]) -> bool:
    """Whether a policy asks for nothing, or nothing but that a row is not over: left, closed, deleted."""
    said = names(policy.using)
    asked = [column.name for column in relation.columns if column.name in said]
    over = all(is_over(name) or _CLOSED.search(underscored(name)) for name in asked)
    return applies(policy, roles) and not _ASKS.search(policy.using) and over


def applies(policy: Policy, roles: Collection[str]) -> bool:
    """Whether a policy is for SELECT alone, and lets these roles in."""
    return policy.permissive and policy.command == "SELECT" and bool({"public", *roles} & set(policy.roles))
