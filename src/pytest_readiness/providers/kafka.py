"""A broker that says what Kafka says to a client that asks whether it is there, and keeps no messages.

It speaks two requests of Kafka's protocol: ApiVersions (key 18, versions 0 to 2) and Metadata (key 3,
versions 0 and 1), with which clients begin. A broker itself wants a Java machine, and seconds to start.
"""

from __future__ import annotations

import contextlib
import socketserver
import struct
import threading
from typing import Self

_API_VERSIONS, _METADATA = 18, 3
_SPOKEN = {_METADATA: (0, 1), _API_VERSIONS: (0, 2)}
_UNSUPPORTED_VERSION = 35
_LARGEST = 1 << 20
_HEADER = struct.Struct(">hhi")
_NODE = 1


class Broker:
    """One broker on loopback, without topics.

    Attributes:
        port: Where it listens.
        advertised: The port that it tells clients to connect to, such as that of a proxy before it.
    """

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.broker = self
        self.port = int(self._server.server_address[1])
        self.advertised = self.port

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    broker: Broker


class _Conversation(socketserver.StreamRequestHandler):
    """Requests of one client, each with its length before it."""

    def handle(self) -> None:
        assert isinstance(self.server, _Server)  # noqa: S101  it is made above
        with contextlib.suppress(OSError, struct.error):
            while size := self.rfile.read(4):
                (length,) = struct.unpack(">i", size)
                if not _HEADER.size <= length <= _LARGEST:
                    return
                key, version, correlation = _HEADER.unpack(self.rfile.read(length)[: _HEADER.size])
                answer = _answer(key, version, self.server.broker.advertised)
                if answer is None:
                    return  # as a broker does with what it does not know
                self.wfile.write(struct.pack(">ii", 4 + len(answer), correlation) + answer)


def _answer(key: int, version: int, port: int) -> bytes | None:
    """Return the body of an answer; None where the request is not spoken."""
    least, most = _SPOKEN.get(key, (0, -1))
    if key == _API_VERSIONS:
        # A version that is too new is answered as version 0, so that the client asks again.
        return _api_versions(version) if least <= version <= most else _api_versions(0, _UNSUPPORTED_VERSION)
    return _metadata(version, port) if least <= version <= most else None


def _api_versions(version: int, error: int = 0) -> bytes:
    spoken = b"".join(struct.pack(">hhh", key, *versions) for key, versions in sorted(_SPOKEN.items()))
    throttle = struct.pack(">i", 0) if version >= 1 else b""
    return struct.pack(">hi", error, len(_SPOKEN)) + spoken + throttle


def _metadata(version: int, port: int) -> bytes:
    host = b"127.0.0.1"
    broker = struct.pack(">iih", 1, _NODE, len(host)) + host + struct.pack(">i", port)
    if version == 0:
        return broker + struct.pack(">i", 0)
    return broker + struct.pack(">h", -1) + struct.pack(">i", _NODE) + struct.pack(">i", 0)
