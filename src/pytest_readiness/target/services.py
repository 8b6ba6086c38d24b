"""A service under attack: real processes on loopback."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pytest_readiness.providers import directories, process
from pytest_readiness.target.requests import Answer, Lines, Place, Request, send

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.settings import Service

_ROOM = 2 * directories.MIB
_LOOPBACK = "127.0.0.1"
_POLL = 0.02
_LOADER = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""Where the system looks for libraries: like PATH, without it an interpreter may not be found whole."""
_UNFILLED = re.compile(r"\{(?:\w+_url|(?:secret|budget)\.[^}]*)\}")


def url_of(host: str, port: int, user: str, password: str, database: str) -> str:
    """Return the URL of a database, also where the server listens on a Unix socket."""
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    name = quote(database, safe="")
    if host.startswith("/"):
        return f"postgresql://{login}@/{name}?host={quote(host, safe='')}&port={port}"
    return f"postgresql://{login}@{host}:{port}/{name}"


class RunningService:
    """All processes of a service.

    Attributes:
        places: Of its instances.

    Args:
        declared: In the settings.
        root: Of the project.
        values: What the environment is filled in with.
        also: Variables of the environment beside those of settings.
    """

    def __init__(
        self, declared: Service, root: Path, values: Mapping[str, str], also: Mapping[str, str] | None = None
    ) -> None:
        self._also = dict(also or {})
        self.declared = declared
        self.places: list[Place] = []
        self._root = root
        self._values = dict(values)
        self._children: list[process.Child] = []

    @property
    def logs(self) -> str:
        """What all processes have written so far."""
        return "".join(self.written)

    @property
    def written(self) -> tuple[str, ...]:
        """The same, by process."""
        return tuple(
            Path(child.running.log).read_text(encoding="utf-8", errors="replace") for child in self._children
        )

    @property
    def has_redis(self) -> bool:
        """Whether settings give it a Redis, where its processes may share what they count."""
        return any("{redis_url}" in value for value in self.declared.env.values())

    @property
    def has_python(self) -> bool:
        """Whether one of its processes is a Python, or may be."""
        return any(process.runs_python(child.running.pid) for child in self._children)

    def start(self) -> None:
        """Start all instances and wait until they answer.

        Raises:
            ProviderError: One ended, or does not answer in time; with the end of its log.
        """
        self._children = [self._launch() for _ in range(self.declared.instances)]
        try:
            for child, place in zip(self._children, self.places, strict=True):
                child.wait(lambda place=place: self._answers(place), self.declared.ready_within)  # type: ignore[misc]
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End them all. A second call does nothing."""
        for child in self._children:
            child.stop()
        self._children, self.places = [], []

    def restart(self, without: str = "") -> None:
        """Start anew, on other ports.

        Args:
            without: Variables of the environment whose value has this in it are left out.
        """
        self.stop()
        if without:
            self._values[without] = ""
        self.start()

    @contextmanager
    def another(self) -> Iterator[Place]:
        """Lend a process more, beside its instances and started anew.

        Raises:
            ProviderError: It does not start.
        """
        instances = len(self.places)
        try:
            child = self._launch()
        finally:
            lent = self.places[instances:]
            del self.places[instances:]
        (place,) = lent
        try:
            child.wait(lambda: self._answers(place), self.declared.ready_within)
            yield place
        finally:
            child.stop()

    def send(self, request: Request, instance: int = 0, within: float = 10.0) -> Answer:
        """Send a request to an instance; they are counted from 0, and around."""
        return send(self.places[instance % len(self.places)], request, within)

    @contextmanager
    def lines(self) -> Iterator[Lines]:
        """Lend connections that are kept open from one request to the next."""
        lines = Lines(self.places)
        try:
            yield lines
        finally:
            lines.close()

    def _answers(self, place: Place) -> bool:
        return send(place, Request("GET", self.declared.ready), 2.0).status > 0

    def _launch(self) -> process.Child:
        directory = directories.run_directory(_ROOM, None)
        place: Place = str(directory / "asgi") if self.declared.transport == "asgi" else _free_port()
        self.places.append(place)
        return process.launch(
            process.Launch(
                name=f"the service {self.declared.name}",
                command=self._command(place),
                directory=directory,
                graceful=signal.SIGTERM,
                variables=self._environment(),
                folder=str(self._root),
            ),
            None,
        )

    def _command(self, place: Place) -> list[str]:
        if self.declared.command:
            return [part.replace("{port}", str(place)) for part in shlex.split(self.declared.command)]
        if isinstance(place, str):
            module = "pytest_readiness.target.asgi"
            return [sys.executable, "-m", module, self.declared.app, place, str(self._root)]
        return [
            *(sys.executable, "-m", "uvicorn", self.declared.app, "--app-dir", str(self._root)),
            *("--host", _LOOPBACK, "--port", str(place), "--no-proxy-headers", "--no-access-log"),
        ]

    def _environment(self) -> dict[str, str]:
        """Fill in what settings give; one that nothing fills in, or that turns out empty, is left out."""
        filled = {name: os.environ[name] for name in _LOADER if name in os.environ}
        for name, template in self.declared.env.items():
            value = template
            for key, known in self._values.items():
                value = value.replace("{" + key + "}", known)
            if value and not _UNFILLED.search(value):
                filled[name] = value
        also = dict(self._also)
        if {"PYTHONPATH"} <= filled.keys() & also.keys():
            also["PYTHONPATH"] += os.pathsep + filled["PYTHONPATH"]
        return {**filled, **also}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])
