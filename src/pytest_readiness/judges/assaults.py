"""Findings on objects that were attacked: one for each, from what the attempts did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import ONLY_VERSION
from pytest_readiness.vocabulary import Damage, Finding, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from pytest_readiness.evidence.attacks import Assault, Assaults, Harm


def judge(
    evidence: Assaults,
    kinds: Collection[str],
    say: Callable[[str, Harm], str],
    fix: str,
    verbs: Collection[str] = (),
) -> Iterator[Finding]:
    """Yield a finding for each object.

    Args:
        evidence: All attempts.
        kinds: Of harm that count.
        say: Tells a harm to a person, given the object that was attacked.
        fix: What mends it; ``{}`` stands for the object.
        verbs: Of attempts without which nothing is proven, all if absent; others may do such harm too.
    """
    if evidence.undeclared:
        yield unknown("the target", evidence.undeclared)
    by_subject: dict[str, list[Assault]] = {}
    for assault in evidence.assaults:
        by_subject.setdefault(assault.subject, []).append(assault)
    for subject, assaults in by_subject.items():
        harms = [harm for assault in assaults for harm in assault.harms if harm.kind in kinds]
        harms.sort(key=lambda harm: harm.what == ONLY_VERSION)
        meant = [assault for assault in assaults if not verbs or assault.verb in verbs]
        if harms:
            worst = harms[0]
            others = "".join(sorted({f" So can {h.actor}." for h in harms[1:] if h.actor != worst.actor}))
            yield failed(
                subject,
                say(subject, worst) + others,
                reproduce=worst.sql,
                fix=fix.format(subject),
                damage=_DAMAGE.get(worst.kind),
            )
        elif meant:
            yield _without_harm(subject, meant)


_DAMAGE = {
    **dict.fromkeys(("read", "bypassed", "cast"), Damage.READ),
    **dict.fromkeys(("altered", "taken", "destroyed", "forged"), Damage.CHANGED),
    "told": Damage.INFERRED,
}

BROKEN = frozenset({"42P17", "42P01", "42703", "42883", "42702", "42804", "22P02", "54001"})
"""What a policy, trigger or function raises that cannot work for anybody."""


def _without_harm(subject: str, assaults: list[Assault]) -> Finding:
    for assault in assaults:
        if assault.owner[:5] in BROKEN:
            return failed(
                subject,
                f"Nobody can {assault.verb} {subject}, its owner neither: {assault.owner}.",
                reproduce=assault.owner_sql,
                fix="Mend the policy, trigger or function that raises.",
            )
    unclear = next((assault.unclear for assault in assaults if assault.unclear), "")
    if unclear:
        return unknown(subject, unclear)
    tried = sum(assault.tried for assault in assaults)
    if not tried:
        return passed(subject, "no client role holds the privilege")
    if any(assault.owner == "done" for assault in assaults):
        return passed(subject, f"its owner may, and {tried} attempts of others did nothing to her rows")
    return passed(subject, f"{tried} attempts of others did nothing to rows that are not theirs")
