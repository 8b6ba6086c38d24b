"""The broker answers as Kafka's protocol says, to clients of several versions."""

import socket
import struct

import pytest

from pytest_readiness.providers.kafka import Broker
from pytest_readiness.providers.proxy import Proxy, Upstream


def asked(port, key, version, correlation=7):
    """Send one request, and return the correlation and body of the answer; None where there is none."""
    body = struct.pack(">hhih", key, version, correlation, 1) + b"c"
    with socket.create_connection(("127.0.0.1", port), 2) as connection:
        connection.sendall(struct.pack(">i", len(body)) + body)
        stream = connection.makefile("rb")
        size = stream.read(4)
        if not size:
            return None
        answer = stream.read(*struct.unpack(">i", size))
    return struct.unpack(">i", answer[:4])[0], answer[4:]


@pytest.fixture
def broker():
    with Broker() as broker:
        yield broker


def test_versions_are_listed(broker):
    correlation, body = asked(broker.port, 18, 0)
    assert (correlation, body) == (7, struct.pack(">hi6h", 0, 2, 3, 0, 1, 18, 0, 2))


def test_a_version_that_is_too_new_is_answered_as_the_oldest(broker):
    assert asked(broker.port, 18, 4)[1][:2] == struct.pack(">h", 35)


def test_metadata_leads_through_the_proxy(broker):
    with Proxy(Upstream(port=broker.port)) as proxy:
        broker.advertised = proxy.port
        body = asked(proxy.port, 3, 1)[1]
        proxy.set("reset")
        with pytest.raises(ConnectionError):
            asked(proxy.port, 3, 1)
    assert struct.pack(">i", proxy.port) in body


@pytest.mark.parametrize("key", [0, 1, 99])
def test_what_is_not_spoken_ends_the_connection(broker, key):
    assert asked(broker.port, key, 0) is None
