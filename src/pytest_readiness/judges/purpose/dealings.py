"""Rows by which somebody deals with another: what is made of them is for whoever is dealt with."""

from __future__ import annotations

import re

from pytest_readiness.judges.sql.lexis import underscored

_DEALING = re.compile(
    r"(^|_)(order|sale|purchase|booking|reservation|appointment|request|[ie]nquir(y|ie)|application|bid|offer|"
    r"quote|quotation|invoice|payment|payout|commission|royalt(y|ie)|ticket|shipment|deliver(y|ie)|fulfil?lment|"
    r"message|mail|notification|notice|alert|inbox|comment|repl(y|ie)|answer|response|review|rating|report|"
    r"complaint|claim|vote|like|follower|subscription|donation|submission|entr(y|ie)|registration|rsvp|lead|"
    r"usage|view|visit|download|bestellung|auftrag|auftraeg|anfrage|buchung|rechnung|nachricht|commande|demande|"
    r"factura|pedido|reserva|mensaje|ordin[ei]|prenotazion[ei])(e?s|n|en)?(_|$)",
    re.IGNORECASE,
)


def is_dealing(table: str) -> bool:
    """Whether a table of this name holds what passes between two: an order, a message, a vote."""
    return bool(_DEALING.search(underscored(table)))
