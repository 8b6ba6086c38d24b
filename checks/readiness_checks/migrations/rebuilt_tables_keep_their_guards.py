"""MIG015: what is made anew under its name, a table, a view or a function, has what guarded the old one."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Trial, TrialEvidence


@check(
    id="MIG015",
    title="A table that is rebuilt keeps what guarded it",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "A copy that takes the place of a table, made by LIKE INCLUDING ALL or CREATE TABLE AS, has neither "
        "row security nor policies, triggers or foreign keys, the latter no key and no check either, and "
        "DROP TABLE … CASCADE takes the references of other tables along. Nothing fails: users read the "
        "rows of all, and what triggers and constraints kept is kept no more. A view or a function that is "
        "dropped and made again has the rights of a new one: who held any has none, and whom they were taken "
        "from has them again."
    ),
    remediation=(
        "Enable row security on the new table and create policies, triggers and foreign keys before the "
        "names are swapped, or change the table in place; use CREATE OR REPLACE for views and functions, or "
        "grant and revoke again in the same file."
    ),
    references=("https://www.postgresql.org/docs/current/sql-createtable.html",),
)
def rebuilt_tables_keep_their_guards(trials: TrialEvidence) -> Iterator[Finding]:
    """Compare each table that has the name of an older one with that."""
    for trial in trials.trials:
        yield _judge(trial, trials.role)


def _judge(trial: Trial, role: str) -> Finding:
    if trial.bared:
        table, lost = trial.bared[0]
        more = f" And {len(trial.bared) - 1} more." if trial.bared[1:] else ""
        return failed(
            trial.name,
            f"{trial.name} makes {table} anew, without what the old one had: {', '.join(lost)}.{more}",
            reproduce=f"psql -X -U {role} -c '{_shows(table)}'",
            fix=f"Give the new {table} the {', '.join(lost)} of the old one in the same file.",
        )
    if trial.untried:
        return unknown(trial.name, trial.untried)
    if trial.replaced:
        table, triggers = trial.replaced[0]
        return unknown(
            trial.name,
            f"{trial.name} makes {table} anew, with other functions in place of {', '.join(triggers)}; no "
            "write was found by which to tell whether they keep what those kept",
        )
    return passed(trial.name)


def _shows(name: str) -> str:
    kind, _, called = name.partition(" ")
    return f"\\df+ {called.partition('(')[0]}" if kind == "function" else f"\\d+ {called or kind}"
