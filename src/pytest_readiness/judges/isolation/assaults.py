"""Findings on objects that were attacked: one for each, from what the attempts did."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import ONLY_VERSION
from pytest_readiness.judges.isolation.believed_signups import as_well
from pytest_readiness.judges.isolation.growth import BOOKKEEPING
from pytest_readiness.vocabulary import Damage, Finding, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from pytest_readiness.evidence.attacks import Assault, Assaults, Harm


def undeclared(why: str) -> Finding:
    """Return the finding on a target whose users nobody can impersonate.

    Args:
        why: What is missing, and in the next lines the settings to add.
    """
    said, _, lines = why.partition("\n")
    return unknown("the target", said, fix=lines)


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
        yield undeclared(evidence.undeclared)
    by_subject: dict[str, list[Assault]] = {}
    for assault in evidence.assaults:
        by_subject.setdefault(assault.subject, []).append(assault)
    found = {subject: _harms_of(assaults, kinds) for subject, assaults in by_subject.items()}
    caused: dict[str, list[str]] = defaultdict(list)
    for subject, harms in found.items():
        if harms and harms[0].cause:
            caused[harms[0].cause].append(subject)
    alike: dict[tuple[str, str], str] = {}
    for subject, assaults in by_subject.items():
        harms = found[subject]
        meant = [assault for assault in assaults if not verbs or assault.verb in verbs]
        part_of = next((assault.part_of for assault in assaults if assault.part_of), "")
        if harms and alike.setdefault(_likeness(harms[0], part_of or subject), subject) == subject:
            parts = f" All parts of {part_of} may be open alike." if part_of else ""
            more = as_well(one for one in caused.get(harms[0].cause, ()) if one != subject)
            yield _harmed(subject, harms, say(subject, harms[0]), fix, parts + more)
        elif meant and not harms:
            yield _without_harm(subject, meant)


def _harms_of(assaults: Iterable[Assault], kinds: Collection[str]) -> list[Harm]:
    """Return the harms that count, those first that tell most and need no other cause than what guards."""
    harms = [harm for assault in assaults for harm in assault.harms if harm.kind in kinds]
    return sorted(harms, key=lambda harm: (bool(harm.cause), says_little(harm)))


def _likeness(harm: Harm, whole: str) -> tuple[str, str]:
    """Return what is the same for harms of one finding: their cause, or what they were done to, and how."""
    return (harm.cause, "") if harm.cause else (whole, harm.kind)


def says_little(harm: Harm) -> bool:
    """Whether a harm is told by nothing but that a row was written: its version, or what a trigger keeps."""
    column, changed, _ = harm.what.partition(" from `")
    return harm.aside or harm.what == ONLY_VERSION or bool(changed and BOOKKEEPING.search(column))


def _harmed(subject: str, harms: list[Harm], said: str, fix: str, parts: str) -> Finding:
    """Return one finding: the worst harm, who else does such, and what let it through."""
    worst = harms[0]
    others = sorted({harm.actor for harm in harms} - {worst.actor})
    others = [name for name in others if not any(name.startswith(f"{other},") for other in others)]
    also = f" So can {' and '.join(others)}." if others else ""
    by = f" What let it through: {worst.by}." if worst.by else ""
    return failed(
        subject,
        said + also + by + parts,
        reproduce=worst.sql,
        fix=worst.mend or fix.format(subject),
        damage=_DAMAGE.get(worst.kind),
    )


_DAMAGE = {
    **dict.fromkeys(("read", "left", "bypassed", "cast", "secret"), Damage.READ),
    **dict.fromkeys(
        ("altered", "taken", "destroyed", "forged", "shut", "pinned", "approved"), Damage.CHANGED
    ),
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
        said, _, lines = unclear.partition("\n")
        return unknown(subject, said, fix=lines)
    if meant := _meant(assaults):
        return passed(subject, meant)
    tried = sum(assault.tried for assault in assaults)
    if not tried:
        return passed(subject, "no client role holds the privilege")
    return passed(subject, _in_vain(assaults, tried))


def _in_vain(assaults: list[Assault], tried: int) -> str:
    """Say that attempts did nothing, and of which verbs that proves little: their owner may not either."""
    may = {assault.verb for assault in assaults if assault.owner == "done"}
    refused = {assault.verb: assault for assault in assaults if assault.owner == "refused"}
    closed = {verb: assault.closed for verb, assault in refused.items() if verb not in may}
    nobody = "; ".join(_closed(closed))
    if may and closed:
        which = " and ".join(sorted(may))
        return f"its owner may {which}, and {tried} attempts of others did nothing to her rows; {nobody}"
    if may:
        return f"its owner may, and {tried} attempts of others did nothing to her rows"
    if closed and all(closed.values()):
        return f"{nobody}, and {tried} attempts did nothing"
    if closed:
        return f"{nobody}: {tried} attempts of others tell nothing of those who may"
    return f"{tried} attempts of others did nothing to rows that are not theirs"


def _closed(verbs: Mapping[str, str]) -> Iterator[str]:
    """Yield what is closed, and why, the verbs last of which nothing says so."""
    for why in sorted({*verbs.values()}, reverse=True):
        said = " or ".join(sorted(verb for verb, lack in verbs.items() if lack == why))
        yield (
            f"no client may {said}, as no {why} lets him"
            if why
            else f"nobody who was tried may {said}, not even its owner"
        )


def _meant(assaults: list[Assault]) -> str:
    """Say what others may do to her rows, or see of them, on purpose; empty if there is no such thing."""
    left = next((assault.meant for assault in assaults if assault.meant), "")
    if left:
        return f"anybody may leave a row there for its owner, as {left}"
    if guarded := next((assault.guarded for assault in assaults if assault.guarded), ""):
        return f"a row of others is his alone who gives both {guarded} of it: nothing else guards it"
    shown = next((assault.shows for assault in assaults if assault.shows), "")
    return f"all it shows of others are rows with {shown}, which are for everybody" if shown else ""
