"""By which values a row says of itself that it is not published yet, whatever it hangs on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.catalog import Column

_PUBLISHED = (
    r"publish(?:ed)?|public|publi[ée]e?|p[uú]blic[oa]|publicad[oa]|pubblic[oa]|pubblicat[oa]|"
    r"(?:ver)?(?:ö|oe)ffentlich(?:t)?|publiziert|openbaar|gepubliceerd"
)
_DRAFT = r"draft|brouillon|borrador|entwurf|bozza|rascunho|concept|unpublished"
_IS_PUBLISHED = re.compile(rf"^(?:is_|was_)?(?:{_PUBLISHED})(?:_at)?$", re.IGNORECASE)
_IS_DRAFT = re.compile(rf"^(?:is_)?(?:{_DRAFT})$", re.IGNORECASE)


def unpublishing(column: Column, known: Sequence[str]) -> Iterator[str | None]:
    """Yield what a column holds of a row that is not published.

    A date says when a book came out, and a time that every row has when it was made.

    Args:
        column: That may say it.
        known: The values that it may have, as far as they are known.
    """
    name = underscored(column.name)
    if column.type == "boolean":
        if _IS_PUBLISHED.match(name) or _IS_DRAFT.match(name):
            yield "true" if _IS_DRAFT.match(name) else "false"
    elif column.type.startswith("timestamp"):
        if _IS_PUBLISHED.match(name) and not column.not_null:
            yield None
    elif any(map(_IS_PUBLISHED.match, known)):
        yield from filter(_IS_DRAFT.match, known)
