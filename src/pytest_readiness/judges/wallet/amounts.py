"""Reads an amount as a server or a service writes it."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_SIGN = r"[^\d\s.,()+-][^\d\s,()+-]{0,3}"
_WRITTEN = re.compile(
    rf"(?P<owed>\()?(?P<minus>[+-]?)\s?(?:{_SIGN})?\s?(?P<inner>[+-]?)"
    rf"(?P<digits>\d(?:[\d.,'\u2019\u00a0\u202f]*\d)?)\s?(?:{_SIGN})?\)?"
)
_GROUPS = re.compile(r"\d{1,3}(?:(?P<mark>[.,'\u2019\u00a0\u202f])\d{3})(?:(?P=mark)\d{3})*(?!\d)")


def amount(text: str) -> Decimal | None:
    """Return the number of a text, with or without the sign of a currency; None where there is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        pass
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        return None
    try:
        found = Decimal(_ungrouped(written["digits"]))
    except InvalidOperation:
        return None
    return -found if written["owed"] or "-" in written["minus"] + written["inner"] else found


def _ungrouped(digits: str) -> str:
    """Leave out what stands between groups of three digits, and write the rest with a point.

    Money is written with two decimals or none, so that three digits after a lone mark are a group.
    """
    if grouped := _GROUPS.match(digits):
        digits = grouped[0].replace(grouped["mark"], "") + digits[grouped.end() :]
    return digits.replace(",", ".")
