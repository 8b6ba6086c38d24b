"""What services depend on: real servers behind proxies, which are made to fail."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
from typing import TYPE_CHECKING, Literal

from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.settings import KAFKA, POSTGRES, REDIS
from pytest_readiness.target.services import url_of

if TYPE_CHECKING:
    from contextlib import ExitStack

    from pytest_readiness.providers.proxy import Proxy
    from pytest_readiness.target.target import Target

Fault = Literal["blackhole", "reset", "refuse", "slow", "stopped"]
"""What is wrong with a dependency: a mode of its proxy, or that its process is stopped."""


def words_for(name: str) -> tuple[str, ...]:
    """Return how a dependency may be called: as settings do, or by another name of its kind."""
    kind = next((kind for kind in (POSTGRES, REDIS, KAFKA) if name in kind), ())
    return (name, *(word for word in kind if word != name))


class Dependencies:
    """Real servers, each behind a proxy; the password in their URLs is a canary.

    Attributes:
        proxies: By dependency.
        processes: Pids of servers that may be stopped, by dependency.
        values: What the environment of a service is filled in with.
        secret: What no answer may tell.
    """

    def __init__(self, target: Target, names: tuple[str, ...], stack: ExitStack) -> None:
        self.proxies: dict[str, Proxy] = {}
        self.processes: dict[str, int] = {}
        self.values: dict[str, str] = {}
        canary = f"canary{secrets.token_hex(6)}"
        kinds = {name: next(kind for kind in (POSTGRES, REDIS, KAFKA) if name in kind) for name in names}
        postgres = self._postgres(target, canary, stack)
        redis = self._redis(target, canary, names, stack) if REDIS in kinds.values() else None
        kafka = self._kafka(stack) if KAFKA in kinds.values() else None
        for name, kind in kinds.items():
            proxy = {POSTGRES: postgres, REDIS: redis, KAFKA: kafka}[kind]
            if proxy is not None:
                self.proxies[name] = proxy

    def _postgres(self, target: Target, canary: str, stack: ExitStack) -> Proxy:
        from pytest_readiness.providers.proxy import Proxy, Upstream

        info = target.database().info
        path = f"{info.host}/.s.PGSQL.{info.port}" if info.host.startswith("/") else ""
        proxy = stack.enter_context(Proxy(Upstream(path, info.host, info.port)))
        self.secret = info.password or canary  # a server of ours asks for none, and takes any
        self.values["database_url"] = url_of(
            "127.0.0.1", proxy.port, target.built.owner, self.secret, info.dbname
        )
        return proxy

    def _redis(self, target: Target, canary: str, names: tuple[str, ...], stack: ExitStack) -> Proxy | None:
        """Start one for this service alone, so that it can be stopped; else take what settings give."""
        from pytest_readiness.providers.proxy import Proxy, Upstream
        from pytest_readiness.providers.redis import embedded

        if target.settings.redis in {"auto", "embedded"}:
            with contextlib.suppress(ProviderError):
                booting = embedded.launch()
                stack.callback(booting.stop)
                server = booting.wait()
                pid = server.running.pid if server.running else 0
                self.processes = {name: pid for name in names if name in REDIS and pid}
                proxy = stack.enter_context(Proxy(Upstream(path=server.url.removeprefix("unix://"))))
                self.values["redis_url"] = f"redis://default:{canary}@127.0.0.1:{proxy.port}/0"
                return proxy
        url = target.redis_url()
        if not url.startswith("unix://"):
            self.values["redis_url"] = url
            return None
        proxy = stack.enter_context(Proxy(Upstream(path=url.removeprefix("unix://"))))
        self.values["redis_url"] = f"redis://default:{canary}@127.0.0.1:{proxy.port}/0"
        return proxy

    def _kafka(self, stack: ExitStack) -> Proxy:
        from pytest_readiness.providers.kafka import Broker
        from pytest_readiness.providers.proxy import Proxy, Upstream

        broker = stack.enter_context(Broker())
        proxy = stack.enter_context(Proxy(Upstream(port=broker.port)))
        broker.advertised = proxy.port
        self.values["kafka_url"] = f"127.0.0.1:{proxy.port}"
        return proxy

    def fail(self, name: str, fault: Fault, delay: float) -> None:
        """Let one fail from now on."""
        if fault == "stopped":
            os.kill(self.processes[name], signal.SIGSTOP)
        else:
            self.proxies[name].set(fault, delay=delay)

    def mend(self, name: str, *, lost: bool = False) -> None:
        """End whatever is wrong with it; what connected to a black hole may be lost."""
        if name in self.processes:
            os.kill(self.processes[name], signal.SIGCONT)
        self.proxies[name].set("pass", lost=lost)
