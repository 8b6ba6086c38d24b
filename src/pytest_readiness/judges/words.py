"""The words that logs have for verbs."""

from __future__ import annotations

OF_VERBS = {
    "INSERT": {"INSERT", "I", "INSERTED", "CREATE", "CREATED", "C", "ADD", "ADDED", "+"},
    "UPDATE": {"UPDATE", "U", "UPDATED", "CHANGE", "CHANGED", "MODIFY", "MODIFIED", "EDIT", "EDITED", "~"},
    "DELETE": {"DELETE", "D", "DELETED", "REMOVE", "REMOVED", "-"},
    "TRUNCATE": {"TRUNCATE", "T", "TRUNCATED"},
}


def verb_of(word: str) -> str:
    """Return the verb that a word is known to stand for; empty where it is known for none."""
    return next((verb for verb, words in OF_VERBS.items() if word.strip().upper() in words), "")
