"""MIG014: whoever reads migrations without running them finds nothing to remark."""

from collections import defaultdict
from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed
from pytest_readiness.evidence.review import Remark, ReviewEvidence

_SHOWN = 3


@check(
    id="MIG014",
    title="Whoever reads migrations without running them finds nothing to remark",
    severity=Severity.INFO,
    needs=Strength.SOURCE,
    rationale=(
        "What breaks clients that are still running, as a column that is dropped or renamed, shows in no "
        "trial on a copy. A reader of SQL knows the forms in which it is written."
    ),
    remediation=(
        "Read each remark; take such steps in two releases, or say in .squawk.toml that they are meant."
    ),
    references=("https://squawkhq.com/docs/rules",),
)
def readers_find_nothing(review: ReviewEvidence) -> Iterator[Finding]:
    """Put the remarks of each rule together."""
    by_rule: dict[str, list[Remark]] = defaultdict(list)
    for remark in review.remarks:
        by_rule[remark.rule].append(remark)
    for rule, found in by_rule.items():
        places = ", ".join(f"{remark.file}, line {remark.line}" for remark in found[:_SHOWN])
        more = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield failed(
            rule,
            f"{found[0].message} ({places}{more})",
            reproduce=f"squawk {found[0].file}",
            fix=found[0].help,
        )
    if not by_rule:
        yield passed("migrations", f"{review.reader} read {len(review.files)} files")
