"""What columns and values are called that show a row to everybody, keep it from them, or say neither.

A name counts by its whole words: who is deactivated is not active, what is unsichtbar is not sichtbar.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from collections.abc import Iterable

_RUN_ON = r"(?:is|are|was|has|make)?"
"""What names without underscores begin with: ispublic."""

_TURNED = re.compile(
    r"(^|_)(not|non|no|never|nicht|kein|niet|geen|un|pending|requested|request|awaiting|waiting|denied|refused|"
    r"ausstehend|pendiente|pendente|demand[ée]e?)(_|$)",
    re.IGNORECASE,
)
"""Words beside which another does not hold, or not yet."""


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(^|_){_RUN_ON}({words})(at|on|since|from)?(_|$)", re.IGNORECASE)


_PUBLIC_NAME = _whole(
    r"publish(ed|able)?|public(ly|ation)?|visib(le|ility)|listed|shared?|sharing|open(ed)?|active|enabled|"
    r"show(n|case)?|display(ed)?|featured|discoverable|searchable|findable|browsable|"
    r"accept(s|ing)|tak(es|ing)|welcom(es|ing)|bookable|joinable|hiring|adoptable|rentable|hire?able|reservable|"
    r"purchasable|buyable|(for|on)_(sale|rent|hire|lease|adoption|offer)|to_let|"
    r"advert(is|iz)ed|announced|on_(the_)?(market|display|website)|"
    r"annonc[ée]e?s?|anunciad[oa]|annunciat[oa]|inseriert|ausgeschrieben|geadverteerd|"
    r"publi[ée]e?s?|publiques?|partag[ée]e?s?|ouverte?|actif|"
    r"p[uú]blic[oa]|publicad[oa]|publicable|compartid[oa]|abiert[oa]|activ[oa]|"
    r"partilhad[oa]|compartilhad[oa]|vis[ií]vel|abert[oa]|ativ[oa]|"
    r"pubblic[oa]|pubblicat[oa]|pubblicabile|condivis[oa]|visibile|apert[oa]|attiv[oa]|"
    r"öffentlich|oeffentlich|veröffentlicht|veroeffentlicht|publiziert|sichtbar|freigegeben|geteilt|aktiv|offen|"
    r"openbaar|publiek|gepubliceerd|zichtbaar|gedeeld|actief"
)
_PUBLIC_VALUE = re.compile(
    r"^(public|published|visible|open|listed|everyone|all|active|shared|"
    r"public[oa]|publique|publi[ée]e?|publicad[oa]|pubblic[oa]|pubblicat[oa]|öffentlich|oeffentlich|"
    r"veröffentlicht|veroeffentlicht|publiziert|gepubliceerd|openbaar|sichtbar|visibile|visível|visivel|"
    r"ouvert|offen|abiert[oa]|apert[oa]|abert[oa]|actif|activ[oa]|attiv[oa]|ativ[oa]|aktiv|actief|"
    r"partag[ée]e?|compartid[oa]|condivis[oa]|geteilt)$",
    re.IGNORECASE,
)
_RELEASED = re.compile(r"^(live|approved|released|verified)$", re.IGNORECASE)
_SINCE = _whole(r"publish(ed)?|publication|public|visible|released?|publi[ée]e?|publicad[oa]|veröffentlicht")
_NAMELESS = _whole(r"anonym\w*|an[oóô]nim[oa]|anoniem|incognito")
_CONFIDED = _whole(
    r"private(ly)?|confidential|priv[ée]e?|confidentielle?|privad[oa]|confidencial|privat[oa]?|riservat[oa]|"
    r"vertraulich|vertrouwelijk"
)

_HIDDEN = _whole(
    r"hidden|unlisted|invisible|masqu[ée]e?|cach[ée]e?|ocult[oa]|escondid[oa]|nascost[oa]|"
    r"versteckt|ausgeblendet|verborgen"
)

_WITHDRAWN = _whole(
    r"deleted|archived|removed|revoked|withdrawn|suspended|disabled|deactivated|banned|rejected|trashed|trash|"
    r"cancelled|canceled|void|voided|private|hidden|draft|blocked|inactive|"
    r"supprim[ée]e?r?|archivée?|annul[ée]e?r?|priv[ée]e?|brouillon|inactif|d[ée]sactiv[ée]e?|"
    r"eliminad[oa]|borrad[oa]|archivad[oa]|anulad[oa]|privad[oa]|borrador|inactiv[oa]|ocult[oa]|desactivad[oa]|"
    r"eliminat[oa]|archiviat[oa]|annullat[oa]|privat[oa]|bozza|nascost[oa]|disattivat[oa]|"
    r"excluíd[oa]|excluid[oa]|arquivad[oa]|cancelad[oa]|rascunho|inativ[oa]|desativad[oa]|"
    r"geloescht|gelöscht|archiviert|storniert|gesperrt|privat|entwurf|inaktiv|versteckt|deaktiviert|"
    r"verwijderd|gearchiveerd|geannuleerd|verborgen|inactief|gedeactiveerd"
)
_AMBIGUOUS = {
    "concept": _whole(r"gepubliceerd|gearchiveerd|verwijderd|definitief|goedgekeurd|ingediend"),
    "archive": _whole(r"publi[ée]e?|brouillon|supprim[ée]e?|actif|valid[ée]e?|annul[ée]e?"),
}
"""States in one language that are things in another, with the states of that language that tell it."""

_VERIFIED = _whole(
    r"verified|confirmed|validated|v[ée]rifi[ée]e?|confirm[ée]e?|verificad[oa]|confirmad[oa]|verificat[oa]|"
    r"confermat[oa]|verifiziert|best(ä|ae)tigt|geverifieerd|bevestigd"
)
_USUAL = _whole(
    r"active|activated|enabled|approved|accepted|onboarded|registered|joined|members?|subscribed|valid|current|"
    r"open|live|normal|regular|standard|basic|free|users?|ok|"
    r"aktiv|freigeschaltet|angenommen|mitglied(er)?|activ[oa]|aprobad[oa]|aceptad[oa]|miembros?|ativ[oa]|aprovad[oa]|"
    r"aceit[oa]|membros?|acti(f|ve)|approuv[ée]e?|accept[ée]e?|membres?|attiv[oa]|approvat[oa]|accettat[oa]|membr[oi]|"
    r"actief|goedgekeurd|geaccepteerd|lid|leden"
)
_WORK = _whole(
    r"done|completed?|closed|finished|ended|ends|started|paid|unpaid|overdue|due|settled|invoiced|billed|refunded|"
    r"charged|shipped|delivered|sent|received|submitted|signed|booked|resolved|processed|processing|failed|"
    r"discharged|admitted|hired|dismissed|expired|locked|flagged|read|unread|seen|queued|assigned|todo|progress|"
    r"erledigt|bezahlt|abgeschlossen|geschlossen|versandt|beendet|bearbeitet|"
    r"termin[ée]e?|pay[ée]e?|ferm[ée]e?|envoy[ée]e?|trait[ée]e?|"
    r"terminad[oa]|pagad[oa]|cerrad[oa]|enviad[oa]|completad[oa]|"
    r"terminat[oa]|pagat[oa]|chius[oa]|inviat[oa]|completat[oa]|"
    r"conclu[ií]d[oa]|pag[oa]|fechad[oa]|"
    r"afgerond|betaald|gesloten|verzonden|voltooid"
)
"""How far work on something has come, or money: nobody is shown anything by that."""

_MONEY = re.compile(
    r"^((is|was|has|have|been|fully|partly|partially|already|not)_)*"
    r"(paid|unpaid|prepaid|invoiced|billed|refunded|reimbursed|bezahlt|unbezahlt|"
    r"pay[ée]e?|rembours[ée]e?|pagad[oa]|pagat[oa]|reembolsad[oa]|rimborsat[oa]|betaald|terugbetaald)"
    r"(_(at|on|since|date|out|back|up|off|in|full|partly|partially))*$",
    re.IGNORECASE,
)
"""Whole names, as a leave is paid and a card is prepaid of which nobody owes anything."""

_DUE = re.compile(r"^((is|was|has|have|been)_)*(overdue|charged)(_(at|on|since))?$", re.IGNORECASE)
"""Of money only beside other words of it: books are overdue, and batteries are charged."""

_ENDED = re.compile(
    r"^(is_|was_|has_|(member(ship)?|access|seat|place)_)?(end(s|ed|ing)?|left|leaves?|leaving|exit(ed)?|quit|resigned|departed|dismissed|discharged|"
    r"moved_out|terminat(es|ed|ion)|expires?|expired|expiry|valid_(to|until|till)|until|off|over|past|former|"
    r"retired|offboarded|unsubscribed|"
    r"fin(i[ée]e?)?|parti[ée]?e?|sorti[ée]?e?|jusqu_?au?|ancien(ne)?|ende|beendet|austritt|ausgetreten|bis|ehemalig|"
    r"g[uü]ltig_bis|hasta|baja|ex|fine|uscit[oa]|fino_al?|fim|sa[ií]da|at[ée]|einde|vertrokken|tot)"
    r"(_?(at|on|since|date|time|day|am|le|el|il|em|op))?$",
    re.IGNORECASE,
)
"""What tells of a belonging, and of nothing beside it, that it is over."""

_AHEAD = re.compile(
    r"(^|_)(expir(es|y|ation)|valid_(to|until|till|thru|through)|until|till|ends|leaves|"
    r"jusqu_?au?|bis|hasta|fino_al?|at[ée]|tot)(_|$)",
    re.IGNORECASE,
)
"""How a time is called at which something will be over, which is known before it is."""

_INSIDE = _whole(
    r"internal(ly)?|interne?|intern[oa]|restricted|secret|classified|sensitive|staff_only|"
    r"geheim|confid[ée]e?|restringid[oa]|restrit[oa]|segret[oa]|secret[oa]|poufn[aey]|intern[aet]|hemlig"
)
"""What is called so is for those inside, who are fewer."""

_TO_SOME = re.compile(
    r"(^|_)(visible|shared|shown|released)_(to|with|for)_|(^|_)sichtbar_f(ü|ue)r_|(^|_)visible_(por|pour|per)_",
    re.IGNORECASE,
)

_REVOKED = _whole(
    r"revoked|rescinded|widerrufen|entzogen|r[ée]voqu[ée]e?|revocad[oa]|revogad[oa]|revocat[oa]|ingetrokken|"
    r"herroepen|återkallad|cofni[ęe]t[aey]"
)

_OF_ALL = re.compile(
    r"super|platform|system|global|root|operator|support|service|auditor|inspector|regulator|plattform",
    re.IGNORECASE,
)


def publishes(name: str) -> bool:
    """Whether a switch of this name lets everybody read a row."""
    return _says(_PUBLIC_NAME, name)


def publishes_from(name: str) -> bool:
    """Whether a time of this name is one from which on everybody may read a row."""
    return _says(_SINCE, name)


def is_public(value: str) -> bool:
    """Whether a value says that everybody may read a row."""
    return bool(_PUBLIC_VALUE.match(value))


def is_released(value: str) -> bool:
    """Whether a value is what a row is called that a view was made to show, once somebody has seen to it."""
    return bool(_RELEASED.match(value))


def withholds(name: str, *, in_tenant: bool) -> bool:
    """Whether without a switch of this name everybody may read a row.

    Args:
        name: Of the switch.
        in_tenant: Whether the row is a tenant's: among colleagues, what is not private is theirs, and it
            was nobody's choice that it is not.
    """
    return not in_tenant and (_says(_NAMELESS, name) or _says(_CONFIDED, name))


def hides(name: str) -> bool:
    """Whether a switch of this name keeps a row from others: without it, it may be for all of them."""
    return _says(_HIDDEN, name)


def is_withdrawn(text: str, beside: Iterable[str] = ()) -> bool:
    """Whether a column's name or a value is of rows that are for nobody but their owner, if for her.

    Args:
        text: The name or the value.
        beside: The other values of the column.
    """
    told_by = _AMBIGUOUS.get(text.lower())
    return _says(_WITHDRAWN, text) or (told_by is not None and any(map(told_by.search, beside)))


def is_over(text: str, beside: Iterable[str] = ()) -> bool:
    """Whether a column's name or a value says of somebody's place among others that it has come to an end."""
    spelt = _spelt(text)
    return bool(_ENDED.search(spelt)) or (is_withdrawn(text, beside) and not _says(_CONFIDED, text))


def ends_ahead(name: str) -> bool:
    """Whether a column's name is that of an end which is agreed upon beforehand."""
    return bool(_AHEAD.search(_spelt(name)))


def is_confided(text: str) -> bool:
    """Whether a column's name or a value says that a row is for fewer than those who read others like it."""
    return _says(_CONFIDED, text) or _says(_INSIDE, text)


def shows_to_some(name: str) -> bool:
    """Whether without a switch of this name a row is for fewer than those who read others like it."""
    return bool(_TO_SOME.search(_spelt(name)))


def is_revoked(text: str) -> bool:
    """Whether a column's name or a value says that somebody took back what he had given."""
    return _says(_REVOKED, text)


def is_of_all(said: str) -> bool:
    """Whether a word for a rank is that of those who run the whole system, and stand above all tenants."""
    return bool(_OF_ALL.search(_spelt(said)))


def is_verified(name: str) -> bool:
    """Whether a name says of an account that somebody has seen that it is what it says."""
    return _says(_VERIFIED, name)


def is_usual(text: str) -> bool:
    """Whether a column's name or a value says what everybody comes to be who has an account for long."""
    return is_verified(text) or _says(_USUAL, text)


def is_work(text: str) -> bool:
    """Whether a column's name or a value only says how far something has come."""
    return bool(_WORK.search(_spelt(text)))


def is_of_money(text: str, beside: Iterable[str] = ()) -> bool:
    """Whether a column's name or a value only says that money is owed or was given, which concerns two.

    Args:
        text: The name or the value.
        beside: The other values of the column.
    """
    spelt = _spelt(text)
    due = _DUE.search(spelt) and any(_MONEY.search(_spelt(other)) for other in beside)
    return bool(_MONEY.search(spelt) or due)


def _says(pattern: re.Pattern[str], text: str) -> bool:
    spelt = _spelt(text)
    return bool(pattern.search(spelt)) and not _TURNED.search(spelt)


def _spelt(name: str) -> str:
    return re.sub(r"[\s-]+", "_", underscored(name))
