"""Brings a run of several sessions about again, on a copy of the target, and says how it ended."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import BETWEEN, OWN_LEVEL
from pytest_readiness.gather.wallet.between.explorer import BetweenExplorer
from pytest_readiness.gather.wallet.drawn import read as drawn
from pytest_readiness.gather.wallet.interleaving import Explorer, exploration
from pytest_readiness.gather.wallet.oracle import Oracle
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.gather.wallet.teller import WalletError
from pytest_readiness.gather.wallet.wire.explorer import WireExplorer
from pytest_readiness.gather.wallet.wire.wire import WireError
from pytest_readiness.judges.wallet.anomalies import anomaly
from pytest_readiness.judges.wallet.replays import read, slug
from pytest_readiness.judges.wallet.serial import deadlocked, ended, explained
from pytest_readiness.run.mend import prepared
from pytest_readiness.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.wallet import Exploration, Observed, Outcome
    from pytest_readiness.gather.wallet.scenarios import Scenario
    from pytest_readiness.judges.wallet.replays import Replay
    from pytest_readiness.settings import Wallet
    from pytest_readiness.target.target import Target


TIMES = 3
"""How often a schedule is run where nobody says."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How a run ended when it was brought about again.

    Attributes:
        exploration: Its scenario and level.
        observed: The last run; ``replays`` counts those that ended alike.
        outcomes: How many runs ended in each way.
        seconds: Median of a run.
    """

    exploration: Exploration
    observed: Observed
    outcomes: tuple[tuple[Outcome, int], ...]
    seconds: float

    @property
    def wrong(self) -> bool:
        """Whether no order of the same calls explains it, or opposite transfers ended in a deadlock."""
        dead = self.exploration.opposite and deadlocked(self.observed)
        return dead or not explained(self.observed)


def replayed(target: Target, wanted: Replay, times: int) -> Replayed:
    """Run a schedule several times, and the orders that it is compared with.

    Raises:
        LookupError: The wallet has no such scenario, or the scenario no such session.
        WalletError: What it stands on was refused.
    """
    scenario = _wanted(target.settings.wallet, wanted)
    explorer = _explorer(target, wanted.technique)
    runs, seconds = [], []
    for _ in range(times):
        began = time.perf_counter()
        runs.append(explorer.run(scenario, wanted.level, wanted.schedule))
        seconds.append(time.perf_counter() - began)
    oracle = Oracle(scenario, explorer.one_by_one)
    news = explorer.reports.news()
    last = oracle.compared(runs[-1], whole=True)
    if news and explained(last) and not deadlocked(last):
        # What is reported of one run is told apart from what is of another on a copy of its own.
        runs = [explorer.alone(scenario, wanted.level, wanted.schedule) for _ in range(times)]
        last = oracle.compared(runs[-1], whole=True)
    frame = replace(exploration(scenario, wanted.level), runs=times, technique=wanted.technique)
    alike = Counter(run.outcome for run in runs)
    return Replayed(
        frame,
        replace(last, replays=alike[last.outcome]),
        tuple(alike.most_common()),
        statistics.median(seconds),
    )


def _wanted(declared: Wallet, wanted: Replay) -> Scenario:
    known = {slug(one.title): one for one in scenarios(None if declared.adapter else declared)}
    drawn_before = drawn(wanted.scenario)
    if drawn_before and not (declared.adapter or drawn_before.uses(declared)):
        drawn_before = None
    if wanted.scenario not in known and drawn_before is None:
        found = ", ".join(known) or "none; settings declare no wallet"
        raise LookupError(f"the wallet has no scenario {wanted.scenario}; there are: {found}")
    if (wanted.level == OWN_LEVEL) != bool(declared.adapter):
        whose = "what it calls chooses" if declared.adapter else "its callers choose"
        raise LookupError(f"the wallet runs at the level that {whose}, and not at {wanted.level}")
    scenario = drawn_before or known[wanted.scenario]
    sessions = len(scenario.sessions)
    if int(max(wanted.schedule)) >= sessions:
        raise LookupError(
            f"{wanted.scenario} has {sessions} sessions, numbered from 0; found {wanted.schedule}"
        )
    return scenario


def _explorer(target: Target, technique: str) -> Explorer:
    if technique != BETWEEN:
        return Explorer(target)
    return WireExplorer(target) if target.settings.wallet.adapter else BetweenExplorer(target)


def replay(text: str, times: int, config: Path | None, say: Callable[[str], None]) -> int:
    """Replay what a report has on the target built anew.

    Args:
        text: As the report has it.
        times: How often.
        config: Settings file, in place of the one found.
        say: Takes the lines of the answer.

    Returns:
        1 if it ends as no order of the same calls does, or cannot be brought about; 0 where one does.

    Raises:
        ValueError: The text is no replay.
        LookupError: The wallet has no such scenario.
        SettingsError: Settings cannot be used.
        MissingFilesError: Settings name files that do not exist.
        ProviderError: There is no server.
    """
    here, wanted = Path.cwd(), read(text)
    with prepared(load(here, here, config)) as preparation, preparation.target() as target:
        try:
            found = replayed(target, wanted, times)
        except (WalletError, WireError) as error:
            say(f"it could not be brought about: {error}")
            return 1
    for line in _told(found, times):
        say(line)
    return int(found.wrong)


def _told(found: Replayed, times: int) -> Iterator[str]:
    exploration, observed = found.exploration, found.observed
    name = anomaly(observed) if found.wrong else "as in some order of the same calls"
    alike = f"{observed.replays} of {times} runs ended so, in {found.seconds * 1000:.0f} ms each"
    yield f"{exploration.scenario}, at {exploration.level}: {name}; {alike}."
    yield from ended(exploration, observed)
