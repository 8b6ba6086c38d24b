"""What words say of somebody's place among others that he has only asked for it, or was asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from collections.abc import Iterable

_ASKED = re.compile(
    r"^(is_|has_|to_be_|in_|en_)?(req(uest(ed|s|ing)?)?|pend(ing)?|appl(y|ied|ies|ying)|ask(s|ed|ing)?|"
    r"a?wait(s|ing|list(ed)?)?|knock(s|ed|ing)?|unapproved|unaccepted|not_(yet_)?(approved|accepted|admitted)|"
    r"anfrage|angefragt|beantragt|ausstehend|wartend|warteliste|solicitad[oa]|pendiente|demand[ée]e?|attente|"
    r"richiest[oa]|attesa|solicitou|pendente|aguardando|aangevraagd|wachtend|oczekuj\w*|zg[lł]oszon\w*)"
    r"(_(approval|confirmation|review|to_join|membership|decision|acceptance))?$",
    re.IGNORECASE,
)
"""An applicant or a candidate may be a kind of people, who see what they apply for."""


def asked_for(words: Iterable[str]) -> tuple[str, ...]:
    """Return those of the words for a place that only ask for it, where others do not."""
    known = tuple(dict.fromkeys(words))
    found = tuple(word for word in known if _ASKED.match(re.sub(r"[\s-]+", "_", underscored(word))))
    return found if len(found) < len(known) else ()
