"""A service sees of the environment what its interpreter needs, and what settings give."""

import json
import os

from pytest_readiness.settings import Service
from pytest_readiness.target.requests import Request
from pytest_readiness.target.services import RunningService

APP = """
import json
import os


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return
    text = json.dumps(dict(os.environ)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text})
"""


def test_libraries_are_looked_up_where_the_interpreter_looks_and_nothing_else_is_told(tmp_path, monkeypatch):
    # The interpreter of these tests may be found whole by what stands there already.
    paths = os.pathsep.join(filter(None, [str(tmp_path / "lib"), os.environ.get("LD_LIBRARY_PATH")]))
    monkeypatch.setenv("LD_LIBRARY_PATH", paths)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the user's")
    (tmp_path / "told.py").write_text(APP)
    declared = Service("told", app="told:app", transport="asgi", env={"MODE": "strict"})
    service = RunningService(declared, tmp_path, {})
    service.start()
    try:
        seen = json.loads(service.send(Request("GET", "/")).body)
    finally:
        service.stop()
    assert seen["LD_LIBRARY_PATH"] == paths
    assert seen["MODE"] == "strict"
    assert "AWS_SECRET_ACCESS_KEY" not in seen
