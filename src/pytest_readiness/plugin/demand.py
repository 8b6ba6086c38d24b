"""Sees to it that what asked for a run got one: status 0 without a report would be a pass of nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.plugin.reporting import refusal_is_reported

if TYPE_CHECKING:
    from collections.abc import Generator


class Demand:
    """Stands around all that pytest may do in place of a run, whoever brought it."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, Any, Any]:
        """Refuse a good end of a run that never was.

        Raises:
            UsageError: Something else was done in its place.
        """
        status = yield
        controller = config.pluginmanager.get_plugin("readiness-controller")
        done = config.option.readiness_replay or (controller is not None and controller.ended)
        if status == pytest.ExitCode.OK and not done:
            with refusal_is_reported(config):
                raise pytest.UsageError(
                    "--readiness was asked for, and something else was done in place of a run: an option in "
                    "addopts or PYTEST_ADDOPTS, or a plugin; take it out, or run it without --readiness"
                )
        return status
