"""Whether trials of a wallet ended as they may: what each wallet gained, and what the caller was told."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Rule
from pytest_readiness.judges.wallet.answers import to_declare
from pytest_readiness.judges.wallet.receipts import another
from pytest_readiness.vocabulary import Finding, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from pytest_readiness.evidence.wallet import Legal, Trial, Unassessed


def gains(trial: Trial) -> dict[str, Decimal | None]:
    """Return what each wallet gained; None where a balance could not be read."""
    before = dict(trial.before)
    return {
        name: None if after is None or (start := before.get(name)) is None else after - start
        for name, after in trial.after
    }


def is_legal(trial: Trial) -> bool:
    """Tell whether a trial ended in one of the ways in which it may."""
    return not another(trial) and any(not way.line for way in _ended(trial))


def _ended(trial: Trial) -> list[Legal]:
    """Return the ways in which a trial ended, of those that are legal or may be."""
    found = gains(trial)
    return [way for way in trial.legal if _fits(way, trial.answers[-1].accepted, found)]


def _fits(way: Legal, accepted: object, found: dict[str, Decimal | None]) -> bool:
    if way.accepted is not None and way.accepted is not accepted:
        return False
    ranges = {name: (low, high) for name, low, high in way.gains}
    for name, gain in found.items():
        low, high = ranges.get(name, (0, 0))
        # NaN compares as false with everything, and is no gain that anybody may have.
        if gain is None or not gain.is_finite() or not low <= gain <= high:
            return False
    return True


def judged(rule: Rule, trials: Iterable[Trial], unassessed: Iterable[Unassessed]) -> Iterator[Finding]:
    """Yield one finding for each subject of a rule."""
    by_subject: dict[str, list[Trial]] = defaultdict(list)
    of_rule = [trial for trial in trials if trial.rule is rule]
    for trial in of_rule:
        by_subject[trial.subject].append(trial)
    for subject, tried in by_subject.items():
        yield _finding(subject, tried)
    for item in unassessed:
        if item.rule is rule and item.subject not in by_subject:
            yield unknown(
                item.subject,
                f"settings do not say how; add to [wallet], with your own names:\n{item.line}",
                reason="not declared",
                fix=item.line,
            )


def _finding(subject: str, trials: list[Trial]) -> Finding:
    unsettled = [trial for trial in trials if trial.setup]
    lost = [t for t in trials if t.control and not t.setup and _proves_nothing(t)]
    bad = [t for t in trials if not t.setup and t not in lost and not is_legal(t)]
    unread = [t for t in bad if None in gains(t).values()]
    doubtful = [t for t in bad if t not in unread and _may_be_legal(t)]
    chosen = [t for t in bad if t not in (*unread, *doubtful) and _ended(t) and not another(t)]
    wrong = [t for t in bad if t not in (*unread, *doubtful, *chosen)]
    if lost:
        # A wallet that refuses everybody keeps every rule, and proves none of them.
        return unknown(
            subject,
            f"what is legitimate was not done, so no refusal counts: {told(lost[0])}",
            reason="control",
        )
    if wrong:
        more = f" And {len(wrong) - 1} more." if len(wrong) > 1 else ""
        line = wrong[0].line
        fix = f"Refuse it; or, where that is meant, add to [wallet]: {line}" if line else ""
        return failed(subject, f"{told(wrong[0])}{more}", reproduce=wrong[0].script, fix=fix)
    if untold := _untold(subject, unread, doubtful, chosen):
        return untold
    if unsettled:
        return unknown(subject, f"{unsettled[0].what} could not be tried: {unsettled[0].setup}")
    if not any(trial.control for trial in trials):
        return unknown(subject, "nothing legitimate was seen to be done")
    return passed(subject, f"{len(trials)} trials ended as they may: " + "; ".join(t.what for t in trials))


def _untold(
    subject: str, unread: Sequence[Trial], doubtful: Sequence[Trial], chosen: Sequence[Trial]
) -> Finding | None:
    """Return what is unknown as a balance, an answer or settings tell nothing; None where all are told."""
    if unread:
        return unknown(subject, f"a balance could not be read: {told(unread[0])}", reason="control")
    if chosen:
        (line, *_) = (way.line for way in _ended(chosen[0]))
        why = f"Refuse it; or, where that is meant, add to [wallet]:\n{line}"
        return unknown(subject, f"{told(chosen[0])} {why}", reason="not declared", fix=line)
    if not doubtful:
        return None
    line = to_declare(next(answer.result for answer in doubtful[0].answers if answer.doubtful))
    why = "Nothing tells whether that is a refusal; if it is, add to [wallet]:"
    return unknown(subject, f"{told(doubtful[0])} {why}\n{line}", reason="not declared", fix=line)


def _may_be_legal(trial: Trial) -> bool:
    """Tell whether a trial would have ended as it may, if an answer that says neither were a refusal."""
    if not any(answer.doubtful for answer in trial.answers):
        return False
    accepted = trial.answers[-1].accepted and not trial.answers[-1].doubtful
    return any(_fits(way, accepted, gains(trial)) for way in trial.legal if not way.line)


def _proves_nothing(control: Trial) -> bool:
    """Tell whether a control failed; that money moves wrongly is for the rule of movements to say."""
    return not control.answers[-1].accepted or (control.rule is not Rule.MOVEMENT and not is_legal(control))


def told(trial: Trial) -> str:
    """Say in a sentence what a trial showed."""
    moved = ", ".join(f"{name} {_signed(gain)}" for name, gain in gains(trial).items() if gain != 0)
    ways = " or ".join(dict.fromkeys(_way(way) for way in trial.legal if not way.line))
    receipt = f"; {said}" if (said := another(trial)) else ""
    return f"{trial.what}: {trial.answers[-1]}{receipt}; gained: {moved or 'nobody anything'}. Legal: {ways}."


def _way(way: Legal) -> str:
    said = {True: "accepted", False: "refused", None: "any answer"}[way.accepted]
    parts = [
        f"{name} {_signed(low)}" if low == high else f"{name} from {_signed(low)} to {_signed(high)}"
        for name, low, high in way.gains
    ]
    return f"{said}, with {', '.join(parts) or 'no gain to anybody'}"


def _signed(gain: Decimal | None) -> str:
    return "unreadable" if gain is None else f"{gain:+f}" if gain.is_finite() else str(gain)
