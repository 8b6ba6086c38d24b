"""What columns count for something: money, rights, a verdict."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Column

_WEIGHTY = re.compile(
    r"(^|_)(amount|price|total|sum|fee|balance|cents|credits?|debit|points|quantity|qty|currency|paid|payments?|"
    r"role|permissions?|scopes?|admin|approved|verified|granted|password|secret|token|iban|rating|stars|score|vote)"
    r"(_|$)",
    re.IGNORECASE,
)
"""Names of columns that count for something: money, rights, a verdict."""

_RIGHT = re.compile(r"(^|_)(role|permissions?|scopes?|admin|granted)(_|$)", re.IGNORECASE)
"""Those of them that give something to whom a row names."""


def is_weighty(column: Column) -> bool:
    """Whether a column counts for something: money, rights, a verdict."""
    base = column.type.split("(")[0]
    return base in {"numeric", "money", "real", "double precision"} or bool(
        _WEIGHTY.search(underscored(column.name))
    )


def is_charged(column: Column) -> bool:
    """Whether a column counts for or against whom a row names: money or a verdict, and no right."""
    return is_weighty(column) and not _RIGHT.search(underscored(column.name))
