"""Writes the next migration for a finding, once a copy of the target has shown that it mends it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_readiness.vocabulary import visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from pytest_readiness.fixes.verdict import Place
    from pytest_readiness.run.mend import Mended
    from pytest_readiness.settings import Settings

USAGE = 4
_CANDIDATES = 3
"""Changes that are shown where none is good."""


def fix(options: argparse.Namespace) -> int:
    """Mend a finding; list what can be mended when none is named."""
    if not options.finding:
        return _list(options.report)
    check, _, subject = options.finding.partition(":")
    if not subject:
        _complain(f"expected ID:SUBJECT, such as ISO001:public.payments; found {options.finding}")
        return USAGE
    return _mend((check, subject), options.config)


def _list(report: Path) -> int:
    try:
        found = list(mechanical(json.loads(report.read_text(encoding="utf-8"))))
    except OSError:
        _complain(f"{report} is not there; run `pytest --readiness` or `pytest-readiness run` first")
        return USAGE
    except (ValueError, KeyError, TypeError) as error:
        _complain(f"{report} is no report of this tool: {type(error).__name__}: {error}")
        return USAGE
    for command, detail in found:
        _say(f"{command}\n    {detail}")
    if not found:
        _say(f"{report} has no failure for which a mechanical change is known")
    return 0


def mechanical(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the command and the detail of each failure that may be mended."""
    for check in report["checks"]:
        for finding in check["findings"]:
            if finding["mend"]:
                yield finding["mend"], finding["detail"]


def _mend(place: Place, config: Path | None) -> int:
    from pytest_readiness.gather.store import EvidenceError
    from pytest_readiness.providers.errors import ProviderError
    from pytest_readiness.run.mend import NothingToMendError, Workshop, prepared, written
    from pytest_readiness.settings import load
    from pytest_readiness.target.order import MissingFilesError

    here = Path.cwd()
    settings = load(here, here, config)
    try:
        with prepared(settings) as preparation, Workshop(settings, preparation, _say) as workshop:
            mended = workshop.mend(place)
            files = [*preparation.files.schema, *preparation.files.migrations]
    except NothingToMendError as error:
        _complain(str(error))
        return 1
    except (ProviderError, MissingFilesError, EvidenceError) as error:
        _complain(str(error))
        return USAGE
    if mended.change is None:
        return _offer(mended)
    path, check = written(mended, place, settings, files)
    _tell(mended, path, check, settings)
    return 0


def _tell(mended: Mended, path: Path | None, check: Path | None, settings: Settings) -> None:
    def shown(file: Path) -> str:
        return file.relative_to(settings.root).as_posix()

    from pytest_readiness.target.build import project_files

    change = mended.change
    if change is None:
        return
    if path:
        _say(f"wrote {shown(path)}: it {change.what}")
        if path not in project_files(settings).migrations:
            _say("  the settings name their files one by one: add this one to `migrations`")
    else:
        _say("a copy shows that this mends it; put it into the next migration, which a command makes here:")
        _say(change.sql)
    _say(
        f"  tried on a copy: the finding is gone, {mended.kept} accesses that worked still do, "
        "nothing new fails"
    )
    if change.gives_up:
        _say("  clients cannot call it any more: if your application does, compare the caller inside instead")
    if check:
        _say(f"wrote {shown(check)}: {mended.check_id} fails without the change and passes with it")
    else:
        _say("  no check was written: what was found cannot be replayed by one script")


def _offer(mended: Mended) -> int:
    _say("nothing was written: no change that was tried mends it and takes nothing away")
    for tried in mended.tried[:_CANDIDATES]:
        _say(f"\n-- it {tried.change.what}; but {tried.objections[0]}\n{tried.change.sql.rstrip()}")
    if not mended.tried:
        _say(f"no mechanical change is known. {mended.finding.fix}")
    return 1


def _say(text: str) -> None:
    print(visible(text))  # noqa: T201  the answer


def _complain(text: str) -> None:
    print(f"pytest-readiness: {text}", file=sys.stderr)  # noqa: T201  the answer
