"""What all tests of the cases stand on."""

import pytest

from pytest_readiness.providers.postgres import start


@pytest.fixture(scope="module")
def own_server():
    """A server of its own: cases make roles, which belong to the whole server."""
    running = start("embedded", run_id="cases")
    yield running
    running.stop()
