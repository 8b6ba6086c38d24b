"""What waits, for somebody's verdict or for its time: a queue is read by whoever works through it alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.visibility import is_released, publishes_from
from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from collections.abc import Iterable


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(^|_)({words})(_|$)", re.IGNORECASE)


_AWAITING = _whole(
    r"pending|awaiting|waiting|to_be|needs?|under_review|in_review|review|unreviewed|unapproved|unverified|"
    r"unmoderated|moderation|submitted|escalated|reported|flagged|"
    r"ausstehend|wartend|zu_pr(ü|ue)fen|in_pr(ü|ue)fung|eingereicht|en_attente|[àa]_valider|soumise?|"
    r"pendiente|por_revisar|enviad[oa]|pendente|em_an[áa]lise|in_attesa|da_approvare|in_afwachting|te_keuren|ingediend"
)
"""How what waits for somebody's verdict is called: what he has seen to is called otherwise."""

_SEEN_TO = re.compile(
    r"^(listed|genehmigt|freigegeben|approuv[ée]e?|valid[ée]e?|aprobad[oa]|aprovad[oa]|approvat[oa]|goedgekeurd)$",
    re.IGNORECASE,
)

_ERRAND = re.compile(
    r"^(next_)?(scheduled|remind(er)?|notif(y|ication)|alert|send|sending|run|retry|attempt|process(ing)?|execut(e|ion)|"
    r"dispatch|deliver|trigger|fire|charge|renew|poll|sync|erinner(n|ung)|versand|env[ií]o|rappel|envoi)"
    r"(_(at|on|for|after|from|time|date|am|le))*$",
    re.IGNORECASE,
)
"""How times are called at which something has to be done for somebody, by a machine mostly."""

_PLANNED = _whole(
    r"scheduled|planned|queued|ready|due|geplant|planifi[ée]e?|programad[oa]|pianificat[oa]|gepland"
)
"""What waits for such a time is called so; and so is what everybody may come to."""


def awaits_verdict(value: str, beside: Iterable[str] = ()) -> bool:
    """Whether a value is of rows that nobody has seen to, beside one of those that somebody let through.

    What is open or active beside it is work: tasks that wait are there for whoever takes them.

    Args:
        value: Of a column.
        beside: Its other values.
    """
    return bool(_AWAITING.search(_spelt(value))) and any(
        is_released(one) or publishes_from(one) or _SEEN_TO.search(one) for one in beside
    )


def is_errand(name: str) -> bool:
    """Whether a time of this name is one at which something has to be done for somebody."""
    return bool(_ERRAND.search(_spelt(name)))


def is_planned(value: str) -> bool:
    """Whether a value is that of rows for which a time has not come yet."""
    return bool(_PLANNED.search(_spelt(value)))


def _spelt(name: str) -> str:
    return re.sub(r"[\s-]+", "_", underscored(name))
