"""A server that somebody else runs: where it is."""

from __future__ import annotations

import os
import re
from typing import Protocol

from pytest_readiness.providers.errors import ProviderError

_PASSWORD = re.compile(r"(?P<before>://[^:@/\s]*:)[^@/\s]*(?=@)|(?P<key>password\s*=\s*)('[^']*'|\S+)")


class Given(Protocol):
    """What settings say about such a server."""

    @property
    def url(self) -> str:
        """A DSN or URL, or ``env:NAME`` for the value of an environment variable."""

    @property
    def disposable(self) -> bool:
        """Whether databases and roles may be made there."""


def resolve(given: Given) -> str:
    """Return the DSN or URL itself.

    Raises:
        ProviderError: The environment variable is not set, or there is nothing in it.
    """
    variable = given.url.removeprefix("env:") if given.url.startswith("env:") else ""
    url = os.environ.get(variable, "") if variable else given.url
    if url.strip():
        return url
    found = f"the environment variable {variable} is not set" if variable else "the URL is empty"
    raise ProviderError(
        "the given server", found, f"export {variable}=…" if variable else "write its URL into the settings"
    )


def redacted(text: str) -> str:
    """Return the text without the passwords of URLs and conninfo strings in it."""
    return _PASSWORD.sub(lambda match: f"{match['before'] or match['key']}***", text)
