"""What all tests of the cases stand on."""

import pytest

from pytest_readiness.providers.postgres import embedded, start


@pytest.fixture(scope="module")
def own_server():
    """A server of its own: cases make roles, which belong to the whole server, and read its log of writes."""
    with pytest.MonkeyPatch.context() as patch:
        # What is committed is decoded at once.
        for name, value in (("wal_level", "logical"), ("synchronous_commit", "on")):
            patch.setitem(embedded._OPTIONS, name, value)
        running = start("embedded", run_id="cases")
    yield running
    running.stop()
