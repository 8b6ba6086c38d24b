"""The process that a limiter is tried in: its clock moves, and it may be ended when it hangs.

It takes a job from its standard input and writes records to the file descriptor that it is given:
a name and what came of it, each pickled.
"""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_readiness.gather.limits.bench import Bench, monotonic_follows, said
from pytest_readiness.gather.limits.scenarios import SCENARIOS
from pytest_readiness.gather.limits.worlds import world_for

if TYPE_CHECKING:
    from pytest_readiness.gather.limits.bench import Job

STARTED = "started"


def main() -> None:
    """Run all scenarios of the job."""
    job: Job = pickle.loads(sys.stdin.buffer.read())  # noqa: S301  of the process that started this one
    sys.stdin = Path(os.devnull).open()  # noqa: SIM115  for the rest of the process
    records = os.fdopen(int(sys.argv[1]), "wb", buffering=0)

    def tell(name: str, value: Any) -> None:  # noqa: ANN401  plain data
        records.write(pickle.dumps((name, value)))

    try:
        _run(job, tell)
    except BaseException as error:  # noqa: BLE001  the reader must learn of it
        tell(STARTED, f"!{said(error)}")
    os._exit(0)  # threads of a limiter that hangs are not waited for


def _run(job: Job, tell: Any) -> None:  # noqa: ANN401  a function of two arguments
    path = os.environ.pop("READINESS_CLOCK", "")
    variables, clock = {}, None
    if path:
        from pytest_readiness.providers import clock as clocks

        # The server is to follow the first clock; this process follows the second.
        variables = {
            "LD_PRELOAD": os.environ.pop("LD_PRELOAD"),
            "READINESS_CLOCK": path,
            "READINESS_CLOCK_SLOT": str(clocks.SERVER),
        }
        clock = clocks.attached(Path(path))
    with world_for(job, clock, variables) as world, monotonic_follows(world):
        bench = Bench(job, world)
        tell(STARTED, world.technique)
        for name in job.scenarios:
            scenario = SCENARIOS[name]
            reason = scenario.unfit(world)
            if reason:
                tell(name, reason)
                continue
            try:
                tell(name, list(scenario.run(bench)))
            except Exception as error:  # noqa: BLE001  told, and the others go on
                tell(name, f"the trial could not be made: {said(error)}")


if __name__ == "__main__":
    main()
