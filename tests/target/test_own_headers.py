"""Headers arrive as they are given, a host among them, once."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pytest_readiness.gather.webhooks.attacks import unsigned
from pytest_readiness.gather.webhooks.signing import STANDARD, Sender
from pytest_readiness.target.asgi import Exchange
from pytest_readiness.target.requests import Request, send


@pytest.fixture
def echo():
    class Echo(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            said = "\n".join(f"{name.lower()}: {value}" for name, value in self.headers.items()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_each_header_that_is_to_mislead_arrives(echo):
    tried = [
        attack for attack in unsigned(Sender("/hooks", STANDARD, "{}")) if "with the header" in attack.what
    ]
    assert tried
    for attack in tried:
        name, value = attack.requests[0].headers[-1]
        said = send(echo, attack.requests[0], 5.0).body.decode().splitlines()
        assert [line for line in said if line.startswith(f"{name.lower()}: ")] == [f"{name.lower()}: {value}"]


def test_without_one_of_its_own_a_request_names_the_host_that_it_goes_to(echo):
    assert f"host: 127.0.0.1:{echo}" in send(echo, Request("POST", "/"), 5.0).body.decode()


def test_an_application_that_is_called_gets_one_host_too():
    own = Request("POST", "/", (("Host", "localhost"),))
    assert [value for name, value in Exchange(own)._sent() if name == b"host"] == [b"localhost"]
