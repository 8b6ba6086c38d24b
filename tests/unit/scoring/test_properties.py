"""What must hold of every score and decision, whatever was seen."""

import datetime as dt
import random
from dataclasses import replace
from fractions import Fraction
from itertools import zip_longest

from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import SILENT, areas, finding, severities, sound, sound_worlds, worlds

from pytest_readiness.areas import AREAS
from pytest_readiness.scoring.decision import Completeness, Decision, decide
from pytest_readiness.scoring.declared import apply_declarations
from pytest_readiness.scoring.plan import plan
from pytest_readiness.scoring.result import Outcome
from pytest_readiness.scoring.score import score
from pytest_readiness.scoring.waivers import apply_waivers
from pytest_readiness.settings import NotApplicable, Waiver
from pytest_readiness.vocabulary import Severity, Status

WHOLE = Completeness()
TODAY = dt.date(2026, 6, 1)


def verdict(results, run=WHOLE):
    points = score(results, {})
    return points, decide(results, points, run).value


def waive(results, index, subject="*", expires=TODAY):
    waiver = Waiver(results[index].spec.id, subject, "reason", "owner", expires)
    return list(apply_waivers(results, [waiver], TODAY).results)


@given(worlds())
def test_all_figures_stay_within_their_bounds(world):
    points, _ = verdict(world)
    assert 0 <= points.value <= points.raw <= points.upper <= 100
    assert 0 <= points.settled <= points.assessed <= 100


@given(sound_worlds())
def test_a_fully_sound_system_has_100_and_go(world):
    points, decision = verdict(world)
    assert (points.value, points.assessed, decision) == (100, 100, Decision.GO)


@given(worlds(), st.integers(0, 6), st.integers(0, 13))
def test_fixing_anything_never_lowers_score_decision_or_assessed(world, index, place):
    result = world[index % len(world)]
    findings = list(result.findings)
    findings[place % len(findings)] = finding(f"s{place % len(findings)}", Status.PASSED)
    fixed = [replace(result, findings=tuple(findings)) if r is result else r for r in world]
    (before, was), (after, now) = verdict(world), verdict(fixed)
    assert after.raw >= before.raw
    assert after.value >= before.value
    assert after.assessed >= before.assessed
    assert now.rank <= was.rank


@given(worlds(), st.integers(0, 6))
def test_removing_a_passing_check_never_raises_raw(world, index):
    result = world[index % len(world)]
    if result.outcome is not Outcome.PASSED or len(world) == 1:
        return
    rest = [r for r in world if r is not result]
    assert verdict(rest)[0].raw <= verdict(world)[0].raw


@given(worlds(), areas, severities, st.sampled_from(["failed", "skipped", "empty"]))
def test_adding_a_check_that_fails_or_says_nothing_never_raises_anything(world, area, severity, kind):
    status, reason = (Status.FAILED, "") if kind == "failed" else (Status.UNKNOWN, "skipped")
    findings = () if kind == "empty" else (finding("new", status, reason),)
    added = [*world, replace(sound("NEW", area, severity, 1), findings=findings)]
    (before, was), (after, now) = verdict(world), verdict(added)
    assert after.raw <= before.raw
    assert after.value <= before.value
    assert now.rank >= was.rank


def test_one_failure_more_makes_up_for_nothing_that_was_not_assessed():
    known = [
        ("ISO001", "isolation"),
        ("C0", "wallet"),
        ("C1", "isolation"),
        ("C2", "isolation"),
        ("C3", "schema"),
    ]
    world = [sound(name, area, Severity.BLOCKER, 1) for name, area in known]
    half = sound("C4", "limits", Severity.HIGH, 2)
    world.append(replace(half, findings=(finding("s0", Status.UNKNOWN, "inconclusive"), half.findings[1])))
    one = replace(sound("NEW", "limits", Severity.MEDIUM, 1), findings=(finding("new", Status.FAILED),))
    (before, was), (after, now) = verdict(world), verdict([*world, one])
    assert before.assessed < 95 <= after.assessed
    assert before.settled == after.settled < 95
    assert was is now is Decision.CONDITIONAL


@given(worlds(), st.data())
def test_silencing_any_subset_never_raises_score_or_decision(world, data):
    silenced = list(world)
    for index in data.draw(st.sets(st.integers(0, len(world) - 1), min_size=1)):
        result = world[index]
        reason = data.draw(st.sampled_from(SILENT))
        whole = data.draw(st.booleans())
        chosen = (
            range(len(result.findings)) if whole else [data.draw(st.integers(0, len(result.findings) - 1))]
        )
        findings = list(result.findings)
        for place in chosen:
            findings[place] = finding(f"s{place}", Status.UNKNOWN, reason)
        # A check that nobody let look has no evidence either.
        silenced[index] = (
            replace(result, findings=(), strength=None)
            if whole
            else replace(result, findings=tuple(findings))
        )
    names = [*(result.spec.id for result in world), *AREAS]
    declared = [
        NotApplicable("none here", **({"area": name} if name in AREAS else {"check": name}))
        for name in data.draw(st.sets(st.sampled_from(names)))
    ]
    silenced = list(apply_declarations(silenced, declared).results)
    (before, was), (after, now) = verdict(world), verdict(silenced)
    assert after.raw <= before.raw
    assert after.value <= before.value
    assert after.assessed <= before.assessed
    assert now.rank >= was.rank


@given(worlds(), st.randoms(use_true_random=False))
def test_order_changes_nothing(world, generator: random.Random):
    shuffled = [
        replace(result, findings=tuple(generator.sample(result.findings, len(result.findings))))
        for result in generator.sample(world, len(world))
    ]
    (one, was), (two, now) = verdict(world), verdict(shuffled)
    assert (one.raw, one.value, one.upper, one.caps, was) == (two.raw, two.value, two.upper, two.caps, now)


@given(worlds(), st.integers(0, 6))
def test_a_waiver_earns_nothing_and_is_never_a_go(world, index):
    index %= len(world)
    covered = waive(world, index)
    (before, _), (after, now) = verdict(world), verdict(covered)
    assert after.raw == before.raw
    assert after.value >= before.value
    if any(judged.waived for result in covered for judged in result.findings):
        assert now is not Decision.GO


@given(worlds(), st.integers(0, 6))
def test_an_expired_waiver_changes_nothing_but_is_an_error(world, index):
    index %= len(world)
    waiver = Waiver(world[index].spec.id, "*", "reason", "owner", TODAY - dt.timedelta(days=1))
    applied = apply_waivers(world, [waiver], TODAY)
    assert verdict(list(applied.results)) == verdict(world)
    assert "expired" in applied.errors[0]


@given(worlds())
def test_go_means_what_it_says(world):
    points, decision = verdict(world)
    if decision is not Decision.GO:
        return
    assert points.raw >= 90
    assert points.assessed >= 95
    assert not any(r.open or r.waived for r in world if r.spec.severity is Severity.BLOCKER)


@given(worlds())
def test_the_plan_only_rises_and_ends_at_100(world):
    steps = plan(world, {}, WHOLE)
    raws = [verdict(world)[0].raw, *(step.raw_after for step in steps)]
    ranks = [verdict(world)[1].rank, *(step.decision_after.rank for step in steps)]
    assert raws == sorted(raws)
    assert ranks == sorted(ranks, reverse=True)
    if steps:
        assert (steps[-1].raw_after, steps[-1].decision_after) == (Fraction(100), Decision.GO)


@settings(deadline=None)
@given(worlds(), st.dictionaries(areas, st.integers(0, 30)))
def test_each_step_of_the_plan_is_the_real_score_and_the_greatest_gain(world, weights):
    state = {result.spec.id: result for result in world}
    steps = plan(world, weights, WHOLE)
    for step, following in zip_longest(steps, steps[1:]):
        mended = state[step.check]
        state[step.check] = passing(mended)
        points = score(list(state.values()), weights)
        assert (step.raw_after, step.value_after) == (points.raw, points.value)
        assert step.decision_after is decide(list(state.values()), points, WHOLE).value
        if following and same_kind(mended, state[following.check]):
            other = list(
                (state | {step.check: mended, following.check: passing(state[following.check])}).values()
            )
            assert score(other, weights).raw <= points.raw


def passing(result):
    return replace(result, findings=tuple(finding(j.finding.subject, Status.PASSED) for j in result.findings))


def same_kind(one, two):
    return (one.spec.severity is Severity.BLOCKER, one.open) == (
        two.spec.severity is Severity.BLOCKER,
        two.open,
    )


@given(worlds(), st.sampled_from([Completeness(complete=False), Completeness(partial="-k x")]))
def test_a_run_that_is_not_whole_has_no_plan(world, run):
    assert plan(world, {}, run) == ()


@given(worlds(), st.sampled_from([Completeness(complete=False), Completeness(partial="-k x")]))
def test_a_run_that_is_not_whole_decides_nothing(world, run):
    assert verdict(world, run)[1] is Decision.UNKNOWN


def test_an_empty_catalogue_decides_nothing():
    points, decision = verdict([])
    assert (points.value, decision) == (0, Decision.UNKNOWN)
