"""The pytest plugin. Idle it costs a few options: all else is imported when a run asks for it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MARKER = (
    "readiness(id, title, severity): a check of the readiness report; "
    "severity is blocker, high, medium, low or info; all three are literals."
)
DEFAULT_REPORT = "readiness-report"
_OWN_PACKAGES = {"pytest_readiness", "readiness_checks", "readiness_reference"}
_NO_RUN = {
    "--collect-only",
    "--co",
    "--help",
    "-h",
    "--version",
    "-V",
    "--markers",
    "--fixtures",
    "--funcargs",
    "--fixtures-per-test",
    "--cache-show",
}
"""Options that, when typed, make pytest show something and run nothing."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("readiness", "production readiness")
    group.addoption(
        "--readiness",
        action="store_true",
        help="run the readiness checks, and marked tests, in place of the project's other tests",
    )
    group.addoption(
        "--readiness-with-tests",
        action="store_true",
        help="run the readiness checks and all tests",
    )
    group.addoption(
        "--readiness-report",
        metavar="DIR",
        default=DEFAULT_REPORT,
        help="folder of the report (default: %(default)s)",
    )
    group.addoption(
        "--readiness-select",
        metavar="IDS",
        default="",
        help="run only these checks, such as ISO*,MIG001; exits by them, without a decision",
    )
    group.addoption("--readiness-baseline", metavar="FILE", help="an earlier readiness.json to compare with")
    group.addoption("--readiness-config", metavar="FILE", help="settings file, in place of the one found")
    group.addoption(
        "--readiness-replay",
        metavar="STRING",
        default="",
        help="bring the calls of a wallet's finding together again, as the report has them; run nothing else",
    )
    group.addoption(
        "--readiness-seed",
        metavar="N",
        type=int,
        default=0,
        help="what synthetic values derive from (default: %(default)s)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Void an old report before anything of the project runs: a conftest may raise."""
    if not _asks_for_run(early_config):
        return
    _import_as_installed(early_config)
    # Help ends the parsing of all that is typed after it, so that it cannot be set aside later.
    args[:] = [argument for argument in args if argument not in {"--help", "-h"}]
    if not _is_xdist_worker():
        from pytest_readiness.plugin.demand import Demand
        from pytest_readiness.plugin.reporting import void_report

        void_report(early_config)
        if early_config.pluginmanager.register(Demand(), "readiness-demand") is None:
            raise pytest.UsageError("-p no:readiness-demand leaves nobody to tell a run from none")


def _import_as_installed(config: pytest.Config) -> None:
    """Keep pytest from rewriting asserts in what is imported for a run, as it does in plugins.

    Where bytecode cannot be kept, rewriting hundreds of modules takes longer than attacking a small target.
    There is no public way to say so but a word in the docstring of each module.
    """
    marked: set[str] = getattr(getattr(config.pluginmanager, "rewrite_hook", None), "_must_rewrite", set())
    marked -= {name for name in marked if name.partition(".")[0] in _OWN_PACKAGES}


def _asks_for_run(config: pytest.Config) -> bool:
    """Whether a run is asked for, by the project or by who typed; to show something only who types can."""
    known = config.known_args_namespace
    return bool(known.readiness or known.readiness_with_tests) and not shows_only(config)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Set aside what the project would leave out, and replay in place of a run, where that is typed.

    Raises:
        UsageError: It cannot be read, or there is nothing to replay it on.
    """
    if config.option.readiness or config.option.readiness_with_tests:
        from pytest_readiness.plugin.whole_run import command_line, lift_project_options

        lift_project_options(config, command_line(config))
    if not config.option.readiness_replay:
        return None
    from pytest_readiness.plugin.replaying import replay

    return replay(config)


def shows_only(config: pytest.Config) -> bool:
    """Whether somebody typed an option that shows something in place of a run; `addopts` cannot."""
    return bool(_NO_RUN & {str(argument) for argument in config.invocation_params.args})


def _is_xdist_worker() -> bool:
    """Tell a worker before it has its input: one that replaces another starts late, and would void a result.

    The variable alone is inherited by a pytest that a test starts.
    """
    return "PYTEST_XDIST_WORKER" in os.environ and sys.argv[:1] == ["-c"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the marker; when the run asks for readiness, all the rest."""
    config.addinivalue_line("markers", MARKER)
    if not (config.option.readiness or config.option.readiness_with_tests):
        _require_what_needs_it(config)
        return
    if shows_only(config) and not config.option.collectonly:
        return
    if hasattr(config, "workerinput"):
        from pytest_readiness.plugin.worker import register_worker

        register_worker(config)
    else:
        from pytest_readiness.plugin.controller import register_controller
        from pytest_readiness.plugin.reporting import refusal_is_reported

        with refusal_is_reported(config):
            register_controller(config)


def _require_what_needs_it(config: pytest.Config) -> None:
    """Refuse what was typed for a run that nobody asked for: all would be well, and nothing judged.

    Raises:
        UsageError: An option of a readiness run was typed without one.
    """
    for argument in map(str, config.invocation_params.args):
        name = argument.partition("=")[0]
        if name in {"--readiness-select", "--readiness-baseline"}:
            raise pytest.UsageError(f"{name} is for a readiness run: add --readiness")


@pytest.fixture(scope="session")
def readiness_target(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The built target: ``database()``, ``as_user()``, ``settings``."""
    from pytest_readiness.plugin.fixtures import target

    yield from target(request.config)


@pytest.fixture
def readiness_database(readiness_target: Any) -> Iterator[Any]:  # noqa: ANN401  Target, which is imported late
    """A superuser's connection, in autocommit mode, to a fresh copy of the target."""
    connection = readiness_target.database()
    yield connection
    connection.close()
