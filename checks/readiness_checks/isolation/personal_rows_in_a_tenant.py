"""ISO011: whether members of a tenant read rows that name another member as their owner."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed
from pytest_readiness.evidence.access import AccessEvidence


@check(
    id="ISO011",
    title="Members of a tenant do not read what is one member's own",
    severity=Severity.INFO,
    needs=Strength.ATTACKED,
    rationale=(
        "A row that names a tenant and an owner may belong to all of the tenant or to one person in it. "
        "Nothing in the schema tells which; a salary or a diagnosis is not for colleagues."
    ),
    remediation=(
        'Declare tables whose rows are one person\'s own, [isolation] personal = ["public.payslips"], and '
        "ISO001 judges them as such; or compare the owner with the caller in their policies."
    ),
    references=("https://cwe.mitre.org/data/definitions/639.html",),
)
def personal_rows_in_a_tenant(access: AccessEvidence) -> Iterator[Finding]:
    """Name the relations in which a colleague reads a row that names its owner."""
    for relation in access.relations:
        if relation.shared:
            yield failed(
                relation.relation,
                f"As carol I read a row of {relation.relation} that names alice, of my tenant "
                f"({relation.owned_by}).",
                reproduce=relation.shared_sql,
                fix=f'If it is hers alone: [isolation] personal = ["{relation.relation}"]',
            )
        elif relation.two_owners:
            yield passed(relation.relation, "another member of her tenant does not read it")
        else:
            yield passed(relation.relation, "its rows name no owner within a tenant")
