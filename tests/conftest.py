"""What tests on a real server share: one server for each process."""

import pytest

from pytest_readiness.providers.postgres import start


@pytest.fixture(scope="session")
def server():
    running = start("embedded", run_id="tests")
    yield running
    running.stop()
