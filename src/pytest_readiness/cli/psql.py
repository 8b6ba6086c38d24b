"""Shows a finding on a real server, after the run: the target is built again and its statements are run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_readiness.vocabulary import visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import psycopg

USAGE = 4
_WIDTH = 48
"""Characters of one value."""

_SETS = "set_config"
"""What a statement returns that only says whose the session is."""


def psql(options: argparse.Namespace) -> int:
    """Run the statements of a finding, or those of the standard input, on the target built anew."""
    from pytest_readiness.providers.errors import ProviderError
    from pytest_readiness.run.mend import prepared
    from pytest_readiness.settings import load
    from pytest_readiness.target.order import MissingFilesError
    from pytest_readiness.target.statements import split

    here = Path.cwd()
    try:
        script = _script(options.finding, options.report) if options.finding else ""
        with prepared(load(here, here, options.config)) as preparation, preparation.target() as target:
            connection = target.database()
            provider = preparation.server.version if preparation.server else ""
            _say(f"-- PostgreSQL {provider}: a copy of the target, made for this command and gone after it")
            if script:
                _run(connection, (one.text for one in split(script)))
            else:
                _run(connection, _typed())
    except _NoScriptError as error:
        return _complain(str(error), 1)
    except (ProviderError, MissingFilesError) as error:
        return _complain(str(error), USAGE)
    return 0


class _NoScriptError(Exception):
    """A report has nothing to run for a finding."""


def _script(name: str, report: Path) -> str:
    check, _, subject = name.partition(":")
    try:
        found = json.loads(report.read_text(encoding="utf-8"))
        return next(_reproductions(found, check, subject))
    except OSError:
        raise _NoScriptError(f"{report} is not there; run `pytest --readiness` first") from None
    except (ValueError, KeyError, TypeError) as error:
        raise _NoScriptError(f"{report} is no report of this tool: {type(error).__name__}: {error}") from None
    except StopIteration:
        raise _NoScriptError(f"{report} has no failure {name}") from None


def _reproductions(report: Mapping[str, Any], check: str, subject: str) -> Iterator[str]:
    for one in report["checks"]:
        for finding in one["findings"]:
            if (one["id"], finding["subject"]) == (check, subject) and finding["reproduce"]:
                yield finding["reproduce"]


def _typed() -> Iterator[str]:
    """Yield the statements of the standard input, each when it is whole."""
    from pytest_readiness.target.statements import split

    typed = ""
    for line in _lines():
        typed += line
        if len(split(f"{typed} select")) > len(split(typed)):  # nothing is open, and it ended with ;
            yield from (one.text for one in split(typed))
            typed = ""
    yield from (one.text for one in split(typed))


def _lines() -> Iterator[str]:
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    while True:
        try:
            yield input("target=# ") + "\n"
        except EOFError:
            return


def _run(connection: psycopg.Connection, statements: Iterable[str]) -> None:
    import psycopg

    connection.add_notice_handler(lambda said: _say(f"{said.severity}:  {said.message_primary}"))
    for statement in statements:
        _say(f"{statement};")
        try:
            cursor = connection.execute(statement.encode())
        except psycopg.Error as error:
            _say(f"ERROR:  {error.sqlstate} {str(error).strip()}")
            continue
        names = [column.name for column in cursor.description or ()]
        if names and set(names) != {_SETS}:
            _table(names, cursor.fetchall())


def _table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as psql does."""
    cells = [["" if value is None else str(value)[:_WIDTH] for value in row] for row in rows]
    widths = [max(len(row[place]) for row in [list(names), *cells]) for place in range(len(names))]
    _say(" " + " | ".join(name.ljust(width) for name, width in zip(names, widths, strict=True)))
    _say("-" + "-+-".join("-" * width for width in widths) + "-")
    for row in cells:
        _say(" " + " | ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)))
    _say(f"({len(rows)} row{'s' * (len(rows) != 1)})\n")


def _say(text: str) -> None:
    print(visible(text.rstrip() if "\n" not in text else text), flush=True)  # noqa: T201  the answer


def _complain(text: str, status: int) -> int:
    print(f"pytest-readiness: {text}", file=sys.stderr)  # noqa: T201  the answer
    return status
