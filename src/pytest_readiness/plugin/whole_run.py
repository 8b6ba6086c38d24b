"""Tells the whole run from a part of it, and the person's options from the project's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    import pytest

_SELECTING: dict[str, tuple[str, Any]] = {
    "keyword": ("-k", ""),
    "markexpr": ("-m", ""),
    "deselect": ("--deselect", None),
    "ignore": ("--ignore", None),
    "ignore_glob": ("--ignore-glob", None),
    "lf": ("--lf", False),
    "stepwise": ("--stepwise", False),
    "stepwise_skip": ("--stepwise-skip", False),
    "setupplan": ("--setup-plan", False),
    "setuponly": ("--setup-only", False),
    "maxfail": ("-x or --maxfail", 0),
}
"""Options that leave something out: name, spelling, and the value that leaves nothing out."""

_HIDING = (
    "collectonly",
    "showfixtures",
    "show_fixtures_per_test",
    "markers",
    "cacheshow",
    "version",
    "readiness_replay",
)
"""Options that run nothing: typed they are a wish, in ``addopts`` they would turn every run green."""

_CHOOSING = ("readiness_select",)
"""Our own options that leave something out."""


def command_line(config: pytest.Config) -> argparse.Namespace:
    """Parse what was typed alone, without the ``addopts`` of the project."""
    arguments = [str(argument) for argument in config.invocation_params.args]
    return config._parser.parse_known_args(arguments)  # noqa: SLF001  the public way parses addopts too


def lift_project_options(config: pytest.Config, typed: argparse.Namespace) -> None:
    """Undo selections that the project's ``addopts`` make: a built-in check is not theirs to drop."""
    for name, (_, nothing) in _SELECTING.items():
        if hasattr(config.option, name):
            setattr(config.option, name, getattr(typed, name, nothing))
    for name in (*_HIDING, *_CHOOSING):
        if hasattr(typed, name):  # a plugin that is switched off has no options
            setattr(config.option, name, getattr(typed, name))
    config.option.setuponly = typed.setuponly or typed.setupplan
    # A file that cannot be imported takes its own checks with it, and no others.
    config.option.continue_on_collection_errors = True


def partial_reasons(config: pytest.Config, typed: argparse.Namespace) -> Iterator[str]:
    """Say what was typed that makes the run a part of the whole."""
    for name, (spelling, nothing) in _SELECTING.items():
        value = getattr(typed, name, nothing)
        if value and value != nothing:
            yield spelling
    if typed.readiness_select:
        yield "--readiness-select"
    given = [str(argument) for argument in typed.file_or_dir]
    if given and not _is_everything(config, given):
        yield f"the arguments {' '.join(given)}"


def _is_everything(config: pytest.Config, given: list[str]) -> bool:
    base = config.invocation_params.dir
    named = {(base / argument).resolve() for argument in given}
    testpaths = {(config.rootpath / path).resolve() for path in config.getini("testpaths")}
    return config.rootpath.resolve() in named or (bool(testpaths) and named >= testpaths)
