"""What every process of a run has to know, handed from the controller to its workers."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_readiness.catalogue import Catalogue, Declared
    from pytest_readiness.settings import Settings

_FILE = "context"


@dataclass(frozen=True, slots=True)
class Context:
    """A run.

    Attributes:
        directory: Of the run; private.
        select: Globs of ids that are to run; empty for all.
        with_tests: Whether the project's other tests run too.
    """

    settings: Settings
    catalogue: Catalogue
    directory: Path
    select: tuple[str, ...]
    with_tests: bool

    def selected(self) -> tuple[Declared, ...]:
        """Return the checks that are to run."""
        return tuple(
            declared
            for declared in self.catalogue.checks
            if not self.select or any(fnmatchcase(declared.spec.id, glob) for glob in self.select)
        )

    def hand_over(self) -> None:
        """Leave it in the run directory."""
        (self.directory / _FILE).write_bytes(pickle.dumps(self))


def taken_over(directory: Path) -> Context:
    """Return what the controller left."""
    context: Context = pickle.loads((directory / _FILE).read_bytes())  # noqa: S301  the run's own private directory
    return context
