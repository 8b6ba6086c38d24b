"""A replay in place of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.run.replay import TIMES
from pytest_readiness.run.replay import replay as run_again
from pytest_readiness.settings import SettingsError
from pytest_readiness.target.order import MissingFilesError


def replay(config: pytest.Config) -> int:
    """Replay what was typed, and return the exit status.

    Raises:
        UsageError: It cannot be read, or there is nothing to replay it on.
    """
    chosen = config.option.readiness_config
    try:
        return run_again(config.option.readiness_replay, TIMES, Path(chosen) if chosen else None, print)
    except (ValueError, LookupError, SettingsError, ProviderError, MissingFilesError) as error:
        raise pytest.UsageError(str(error)) from None
