"""What the words say by which a row is shared with somebody: that he looks on, or that he may change it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOOKS = re.compile(
    r"^(can_|may_)?(view(er|ers|s|ing|_only)?|read(er|ers|s|ing|_?only)?|look(s|ing|_on)?|onlookers?|watch(er|ers|es)?|"
    r"observers?|spectators?|see|ro?|les(en|er|erin)|ansehen|betrachter(in)?|lect(ure|eur|rice|ura|or|ora)|voir|ver|"
    r"lectura|lettura|lettore|lettrice|vedere|leitura|leitora?|lezen|lezer|kijker)$",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"^(can_|may_)?(edit(or|ors|s|ing|e)?|writ(e|er|ers|es|ing)|read_?write|r?w|modif(y|ier|ies)|chang(e|er|es)|manag(e|er|es)|"
    r"contribut(e|or|ors|es)|collaborat(e|or|ors)|full|schreiben|schreiber(in)?|bearbeiten|bearbeiter(in)?|"
    r"[eé]criture|r[eé]dact(eur|rice)|[eé]dit(eur|rice)|modifica|escritura|escribir|editora?|scrittura|modificare|"
    r"escrita|edi[cç][aã]o|schrijven|bewerken|bewerker)$",
    re.IGNORECASE,
)

_ABOVE = re.compile(r"^(owners?|admin(istrator)?s?|maintainers?|members?)$", re.IGNORECASE)
_OWNS = re.compile(r"^(owners?|maintainers?)$", re.IGNORECASE)
_PERSON = re.compile(r"(er|ers|or|eur|in|rice|or[ae]|onlookers?|observers?|spectators?)$", re.IGNORECASE)
"""How those end that are of people: beside an owner there is a reader, and what was read is no level.

Beside an admin or a member alone a reader may be a person of another kind: he who borrows in a library.
"""


def looks_on(word: str) -> bool:
    """Whether a level of this name lets somebody look, and do nothing else."""
    return bool(_LOOKS.match(_spelt(word)))


def is_level(word: str) -> bool:
    """Whether a word says what somebody may do with what he is shown."""
    return looks_on(word) or lets_change(word) or bool(_ABOVE.match(word))


def looking(words: Iterable[str]) -> tuple[str, ...]:
    """Return those of some levels by which somebody only looks; none where no other is told from them."""
    known = tuple(dict.fromkeys(words))
    found = [word for word in known if looks_on(word)]
    if any(map(lets_change, known)):
        return tuple(found)
    return tuple(filter(_PERSON.search, found)) if any(map(_OWNS.match, known)) else ()


def changing(words: Iterable[str]) -> tuple[str, ...]:
    """Return those of some levels by which somebody changes what he is shown, or owns it."""
    return tuple(word for word in dict.fromkeys(words) if lets_change(word) or _OWNS.match(word))


def lets_change(word: str) -> bool:
    """Whether a level, or a switch, of this name lets somebody change what he is shown."""
    return bool(_CHANGES.match(_spelt(word)))


def _spelt(word: str) -> str:
    return re.sub(r"[\s:.-]+", "_", underscored(word).strip())
