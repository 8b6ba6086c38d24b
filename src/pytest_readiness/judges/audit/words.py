"""The words that logs have for verbs, and that tables have for what follows from other changes."""

from __future__ import annotations

import re

OF_VERBS = {
    "INSERT": {"INSERT", "I", "INSERTED", "CREATE", "CREATED", "C", "ADD", "ADDED", "+"},
    "UPDATE": {"UPDATE", "U", "UPDATED", "CHANGE", "CHANGED", "MODIFY", "MODIFIED", "EDIT", "EDITED", "~"},
    "DELETE": {"DELETE", "D", "DELETED", "REMOVE", "REMOVED", "-"},
    "TRUNCATE": {"TRUNCATE", "T", "TRUNCATED"},
}

BOOKKEEPING = re.compile(
    r"^(updated|modified|changed|touched|last_modified|last_updated|last_seen|synced)(_at|_on)?$"
    r"|^(row_|lock_)?version$|^(search_vector|tsv|fts)$"
)
"""Columns that follow from other changes, and that logs leave out on purpose."""

SECRET = re.compile(
    r"(^|_)(passwords?|passwd|pwd|pin|pin_?code|pin_?hash|secrets?|api_?keys?|private_?key|access_?token"
    r"|refresh_?token|otp|cvv|cvc|card_?number|pan|password_?hash|password_?digest|totp|seed_?phrase)(_|$)"
)
"""Columns whose values do not belong in a log."""

SENSITIVE = re.compile(
    r"(^|_)(ssn|social_security|national_(id|number)|nin|tin|iban|bban|dob|date_of_birth|birth_?da(te|y)|born(_on)?"
    r"|(tax|insurance|passport|identity|licen[cs]e)_?(id|no|number|card)|passport|(bank_)?account_(no|number)"
    r"|diagnos[ie]s|biometrics?|fingerprint|religion|ethnicity|salt|token|credentials?|encrypted|ciphertext)"
    r"(_(number|no|id|hash|enc|encrypted|last4))*$",
    re.IGNORECASE,
)
"""Columns of what is nobody's business, which logs may leave out or cover, if they always do."""


def verb_of(word: str) -> str:
    """Return the verb that a word is known to stand for; empty where it is known for none."""
    return next((verb for verb, words in OF_VERBS.items() if word.strip().upper() in words), "")
