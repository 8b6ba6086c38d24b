"""AUD003: entries name who acted, in which request."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.audit import Attribution, Claim, Unfilled, Unnamed, Unserved
from pytest_readiness.judges.audit.attribution import misnamed, refused, remedy, unheard


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
    for log, functions in unheard(attribution).items():
        yield _unheard(log, functions)
    for empty in attribution.unfilled:
        yield _empty(empty)
    yield from map(_unserved, attribution.unserved)
    for one in attribution.kept:
        why = f"what it keeps of a request was not looked for in {one.log} after a later one: {one.reason}"
        yield unknown(one.function, why)


def _unheard(log: str, functions: list[Unnamed]) -> Finding:
    first, *rest = functions
    more = f"; nor did those of {len(rest)} more" if rest else ""
    return unknown(
        f"{log} of functions",
        f"whom entries name that functions write was not seen: no call of {first.function} by a user left "
        f"one that names her ({first.reason}){more}",
    )


def _empty(empty: Unfilled) -> Finding:
    key = "ip" if empty.part == "address" else empty.part
    fix = f'[audit.session]\n{key} = "app.…"'
    return unknown(
        f"{empty.log}.{empty.column}",
        f"no entry had anything in {empty.column}, whatever a request said of itself in settings, headers "
        f"and claims that code asks for: fill it, drop it, or declare the setting that carries it:\n{fix}",
        reason="not declared",
        fix=fix,
    )


def _unserved(few: Unserved) -> Finding:
    return unknown(
        f"{few.table} by its requests",
        f"whether {few.column} in {few.log} tells the request, or the connection that it came on, was not "
        f"seen: {few.reason}",
    )


def _judge(table: str, claims: list[Claim]) -> Finding:
    wrong = [(claim, text) for claim in claims if (text := misnamed(claim))]
    if not wrong and all(map(refused, claims)):
        return unknown(table, f"no entry was there to name anybody: {claims[0].said}")
    if not wrong:
        fields = ", ".join(dict.fromkeys(claim.field for claim in claims))
        return passed(table, f"{len(claims)} writes name {fields} truly")
    claim, text = wrong[0]
    more = f" And {len(wrong) - 1} more." if len(wrong) > 1 else ""
    return failed(
        table,
        f"{text}{more}",
        reproduce=claim.sql,
        fix=remedy(claim),
    )
