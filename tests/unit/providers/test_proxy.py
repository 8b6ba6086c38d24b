"""The proxy fails in the way that it is told to, and not otherwise."""

import contextlib
import gc
import socket
import socketserver
import sys
import threading
import time
import warnings

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


@pytest.mark.parametrize(("lost", "seen"), [(False, b"ping"), (True, "TimeoutError")])
def test_what_connected_to_a_black_hole_is_lost_only_where_that_is_asked_for(proxy, lost, seen):
    proxy.set("blackhole")
    connection = socket.create_connection(("127.0.0.1", proxy.port), 1)
    while not proxy.opened:
        time.sleep(0.001)
    proxy.set("pass", lost=lost)
    assert asked(proxy, connection) == seen
    assert asked(proxy) == b"ping"


def test_a_lost_connection_counts_until_its_client_gives_it_up(proxy):
    proxy.set("blackhole")
    with socket.create_connection(("127.0.0.1", proxy.port), 1):
        while not proxy.opened:
            time.sleep(0.001)
        proxy.set("pass", lost=True)
        assert until(lambda: proxy.silent == 1)
        assert proxy.open == 0
    assert until(lambda: proxy.silent == 0)


def test_who_waits_on_a_lost_connection_learns_of_its_end_and_what_nobody_reads_stays(proxy):
    proxy.set("blackhole")
    forgotten, waited_on = (socket.create_connection(("127.0.0.1", proxy.port), 1) for _ in range(2))
    assert until(lambda: proxy.opened == 2)
    proxy.set("pass", lost=True)
    assert proxy.silent == 2  # at once: who asks next may rely on it
    waiting = threading.Thread(target=lambda: waited_on.recv(1) or waited_on.close(), daemon=True)
    waiting.start()
    proxy.hang_up()
    assert until(lambda: proxy.silent == 1)
    waiting.join(1)
    assert proxy.silent == 1
    forgotten.close()
    assert until(lambda: not proxy.silent)


@pytest.mark.parametrize("mode", ["pass", "blackhole"])
def test_it_ends_without_a_word_while_connections_are_open(proxy, caplog, mode):
    with Proxy(Upstream(port=proxy.port)) as ending:
        ending.set(mode)
        connection = socket.create_connection(("127.0.0.1", ending.port), 1)
        assert until(lambda: ending.opened == 1)
    connection.close()
    assert not caplog.records


def until(holds, within=2.0):
    """Whether something comes to hold in time."""
    deadline = time.monotonic() + within
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.005)
    return holds()


@pytest.mark.filterwarnings("always::ResourceWarning")
def test_a_client_that_comes_as_it_ends_leaves_nothing_open(monkeypatch):
    left = []
    monkeypatch.setattr(sys, "unraisablehook", lambda said: left.append(said.exc_value))
    monkeypatch.setattr(warnings, "showwarning", lambda message, *_: left.append(message))
    with socket.create_server(("127.0.0.1", 0)) as server:
        for _ in range(20):
            with contextlib.ExitStack() as clients, Proxy(Upstream(port=server.getsockname()[1])) as proxy:
                for _ in range(5):
                    client = clients.enter_context(socket.socket())
                    client.setblocking(False)  # noqa: FBT003  as the standard library has it
                    client.connect_ex(("127.0.0.1", proxy.port))
        gc.collect()
    assert left == []
