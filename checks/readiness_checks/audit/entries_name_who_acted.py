"""AUD003: entries name who acted, in which request."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed
from pytest_readiness.evidence.audit import Attribution, Claim
from pytest_readiness.judges.attribution import misnamed


@check(
    id="AUD003",
    title="Entries name who acted, and nobody else can be named",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "Whoever may choose the name in the entry acts in another's name. A setting that outlives its "
        "transaction goes, on a pooled connection, into the entries of the next request."
    ),
    remediation=(
        "Take the actor from what the platform verified (auth.uid()), and from a setting only where no end "
        "user could have made it; NULLIF it, since a used setting is '' and not null. Set the context of a "
        "request with set_config(…, true)."
    ),
    references=("https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SET",),
)
def entries_name_who_acted(attribution: Attribution) -> Iterator[Finding]:
    """Judge the claims of each table's entries."""
    tables = dict.fromkeys(claim.table for claim in attribution.claims)
    for table in tables:
        yield _judge(table, [claim for claim in attribution.claims if claim.table == table])


def _judge(table: str, claims: list[Claim]) -> Finding:
    wrong = [(claim, text) for claim in claims if (text := misnamed(claim))]
    if not wrong:
        fields = ", ".join(dict.fromkeys(claim.field for claim in claims))
        return passed(table, f"{len(claims)} writes name {fields} truly")
    claim, text = wrong[0]
    more = f" And {len(wrong) - 1} more." if len(wrong) > 1 else ""
    return failed(
        table,
        f"{text}{more}",
        reproduce=claim.sql,
        fix=f"Take {claim.field} of an entry in {claim.log} from what the caller cannot choose, "
        "and only for its own transaction.",
    )
