"""A project's own checks: each goes wrong on its own, and says how."""

import pytest

EVIDENCE = """
    from dataclasses import dataclass

    from pytest_readiness import Strength, Target, gatherer

    @dataclass(frozen=True)
    class Notes:
        count: int

    @dataclass(frozen=True)
    class Unsendable:
        function: object

    @dataclass(frozen=True)
    class Failing:
        pass

    @gatherer(strength=Strength.ATTACKED)
    def notes(target: Target) -> Notes:
        target.redis().ping()
        with target.database() as connection:
            return Notes(connection.execute("select count(*) from notes").fetchone()[0])

    @gatherer(strength=Strength.ATTACKED)
    def unsendable(target: Target) -> Unsendable:
        return Unsendable(lambda: None)

    @gatherer(strength=Strength.ATTACKED)
    def failing(target: Target) -> Failing:
        raise LookupError("nothing to be found")

"""
CHECKS = """
    import pytest
    from pytest_readiness import Severity, Strength, Target, check, failed, passed
    from readiness.evidence import Failing, Notes, Unsendable

    @check(id="OWN", title="t", severity=Severity.LOW, needs=Strength.ATTACKED)
    def own(notes: Notes):
        yield passed("notes", f"{notes.count} notes")

    @check(id="OWNFAILS", title="t", severity=Severity.BLOCKER)
    def own_fails(notes: Notes):
        yield failed("notes", "there are none", reproduce="select count(*) from notes")

    @check(id="RAISES", title="t", severity=Severity.LOW)
    def raises(notes: Notes):
        yield passed("before")
        raise ValueError("lost the thread")

    @check(id="EMPTY", title="t", severity=Severity.LOW)
    def empty(notes: Notes):
        return []

    @check(id="NONE", title="t", severity=Severity.LOW)
    def none(notes: Notes):
        pass

    @check(id="NOFINDING", title="t", severity=Severity.LOW)
    def no_finding(notes: Notes):
        yield True

    @check(id="TWICE", title="t", severity=Severity.LOW)
    def twice(notes: Notes):
        yield passed("same")
        yield passed("same")

    @check(id="UNSENDABLE", title="t", severity=Severity.LOW)
    def unsendable(evidence: Unsendable):
        yield passed("it")

    @check(id="NOEVIDENCE", title="t", severity=Severity.LOW)
    def no_evidence(evidence: Failing):
        yield passed("it")

    @check(id="UNHEARDOF", title="t", severity=Severity.LOW)
    def unheard_of(evidence: int):
        yield passed("it")

    @check(id="ATTACKING", title="t", severity=Severity.LOW)
    def attacking(target: Target):
        yield passed("it")

    @check(id="LEAVES", title="t", severity=Severity.LOW)
    def leaves(notes: Notes):
        raise SystemExit(0)

    @check(id="SKIPPING", title="t", severity=Severity.LOW)
    def skipping(notes: Notes):
        pytest.skip("I would rather not")
"""
BROKEN = """
    from pytest_readiness import Severity, check, passed
    from a_package_that_nobody_has import Evidence

    @check(id="BROKEN", title="t", severity=Severity.LOW)
    def broken(evidence: Evidence):
        yield passed("it")
"""
QUERY = """\
-- id: QUERY
-- title: Every table has a key
-- severity: low
select relname as subject, relname <> 'odd' as passed, 'a table' as detail from pg_class where relname in ('notes')
"""
EXPECTED = {
    "OWN": {"notes": "passed"},
    "OWNFAILS": {"notes": "failed"},
    "RAISES": {"before": "passed", "RAISES": "error"},
    "EMPTY": {},
    "NONE": {},
    "NOFINDING": {"NOFINDING": "error"},
    "TWICE": {"same": "passed", "TWICE": "error"},
    "UNSENDABLE": {"UNSENDABLE": "error"},
    "NOEVIDENCE": {"NOEVIDENCE": "error"},
    "UNHEARDOF": {"UNHEARDOF": "error"},
    "ATTACKING": {"ATTACKING": "error"},
    "LEAVES": {"LEAVES": "error"},
    "SKIPPING": {"SKIPPING": "error"},
    "BROKEN": {"BROKEN": "error"},
    "QUERY": {"notes": "passed"},
    "BADQUERY": {"BADQUERY": "error"},
    "NOCOLUMN": {"NOCOLUMN": "error"},
    "WRITES": {"WRITES": "error"},
}
SAID = {
    "RAISES": "ValueError: lost the thread",
    "NOFINDING": "yielded bool",
    "TWICE": "two findings for one subject: same",
    "UNSENDABLE": "Unsendable cannot be stored",
    "NOEVIDENCE": "gathering Failing failed: LookupError: nothing to be found",
    "UNHEARDOF": "nothing gathers builtins.int",
    "ATTACKING": "take Target in a function with @gatherer",
    "BROKEN": "No module named 'a_package_that_nobody_has'",
    "SKIPPING": "I would rather not",
    "NOCOLUMN": "no column 'subject'",
    "WRITES": "read-only",
}


@pytest.fixture(scope="module", params=["-n0", "-n2"])
def run(request, make_project):
    project = make_project(
        {
            "readiness/evidence.py": EVIDENCE,
            "readiness/checks.py": CHECKS,
            "readiness/broken.py": BROKEN,
            "readiness/query.sql": QUERY,
            "readiness/bad.sql": QUERY.replace("QUERY", "BADQUERY").replace("pg_class", "nowhere"),
            "readiness/column.sql": QUERY.replace("QUERY", "NOCOLUMN").replace("as subject", "as name"),
            "readiness/writes.sql": "-- id: WRITES\n-- title: t\n-- severity: low\ncreate table x (id int)\n",
        }
    )
    return project.run(request.param)


def test_each_check_counts_as_what_became_of_it(run):
    for check, expected in EXPECTED.items():
        assert run.findings(check) == expected, check
    assert run.outcomes()["EMPTY"] == run.outcomes()["NONE"] == "unknown"


def test_what_went_wrong_is_said(run):
    for check, text in SAID.items():
        details = [finding["detail"] for finding in run.checks()[check]["findings"]]
        assert any(text in detail for detail in details), (check, details)


def test_the_redis_that_was_used_is_named(run):
    assert run.report["target"]["redis"]["version"].startswith("Valkey")
    assert "embedded" in run.report["target"]["redis"]["provider"]


def test_built_in_checks_are_none_the_worse(run):
    assert run.report["errors"] == []
    assert run.outcomes()["ISO001"] == run.outcomes()["MIG001"] == "passed"


def test_the_failing_blocker_closes_the_gate_of_a_complete_run(run):
    assert run.code == 1, run.output
    assert run.report["run"]["complete"]
    assert run.report["blockers"] == ["OWNFAILS"]


HEAD = "from pytest_readiness import check, passed\n"


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (
            '@check(id="A", title="t", severity="low")\ndef f(e: int):\n    yield\n',
            '@check(id="A", title="t", severity="low")\ndef g(e: int):\n    yield\n',
            ["two checks have the id A", "readiness/first.py:3", "readiness/second.py:3"],
        ),
        (
            '@check(id="ISO001", title="t", severity="low")\ndef f(e: int):\n    yield\n',
            "",
            ["two checks have the id ISO001", "tenant_reads_own_rows.py:", "readiness/first.py:3"],
        ),
        (
            '@check(id="A", title="t", severity="low")\ndef f(e):\n    yield\n',
            "",
            ["readiness/first.py:3", "argument 'e' has no annotation"],
        ),
        (
            'NAME = "A"\n@check(id=NAME, title="t", severity="low")\ndef f(e: int):\n    yield\n',
            "",
            ["readiness/first.py:3", "id must be a literal"],
        ),
        (
            "def f(:\n",
            "",
            ["readiness/first.py:2", "not valid Python"],
        ),
    ],
    ids=["two ids", "a built-in id", "no annotation", "no literal", "no Python"],
)
def test_a_catalogue_that_cannot_be_read_is_a_usage_error_that_names_the_places(
    make_project, first, second, said
):
    run = make_project({"readiness/first.py": HEAD + first, "readiness/second.py": HEAD + second}).run()
    assert run.code == pytest.ExitCode.USAGE_ERROR, run.output
    for text in said:
        assert text in run.output
    assert "Traceback" not in run.output
    assert not run.report["run"]["complete"]
