"""An application that is called directly answers as it does behind a server."""

import json
import socketserver
import threading

import pytest

from pytest_readiness.settings import Service
from pytest_readiness.target.requests import Lines, Request, send
from pytest_readiness.target.services import RunningService

APP = """
import json

started = []


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        started.append(True)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return
    if scope["path"] == "/raise":
        raise RuntimeError("on purpose")
    body, pieces = b"", 0
    while True:
        event = await receive()
        body, pieces = body + event["body"], pieces + 1
        if not event["more_body"]:
            break
    told = {
        "method": scope["method"],
        "path": scope["path"],
        "raw": scope["raw_path"].decode(),
        "query": scope["query_string"].decode(),
        "x": [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-name"],
        "length": [value.decode() for name, value in scope["headers"] if name == b"content-length"],
        "client": scope["client"][0],
        "port": scope["client"][1],
        "body": body.decode(),
        "chunked": pieces > 1,
        "started": len(started),
    }
    text = json.dumps(told).encode()
    headers = [(b"content-type", b"application/json"), (b"X-Said", b"1"), (b"X-Said", b"2")]
    headers.append((b"content-length", str(len(text)).encode()))
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": text})
"""


@pytest.fixture(params=["http", "asgi"], scope="module")
def service(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("told")
    (folder / "told.py").write_text(APP)
    running = RunningService(Service("told", app="told:app", transport=request.param), folder, {})
    running.start()
    yield running
    running.stop()


def test_a_request_arrives_as_it_was_sent(service):
    headers = (("X-Name", "a"), ("x-name", " \u00e9 "))
    answer = service.send(Request("POST", "/a%2Fb/../c?q=1&r", headers, b'{"n": 1}'))
    told = json.loads(answer.body)
    assert answer.status == 201
    assert answer.header("x-said") == "1, 2"
    del told["port"]  # a server draws it
    assert told == {
        "method": "POST",
        "path": "/a/b/../c",
        "raw": "/a%2Fb/../c",
        "query": "q=1&r",
        "x": ["a", "\u00e9".encode().decode("latin-1")],
        "length": ["8"],
        "client": "127.0.0.1",
        "body": '{"n": 1}',
        "chunked": False,
        "started": 1,
    }


def test_a_body_in_chunks_has_no_length(service):
    told = json.loads(service.send(Request("POST", "/", body=b"x" * 200_000, chunked=True)).body)
    assert told["body"] == "x" * 200_000
    assert told["length"] == []
    assert told["chunked"]


def test_head_has_no_body(service):
    answer = service.send(Request("HEAD", "/"))
    assert (answer.status, answer.body) == (201, b"")


def test_what_it_raises_is_a_500_and_stands_in_the_log(service):
    assert service.send(Request("GET", "/raise")).status == 500
    assert "on purpose" in service.logs


def test_another_address_is_another_client(service):
    told = json.loads(service.send(Request("GET", "/", source="127.0.0.9")).body)
    assert told["client"] == "127.0.0.9"


def test_a_request_alone_comes_from_a_port_of_its_own(service):
    lines = Lines(service.places)
    told = [
        json.loads(lines.send(Request("GET", "/", alone=alone)).body)["port"]
        for alone in (False, False, True, True)
    ]
    lines.close()
    assert told[0] == told[1]
    assert len(set(told)) == 3


def test_lines_are_used_again(service):
    with service.lines() as lines:
        assert [lines.send(Request("GET", "/")).status for _ in range(3)] == [201] * 3


@pytest.mark.parametrize("place", [1, "/nonexistent/socket"])
def test_an_instance_that_is_gone_gives_no_answer(place):
    answer = send(place, Request("GET", "/"), 1.0)
    assert answer.status == 0
    assert answer.error


def test_a_server_that_ends_connections_without_saying_so_is_asked_anew():
    """It answers one request of each connection, and drops the next one that comes on it."""
    served, dropped = [], []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            while self.rfile.readline().strip():
                pass
            served.append(1)
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            if self.rfile.readline():
                dropped.append(1)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        lines = Lines([server.server_address[1]])
        statuses = [lines.send(Request("GET", "/")).status for _ in range(5)]
        lines.close()
        server.shutdown()
    assert statuses == [200] * 5
    assert (len(served), len(dropped)) == (5, 1)
