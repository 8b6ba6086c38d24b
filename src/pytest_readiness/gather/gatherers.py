"""Finds the functions that gather evidence, by their decorator."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from pytest_readiness.gather.store import Gatherer
from pytest_readiness.vocabulary import GATHERER_ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


def built_in_gatherers() -> Iterator[Gatherer]:
    """Yield the gatherers of this package, in order of their modules."""
    package = importlib.import_module(__package__)
    for module in pkgutil.walk_packages(package.__path__, f"{__package__}."):
        yield from gatherers_in(importlib.import_module(module.name))


def gatherers_in(module: ModuleType) -> Iterator[Gatherer]:
    """Yield the gatherers that a module defines itself."""
    for value in vars(module).values():
        if hasattr(value, GATHERER_ATTRIBUTE) and value.__module__ == module.__name__:
            yield Gatherer.of(value)
