"""Reads the probes of Kubernetes manifests: of files that settings name, or that are found in the project."""

from __future__ import annotations

import importlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.health import HealthEvidence
from pytest_readiness.evidence.orchestration import OrchestrationEvidence
from pytest_readiness.gather.health.probes import probes_in
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.settings import Health

_PASSED_OVER = {"node_modules", "vendor", "dist", "build", "venv", "site-packages", "__pycache__"}
_SUFFIXES = (".yaml", ".yml")
_LARGEST = 1 << 20
_MISSING = "PyYAML is not installed: pip install 'pytest-readiness[manifests]'"
_TEMPLATE = (
    "it is a template: render it (helm template, kustomize build), and name the result in health.manifests"
)


@gatherer(strength=Strength.SOURCE)
def orchestration(target: Target, health: HealthEvidence) -> OrchestrationEvidence:
    """Read what asks the services that were asked here."""
    declared = target.settings.health
    if declared is None:
        return OrchestrationEvidence((), absent=health.absent)
    return read(target.settings.root, declared, health)


def read(root: Path, declared: Health, health: HealthEvidence) -> OrchestrationEvidence:
    """Read the manifests of a project."""
    documents: dict[str, list[Any]] = {}
    unread: list[tuple[str, str]] = []
    passed_over: list[tuple[str, str]] = []
    for path in _files(root, declared.manifests):
        name = os.path.relpath(path, root)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            found = not declared.manifests and isinstance(error, OSError)
            (passed_over if found else unread).append((name, str(getattr(error, "strerror", error))))
            continue
        if "Probe" not in text:
            continue
        try:
            documents[name] = _parsed(text)
        except ValueError as error:
            unread.append((name, str(error)))
    probes = tuple(probes_in(documents, declared))
    if not probes and not unread:
        unread = passed_over  # where others have the probes, nothing is missed in what nobody named
    where = ", ".join(declared.manifests) or "the project"
    absent = "" if probes or unread else f"no manifest in {where} has a probe of what [health] declares"
    return OrchestrationEvidence(probes, health.services, tuple(unread), absent)


def _files(root: Path, named: tuple[str, ...]) -> Iterator[Path]:
    """Yield what is named, be it missing; else all files that may be manifests."""
    for name in named or (".",):
        place = root / name
        if named and not place.is_dir():
            yield place
            continue
        for folder, below, files in os.walk(place):
            below[:] = sorted(one for one in below if not one.startswith(".") and one not in _PASSED_OVER)
            for file in sorted(files):
                path = Path(folder, file)
                if file.endswith(_SUFFIXES) and (named or _may_be_manifest(path)):
                    yield path


def _may_be_manifest(path: Path) -> bool:
    """Whether a file is one of a likely size; where it does not tell, the attempt to read it does."""
    try:
        told = path.stat()
    except OSError:
        return not path.name.startswith(".")  # editors leave links to nowhere
    return stat.S_ISREG(told.st_mode) and told.st_size <= _LARGEST


def _parsed(text: str) -> list[Any]:
    """Return the documents of a file.

    Raises:
        ValueError: It cannot be read, and why.
    """
    try:
        yaml: Any = importlib.import_module("yaml")
    except ImportError:
        raise ValueError(_MISSING) from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return list(yaml.load_all(text, loader))  # of a safe loader
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        if "{{" in text:
            raise ValueError(_TEMPLATE) from None
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        said = getattr(error, "problem", "") or type(error).__name__
        raise ValueError(f"it is no YAML: {said}{line}") from None
