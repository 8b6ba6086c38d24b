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


def verb_of(word: str) -> str:
    """Return the verb that a word is known to stand for; empty where it is known for none."""
    return next((verb for verb, words in OF_VERBS.items() if word.strip().upper() in words), "")
