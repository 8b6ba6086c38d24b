"""The companion command, for repositories without a Python project around them."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.catalogue import Catalogue

USAGE = 4
"""Exit status of a usage error, as pytest has it."""

INTERRUPTED = 2
"""The same of an interrupt; servers and copies are gone by then."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status: 0 good, 1 bad, 2 and up as pytest has them."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["run"]:
        return _run(given[1:])
    options = _parser().parse_args(given)
    from pytest_readiness.catalogue import CatalogueError
    from pytest_readiness.settings import SettingsError

    try:
        return int(options.command(options))
    except (CatalogueError, SettingsError) as error:
        print(f"pytest-readiness: {error}", file=sys.stderr)  # noqa: T201  a command line's voice
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pytest-readiness", description="Measure whether a backend may go to production."
    )
    parser.add_argument(
        "--version", action="version", version=f"pytest-readiness {version('pytest-readiness')}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("run", help="run the checks here; takes the options of pytest", add_help=False)
    listing = commands.add_parser("list", help="list the checks that would run here")
    listing.set_defaults(command=_list)
    explain = commands.add_parser("explain", help="say what a check guarantees, why, and how to mend it")
    explain.add_argument("id")
    explain.set_defaults(command=_explain)
    verify = commands.add_parser("verify", help="check that a report is whole, current and good")
    verify.add_argument("report", type=_report, nargs="?", default=Path("readiness-report/readiness.json"))
    verify.add_argument("--max-age", type=float, metavar="HOURS", help="refuse an older report")
    verify.add_argument(
        "--config", type=Path, metavar="FILE", help="settings file, in place of the one found"
    )
    verify.set_defaults(command=_verify)
    compare = commands.add_parser("compare", help="say what changed between two reports")
    compare.add_argument("old", type=_report)
    compare.add_argument("new", type=_report)
    compare.set_defaults(command=_compare)
    _mending(commands)
    _replaying(commands)
    return parser


def _replaying(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    again = commands.add_parser("replay", help="bring the calls of a wallet's finding together again")
    again.add_argument("replay", metavar="TECHNIQUE/SCENARIO/LEVEL/SCHEDULE", help="as the report has it")
    again.add_argument("--times", type=_positive, metavar="N", help="how often (default: 3)")
    again.add_argument("--config", type=Path, metavar="FILE", help="settings file, in place of the one found")
    again.set_defaults(command=_replay)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, found {text}")
    return number


def _report(text: str) -> Path:
    """Return the report that a path names, which may be the folder that it was written into."""
    path = Path(text)
    return path / "readiness.json" if path.is_dir() else path


def _mending(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    report = Path("readiness-report/readiness.json")
    fixing = commands.add_parser("fix", help="write the next migration, which mends a finding; or list them")
    fixing.add_argument("finding", nargs="?", metavar="ID:SUBJECT")
    fixing.set_defaults(command=_fix)
    showing = commands.add_parser("psql", help="show a finding on the target, built anew; or run SQL on it")
    showing.add_argument("finding", nargs="?", metavar="ID:SUBJECT")
    showing.set_defaults(command=_psql)
    for parser in (fixing, showing):
        parser.add_argument("--report", type=_report, default=report, help="the report that tells of it")
        parser.add_argument(
            "--config", type=Path, metavar="FILE", help="settings file, in place of the one found"
        )


def _fix(options: argparse.Namespace) -> int:
    from pytest_readiness.cli.fix import fix

    return fix(options)


def _psql(options: argparse.Namespace) -> int:
    from pytest_readiness.cli.psql import psql

    return psql(options)


def _replay(options: argparse.Namespace) -> int:
    from pytest_readiness.cli.replay import replay

    return replay(options)


def _run(arguments: list[str]) -> int:
    """Run pytest with the checks alone, and leave no cache behind in a repository that is not Python's."""
    import pytest

    # This command is the package, so that pytest cannot rewrite the asserts in it; there are none.
    quiet = "ignore:Module already imported so cannot be rewritten"
    options = ["-p", "readiness", "-p", "no:cacheprovider", "-W", quiet, "--readiness"]
    return int(pytest.main([*options, *arguments]))


def _list(_: argparse.Namespace) -> int:
    for declared in _catalogue().checks:
        spec = declared.spec
        print(f"{spec.id:<10} {spec.severity.value:<8} {declared.area:<14} {spec.title}")  # noqa: T201  the answer
    return 0


def _explain(options: argparse.Namespace) -> int:
    found = next((c for c in _catalogue().checks if c.spec.id.lower() == options.id.lower()), None)
    if found is None:
        said = f"no check has the id {options.id}; see `pytest-readiness list`"
        print(f"pytest-readiness: {said}", file=sys.stderr)  # noqa: T201  the answer
        return USAGE
    spec = found.spec
    parts = [
        f"{spec.id}: {spec.title}",
        f"{spec.severity.value}, area {found.area}, needs {spec.needs.value} evidence",
        spec.rationale,
        f"To mend it: {spec.remediation}" if spec.remediation else "",
        *spec.references,
    ]
    print("\n\n".join(part for part in parts if part))  # noqa: T201  the answer
    return 0


def _verify(options: argparse.Namespace) -> int:
    from pytest_readiness.cli.verify import problems

    found = problems(options.report, Path.cwd(), options.config, options.max_age)
    for text in found:
        print(f"✗ {text}")  # noqa: T201  the answer
    if not found:
        print(f"✓ {options.report}: whole, current, and its gate holds")  # noqa: T201  the answer
    return 1 if found else 0


def _compare(options: argparse.Namespace) -> int:
    import json

    from pytest_readiness.scoring.compare import compare

    try:
        old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (options.old, options.new))
        comparison = compare(old, new)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"pytest-readiness: not two readable reports: {error}", file=sys.stderr)  # noqa: T201  the answer
        return USAGE
    for delta in comparison.deltas:
        print(f"{delta.change.value:<15} {delta.check} {delta.subject}".rstrip())  # noqa: T201  the answer
    if not comparison.deltas:
        print("nothing changed")  # noqa: T201  the answer
    return 1 if comparison.regressions else 0


def _catalogue() -> Catalogue:
    from pytest_readiness.catalogue import read_catalogue
    from pytest_readiness.settings import load

    here = Path.cwd()
    return read_catalogue(load(here, here))
