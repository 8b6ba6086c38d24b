"""Brings the calls of a finding together again, in the order that its report has."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

USAGE = 4


def replay(options: argparse.Namespace) -> int:
    """Replay a schedule and print how it ended."""
    from pytest_readiness.providers.errors import ProviderError
    from pytest_readiness.run.replay import TIMES, replay
    from pytest_readiness.target.order import MissingFilesError

    try:
        return replay(options.replay, options.times or TIMES, options.config, print)
    except (ValueError, LookupError, ProviderError, MissingFilesError) as error:
        print(f"pytest-readiness: {error}", file=sys.stderr)  # noqa: T201  the answer
        return USAGE
