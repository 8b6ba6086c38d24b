"""The proxy fails in the way that it is told to, and not otherwise."""

import socket
import socketserver
import threading
import time

import pytest

from pytest_readiness.providers.proxy import Proxy, Upstream


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(1024):
            self.request.sendall(data)


@pytest.fixture
def proxy():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with Proxy(Upstream(port=server.server_address[1])) as proxy:
            yield proxy
        server.shutdown()


def asked(proxy, connection=None, within=0.3):
    """Return the echo of `ping`, or the name of what came instead."""
    try:
        connection = connection or socket.create_connection(("127.0.0.1", proxy.port), within)
        connection.settimeout(within)
        connection.sendall(b"ping")
        return connection.recv(16)
    except OSError as error:
        return type(error).__name__
    finally:
        if connection:
            connection.close()


def test_it_passes_on_and_counts(proxy):
    assert asked(proxy) == b"ping"
    assert asked(proxy) == b"ping"
    assert proxy.opened == 2


@pytest.mark.parametrize(
    ("mode", "seen"),
    [
        ("blackhole", {"TimeoutError"}),
        ("reset", {"ConnectionResetError", "BrokenPipeError"}),
        ("refuse", {"ConnectionRefusedError"}),
    ],
)
def test_new_connections_meet_the_fault_and_the_healthy_server_afterwards(proxy, mode, seen):
    proxy.set(mode)
    assert asked(proxy) in seen
    proxy.set("pass")
    assert asked(proxy) == b"ping"


@pytest.mark.parametrize("mode", ["blackhole", "reset", "refuse"])
def test_established_connections_meet_it_too(proxy, mode):
    with socket.create_connection(("127.0.0.1", proxy.port), 1) as connection:
        connection.sendall(b"first")
        assert connection.recv(16) == b"first"
        proxy.set(mode)
        assert asked(proxy, connection) in {"TimeoutError", "ConnectionResetError", "BrokenPipeError", b""}


def test_slow_answers_come_late(proxy):
    proxy.set("slow", delay=0.15)
    started = time.perf_counter()
    assert asked(proxy, within=2) == b"ping"
    assert time.perf_counter() - started >= 0.15
