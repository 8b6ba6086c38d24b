"""What tests on a real server share: one server for each process."""

import signal

import pytest

from pytest_readiness.providers.postgres import start

# A shell's background job inherits that interrupts are ignored, and what it starts does too; tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def server():
    running = start("embedded", run_id="tests")
    yield running
    running.stop()
