"""A wallet behind code of the project: an object whose methods are the operations, sync or async."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import sys
import threading
from concurrent.futures import Future
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_readiness.settings.wallet import REQUIRED, TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from pathlib import Path

    from pytest_readiness.settings import Wallet

T = TypeVar("T")
_MAKING_S = 30.0
"""For a factory that starts a service."""

_OF_THE_TEXT = (NameError, ImportError, SyntaxError)
_NUMBERS = ("amount", "limit", "rate")
_OF_SQL = ("entries",)
"""What is read from the database even where code moves the money."""


class AdapterError(Exception):
    """The adapter that settings name cannot be used."""


class FactoryError(AdapterError):
    """The factory was called with a URL, and raised."""


class Adapter:
    """What the factory of a project made, and the threads that its methods run in.

    Args:
        name: ``module:factory``, as in settings.
        root: Of the project, where the module is looked for first.
        url: Of a copy of the target; the factory is called with it.

    Raises:
        FactoryError: The factory raised what may come of the URL.
        AdapterError: It cannot be imported or made, or lacks an operation.
    """

    def __init__(self, name: str, root: Path, url: str) -> None:
        self.name, factory = name, _factory(name, root)
        self._loop = asyncio.new_event_loop()
        self._runner = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner.start()
        made = self.submit(lambda: factory(url))
        try:
            self._wallet = made.result(_MAKING_S)
        except Exception as error:  # noqa: BLE001  whatever the project raises
            self._end_loop()
            said = f"{name}({url!r}) raised {type(error).__name__}: {error}"
            # What its text names and is not there is the fault of no URL; nor is who never answers.
            kind = AdapterError if isinstance(error, _OF_THE_TEXT) or not made.done() else FactoryError
            raise kind(said) from None
        missing = [
            operation for operation in REQUIRED if not callable(getattr(self._wallet, operation, None))
        ]
        if missing:
            self.close()
            raise AdapterError(
                f"what {name} returned has no method {missing[0]!r}; required: {', '.join(REQUIRED)}"
            )

    def close(self) -> None:
        """Let the adapter close what it opened, where it can; a second time does nothing."""
        if self._loop.is_closed():
            return
        if callable(closing := getattr(self._wallet, "close", None)):
            # Whoever fails to close has been judged already.
            with contextlib.suppress(Exception):
                self.submit(closing).result(_MAKING_S)
        self._end_loop()

    def described(self, wallet: Wallet) -> Wallet:
        """Return settings whose templates show the methods and what they take.

        Raises:
            AdapterError: A method wants what no caller has.
        """
        methods = {
            operation: getattr(self._wallet, operation)
            for operation in TEMPLATES
            if operation not in _OF_SQL and callable(getattr(self._wallet, operation, None))
        }
        given = {operation: self._template(operation, method) for operation, method in methods.items()}
        return replace(wallet, **given)  # type: ignore[arg-type]  # templates are strings

    def _template(self, operation: str, method: Callable[..., object]) -> str:
        accepted, parameters = TEMPLATES[operation], inspect.signature(method).parameters.values()
        if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
            taken = list(accepted)
        else:
            taken = [parameter.name for parameter in parameters if parameter.name in accepted]
            needed = [p.name for p in parameters if p.default is p.empty and p.name not in accepted]
            if needed and not any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
                names = ", ".join(accepted) or "none"
                raise AdapterError(f"{self.name}: {operation} takes {needed[0]!r}; accepted here: {names}")
        return f"{operation}({', '.join(f'%({name})s' for name in taken)})"

    def begin(self, operation: str, values: Mapping[str, str | None], taken: list[str]) -> Future[Any]:
        """Call a method, and return what it will have answered."""
        method = getattr(self._wallet, operation)
        given = {name: _typed(name, values.get(name)) for name in taken}
        return self.submit(lambda: method(**given))

    def submit(self, function: Callable[[], T | Coroutine[Any, Any, T]]) -> Future[T]:
        """Run a function in a thread of its own, so that one that hangs is left behind."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                value = function()
                if inspect.iscoroutine(value):
                    value = asyncio.run_coroutine_threadsafe(value, self._loop).result()
                future.set_result(value)  # type: ignore[arg-type]  # awaited above
            except BaseException as error:  # noqa: BLE001  it is told to whoever waits
                future.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return future

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._runner.join(_MAKING_S)
        if not self._runner.is_alive():  # a method that blocks its loop keeps it
            self._loop.close()


def _factory(name: str, root: Path) -> Callable[[str], Any]:
    module, _, attribute = name.partition(":")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:  # noqa: BLE001  whatever the project raises
        raise AdapterError(
            f"wallet.adapter: {name} cannot be imported: {type(error).__name__}: {error}"
        ) from None
    if not callable(found):
        raise AdapterError(f"wallet.adapter: {name} cannot be called")
    return found  # type: ignore[no-any-return]  # the project's own


def _typed(name: str, value: str | None) -> object:
    """Return a value as code expects it."""
    if value is None:
        return None
    if name in _NUMBERS:
        return Decimal(value)
    return value == "true" if name == "frozen" else value


def code(error: BaseException) -> str:
    """Return by what a caller tells errors apart: SQLSTATE, status of HTTP, or the name of the exception."""
    for one in (error, getattr(error, "orig", None), error.__cause__, getattr(error, "response", None)):
        for attribute in ("sqlstate", "status_code", "status", "code"):
            found = getattr(one, attribute, None)
            if isinstance(found, str | int) and not isinstance(found, bool) and found:
                return str(found)
    return type(error).__name__
