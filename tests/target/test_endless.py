"""An endless body goes on until there is an answer, or an end that is far off."""

import socket
import threading

import pytest

from pytest_readiness.settings import Service
from pytest_readiness.target import endless
from pytest_readiness.target.requests import Request, send
from pytest_readiness.target.services import RunningService

MOST = 12 * 1024 * 1024
APP = """
import asyncio
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return
    bound = {"/": 0, "/mib": 1024 * 1024, "/raise": 1024 * 1024}.get(scope["path"], 1 << 40)
    read = 0
    while read < bound:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        read += len(event["body"])
        if not event["more_body"]:
            break
    if scope["path"] == "/never":
        await asyncio.sleep(60)
    if scope["path"] == "/drain" and read > 1024 * 1024:
        bound = read
    if scope["path"] == "/raise":
        raise RuntimeError("on purpose")
    await send({"type": "http.response.start", "status": 413 if read >= bound else 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
"""


@pytest.fixture(params=["http", "asgi"], scope="module")
def service(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reads")
    (folder / "reads.py").write_text(APP)
    running = RunningService(Service("reads", app="reads:app", transport=request.param), folder, {})
    running.start()
    yield running
    running.stop()


@pytest.fixture(params=[True, False], ids=["chunked", "with a length"])
def flood(request):
    return lambda path: Request("POST", path, body=b"{", chunked=request.param, endless=MOST)


@pytest.mark.parametrize(
    ("path", "status", "least"), [("/", 413, 0), ("/mib", 413, 1 << 20), ("/raise", 500, 0)]
)
def test_an_answer_ends_it(service, flood, path, status, least):
    answer = service.send(flood(path))
    assert answer.status == status
    assert least - 1 <= answer.taken < MOST


@pytest.mark.parametrize(("path", "status"), [("/all", 200), ("/drain", 413)])
def test_whoever_takes_all_is_told_the_end_and_answers(service, flood, path, status):
    answer = service.send(flood(path))
    assert (answer.status, answer.error) == (status, "")
    assert answer.taken == endless.whole(MOST)


def test_whoever_takes_all_and_does_not_answer_is_given_up(service, flood):
    answer = service.send(flood("/never"), within=1.0)
    assert answer.status == 0
    assert answer.error.startswith("TimeoutError")


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        yield server


def test_an_end_of_the_connection_ends_it(listener, flood):
    def end():
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)

    threading.Thread(target=end).start()
    answer = send(listener.getsockname()[1], flood("/"), 5)
    assert answer.status == 0
    assert answer.error != endless.UNANSWERED
    assert answer.taken < MOST


def test_what_is_not_taken_is_not_waited_for_for_ever(listener, flood, monkeypatch):
    monkeypatch.setattr(endless, "_STALLS_WITHIN", 0.3)
    answer = send(listener.getsockname()[1], flood("/"), 5)
    assert answer.status == 0
    assert answer.error == endless.UNANSWERED
    assert answer.taken < MOST
