"""What the fixtures give: the run's target, or one of their own where no readiness run is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from pytest_readiness.target.target import Target


def target(config: pytest.Config) -> Iterator[Target]:
    """Yield the run's target; in an ordinary test run, start servers and build it."""
    worker = config.pluginmanager.get_plugin("readiness-worker")
    if worker is not None:
        yield worker.target
        return
    from pytest_readiness.plugin.reporting import load_settings
    from pytest_readiness.run.prepare import Preparation

    preparation = Preparation.begin(load_settings(config), config.option.readiness_seed)
    try:
        preparation.finish()
        with preparation.target() as own:
            yield own
    finally:
        preparation.end()
