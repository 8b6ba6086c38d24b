"""The rule on examples a person can check by hand."""

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest
from worlds import finding, sound

from pytest_readiness.scoring.compare import Change, compare
from pytest_readiness.scoring.decision import Completeness, Decision, decide, sentence
from pytest_readiness.scoring.declared import apply_declarations
from pytest_readiness.scoring.gate import refusals
from pytest_readiness.scoring.result import Judged
from pytest_readiness.scoring.score import floor, score
from pytest_readiness.scoring.waivers import apply_waivers
from pytest_readiness.settings import Gate, NotApplicable, Waiver
from pytest_readiness.vocabulary import Damage, Severity, Status, Strength, failed

ISOLATION = sound("ISO001", "isolation", Severity.BLOCKER, 3)
MIGRATIONS = sound("MIG001", "migrations", Severity.BLOCKER, 2)
TODAY = dt.date(2026, 6, 1)


def with_findings(result, *statuses, reason="inconclusive"):
    return replace(
        result,
        findings=tuple(
            finding(f"s{i}", status, reason if status is Status.UNKNOWN else "")
            for i, status in enumerate(statuses)
        ),
    )


def decided(*results, **run):
    return decide(results, score(results, {}), Completeness(**run))


def test_areas_are_weighted_and_a_blocker_has_all_or_nothing():
    failing = with_findings(MIGRATIONS, Status.PASSED, Status.FAILED)
    assert score([ISOLATION, failing], {}).raw == Fraction(100 * 20, 28)
    assert score([ISOLATION, failing], {"migrations": 0}).raw == 100


def test_ten_failures_among_a_thousand_passes_leave_no_credit():
    many = [Status.FAILED] * 10 + [Status.PASSED] * 1000
    assert (
        with_findings(
            replace(ISOLATION, spec=replace(ISOLATION.spec, severity=Severity.MEDIUM)), *many
        ).credit()
        == 0
    )


def test_an_open_blocker_caps_at_49_and_an_open_high_at_79():
    many = [sound(f"X{i}", "schema", Severity.MEDIUM, 1) for i in range(30)]
    blocker = with_findings(sound("B", "schema", Severity.BLOCKER, 1), Status.FAILED)
    high = with_findings(sound("H", "schema", Severity.HIGH, 1), Status.FAILED)
    assert score([ISOLATION, *many, blocker], {}).value == 49
    assert score([ISOLATION, *many, high], {}).value == 79


@pytest.mark.parametrize(
    ("statuses", "reason", "decision"),
    [
        ([Status.PASSED, Status.FAILED], "", Decision.NO_GO),
        ([Status.PASSED, Status.UNKNOWN], "inconclusive", Decision.CONDITIONAL),
        ([Status.PASSED, Status.UNKNOWN], "skipped", Decision.NO_GO),
        ([Status.UNKNOWN], "inconclusive", Decision.NO_GO),
        ([], "", Decision.NO_GO),
    ],
)
def test_what_a_blocker_does_to_the_decision(statuses, reason, decision):
    assert decided(ISOLATION, with_findings(MIGRATIONS, *statuses, reason=reason)).value is decision


def test_there_is_no_go_without_attacked_isolation_where_there_is_a_database():
    assert decided(MIGRATIONS).value is Decision.CONDITIONAL
    assert decided(MIGRATIONS, has_database=False).value is Decision.GO
    weak = replace(ISOLATION, strength=Strength.CATALOG)
    assert decided(weak, MIGRATIONS).value is Decision.CONDITIONAL


def test_there_is_no_go_where_isolation_weighs_nothing():
    results, weights = (ISOLATION, MIGRATIONS), {"isolation": 0}
    assert decide(results, score(results, weights), Completeness()).value is Decision.CONDITIONAL
    without = Completeness(has_database=False)
    assert decide(results, score(results, weights), without).value is Decision.GO


def test_what_is_declared_not_applicable_has_to_be_seen_to_be_so():
    empty = replace(ISOLATION, findings=())
    unseen = replace(empty, strength=None)
    judged = with_findings(ISOLATION, Status.UNKNOWN)
    here = NotApplicable("none here", check="ISO001")

    def applied(result, item=here):
        found = apply_declarations([result, MIGRATIONS], [item])
        return found.results[0].applies, "; ".join(found.errors)

    assert applied(empty) == (False, "")
    assert applied(empty, replace(here, check="", area="isolation")) == (False, "")
    assert applied(replace(unseen, absent="no table")) == (False, "")
    for result in (ISOLATION, judged):
        assert applied(result) == (
            True,
            "ISO001 is declared not applicable, and the target has it (ISO001 ran)",
        )
    crashed = with_findings(unseen, Status.UNKNOWN, reason="error")
    assert "nothing shows it" in applied(crashed)[1]
    assert "there is no check" in applied(empty, replace(here, check="ISO9"))[1]
    left_out = with_findings(unseen, Status.UNKNOWN, reason="not selected")
    assert applied(left_out) == (True, "")


def test_the_sentence_names_the_worst_finding_or_the_scope():
    leak = with_findings(ISOLATION, Status.FAILED)
    assert sentence(decided(leak), (), ()) == "NO-GO. s0 failed."
    good = sentence(decided(ISOLATION), ("isolation",), ("wallet",))
    assert good == "GO for isolation; not in scope: wallet."


def telling(name, detail, damage):
    check = sound(name, "isolation", Severity.BLOCKER, 1)
    return replace(check, findings=(Judged(failed("s", detail, reproduce="select 1", damage=damage)),))


def test_the_worst_theft_leads_whatever_the_ids_are():
    read = telling("ISO005", "As bob I called f and learned of alice's rows: `canary-1`.", Damage.READ)
    counted = telling("ISO001", "As bob I read alice's note: 2 rows.", Damage.READ)
    changed = telling("ISO002", "As bob I changed alice's `canary-2`.", Damage.CHANGED)
    inferred = telling("ISO007", "As bob I asked for `canary-3`.", Damage.INFERRED)
    broken = telling("ISO000", "Nobody can read it.", None)
    told = sentence(decided(broken, inferred, changed, counted, read), (), ())
    assert told.startswith("NO-GO. As bob I called f and learned of alice's rows: `canary-1`. And 4 more")
    ordered = decided(broken, inferred, changed, counted, read).reasons
    assert [text.split()[-1] for text in ordered] == [
        "`canary-1`.",
        "rows.",
        "`canary-2`.",
        "`canary-3`.",
        "it.",
    ]


def test_the_worst_of_one_check_speaks_for_it():
    first = telling("ISO001", "Nobody can read it.", None)
    both = replace(
        first, findings=(*first.findings, *telling("x", "I read `canary-1`", Damage.READ).findings)
    )
    assert sentence(decided(both), (), ()) == "NO-GO. I read `canary-1`."


def test_a_theft_that_forbids_no_release_leads_the_conditions():
    view = telling("ISO008", "As bob I cast a column, and the error told me `canary-1`.", Damage.READ)
    high = replace(view, spec=replace(view.spec, severity=Severity.HIGH))
    assert sentence(decided(ISOLATION, high), (), ()).startswith("CONDITIONAL. As bob I cast a column")


def test_display_rounds_down():
    assert floor(Fraction(89999, 1000)) == 89.9
    assert floor(Fraction(2, 3), 2) == 0.66


def test_a_waiver_needs_its_check_and_subject_and_lasts_through_its_last_day():
    leak = with_findings(ISOLATION, Status.PASSED, Status.FAILED)
    waiver = Waiver("ISO001", "s*", "why", "who", TODAY)
    year = replace(waiver, expires=TODAY + dt.timedelta(days=366))
    assert apply_waivers([leak], [year], TODAY).errors == ()
    ever = apply_waivers([leak], [replace(waiver, expires=TODAY + dt.timedelta(days=367))], TODAY)
    assert "over 366 days" in ever.errors[0]
    assert not any(judged.waived for judged in ever.results[0].findings)
    covered = apply_waivers([leak], [waiver], TODAY)
    assert covered.errors == ()
    assert [judged.waived is not None for judged in covered.results[0].findings] == [False, True]
    elsewhere = apply_waivers([leak], [replace(waiver, subject="t*")], TODAY)
    assert "waives nothing" in elsewhere.errors[0]
    assert "no check" in apply_waivers([leak], [replace(waiver, check="ISO999")], TODAY).errors[0]


def test_the_gate_refuses_by_decision_score_and_regression():
    assert refusals(Gate(), Decision.CONDITIONAL, Fraction(10), None) == ()
    assert "requires go" in refusals(Gate(require="go"), Decision.CONDITIONAL, Fraction(99), None)[0]
    assert "fail_under" in refusals(Gate(fail_under=90), Decision.GO, Fraction(899, 10), None)[0]


def report(*checks, severity="high"):
    return {
        "checks": [
            {
                "id": name,
                "severity": severity,
                "outcome": outcome,
                "findings": [
                    {"subject": subject, "status": status, "waived": waived}
                    for subject, status, waived in findings
                ],
            }
            for name, outcome, findings in checks
        ]
    }


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (("s", "failed", None), ("s", "passed", None), Change.FIXED),
        (("s", "passed", None), ("s", "failed", None), Change.BROKEN),
        (("s", "passed", None), ("s", "unknown", None), Change.LOST_EVIDENCE),
        (("s", "failed", "until May"), ("s", "failed", None), Change.WAIVER_EXPIRED),
        (("s", "passed", None), None, Change.GONE),
        (("s", "unknown", None), None, Change.GONE),
        (("s", "failed", None), None, Change.FIXED),
        (None, ("s", "failed", None), Change.BROKEN),
        (None, ("s", "passed", None), Change.ADDED),
    ],
)
def test_each_kind_of_change_since_the_baseline(before, after, change):
    same = ("t", "passed", None)
    old = report(("C", "failed", [same, *([before] if before else [])]))
    new = report(("C", "failed", [same, *([after] if after else [])]))
    assert [delta.change for delta in compare(old, new).deltas] == [change]


def test_what_is_no_longer_judged_is_a_regression_only_where_it_is_still_there():
    was = ("C", "passed", [("s", "passed", None), ("t", "passed", None)])
    now = ("C", "passed", [("t", "passed", None)])
    dropped = compare(report(was), report(now))
    assert [delta.change for delta in dropped.deltas] == [Change.GONE]
    assert dropped.regressions == ()
    told = ("D", "passed", [("s", "passed", None)])
    assert [d.change for d in compare(report(was, told), report(now, told)).regressions] == [Change.REMOVED]
    matrix = {"isolation_matrix": {"relations": [{"relation": "s"}]}}
    assert [d.change for d in compare(report(was), report(now) | matrix).regressions] == [Change.REMOVED]
    emptied = compare(report(was), report(("C", "unknown", [])))
    assert [(d.change, d.subject) for d in emptied.regressions] == [(Change.LOST_EVIDENCE, "")]


@pytest.mark.parametrize(("severity", "refused"), [("low", 2), ("info", 0)])
def test_what_is_only_to_note_refuses_nothing(severity, refused):
    old = report(("A", "passed", [("s", "passed", None)]), ("B", "passed", []), severity=severity)
    new = report(("A", "failed", [("s", "failed", None)]), severity=severity)
    found = compare(old, new)
    assert len(found.deltas) == 2
    assert len(found.regressions) == refused


def test_checks_that_come_go_or_leave_the_scope():
    old = report(("A", "passed", []), ("B", "passed", []))
    new = report(("B", "not_applicable", []), ("C", "passed", []))
    changes = {(delta.check, delta.change) for delta in compare(old, new).deltas}
    assert changes == {("A", Change.REMOVED), ("B", Change.SCOPE_CHANGED), ("C", Change.ADDED)}
