"""PostgreSQL for the run: from a wheel, or given by the user.

`launch` returns while the server still boots, so that the caller can import a driver meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.providers.postgres.server import Booting, PostgresServer, attached

if TYPE_CHECKING:
    from pytest_readiness.providers.given import Given

__all__ = ["Booting", "PostgresServer", "attached", "launch", "start"]

_LATER = {
    "system": "this version does not look for a server among the programs of the system",
    "container": "this version starts no containers",
}


def launch(choice: str | Given, *, run_id: str) -> Booting:
    """Start the server of choice and return before it answers.

    Args:
        choice: "auto", "embedded", or a given server.
        run_id: Names the run; databases of the run are called ``readiness_<run_id>_…``. At most 20
            lowercase letters and digits.

    Raises:
        ProviderError: There is none; it says what was tried, what was found and how to mend it.
    """
    if not isinstance(choice, str):
        from pytest_readiness.providers.postgres.dsn import GivenPostgres

        return GivenPostgres(choice, run_id)
    if choice not in {"auto", "embedded"}:
        raise ProviderError(
            f'postgres = "{choice}"',
            _LATER.get(choice, "there is no such choice"),
            'use postgres = "embedded", or postgres = { url = "env:DATABASE_URL", disposable = true }',
        )
    from pytest_readiness.providers.postgres import embedded

    return embedded.launch()


def start(choice: str | Given, *, run_id: str) -> PostgresServer:
    """Start the server of choice and return it when it answers. Arguments and errors as for `launch`."""
    return launch(choice, run_id=run_id).wait()
