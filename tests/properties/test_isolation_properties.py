"""What must hold of every verdict on isolation, whatever the schema."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from judging import judge
from naming import OWNED, PARTS, named, plain_systems, systems
from schemas import System

from pytest_readiness.vocabulary import Status

SOAK = int(os.environ.get("READINESS_SOAK", "0"))
"""Examples of each property; few, and the same ones, unless it is set."""


def examples(few):
    """Settings of a property: a failure of the few is not shrunk, so that it is told at once."""
    return settings(
        max_examples=SOAK or few,
        derandomize=not SOAK,
        deadline=None,
        database=None,
        phases=[Phase.generate, *([Phase.shrink] if SOAK else [])],
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


def told(generated, *more):
    note("\n".join([generated.ddl, *more]))
    return generated


def differences(one, other):
    """Return what is said of a place in the one and in the other, where that differs.

    Which relations are worth an attempt is told from mentions, and a name may seem to be mentioned:
    an attempt more that did nothing is no difference.
    """
    passed = Status.PASSED
    both = {place: (one.get(place, passed), other.get(place, passed)) for place in one.keys() | other.keys()}
    return {place: found for place, found in both.items() if found[0] is not found[1]}


@examples(6)
@given(st.one_of(systems(most=4), plain_systems()))
def test_a_sound_schema_raises_no_alarm(server, generated):
    verdicts = judge(server, told(generated))
    assert not verdicts.failed()
    for place, (part, _) in enumerate(generated.parts):
        for token in part.proven:
            subject = f"{place}:{token[1:-1]}"
            finding = verdicts.findings["ISO001", subject]
            assert finding.status is Status.PASSED, (subject, finding.detail)
            assert "its owner reads it" in finding.detail, (subject, finding.detail)


@examples(8)
@given(st.one_of(systems(most=2), plain_systems()), st.data())
def test_a_single_wound_is_found_where_it_is_and_nowhere_else(server, generated, data):
    wounds = [(place, wound) for place, (part, _) in enumerate(generated.parts) for wound in part.wounds]
    if not wounds:
        return
    place, wound = data.draw(st.sampled_from(wounds))
    sql = generated.parts[place][1].fill(wound.sql)
    failed = judge(server, told(generated, wound.what, sql), sql + ";").failed()
    subject = f"{place}:{wound.at[1:-1]}"
    here = {check for check, where in failed if where == subject or where.startswith(f"{subject}(")}
    assert here & set(wound.found_by), (wound.what, sql, failed)
    assert all(where.startswith(f"{place}:") for _, where in failed), failed


@examples(2)
@given(systems(most=2), PARTS, st.data())
def test_an_unrelated_table_changes_nothing(server, generated, other, data):
    taken = {name for _, names in generated.parts for name in names.words.values()}
    more = System((*generated.parts, (other, data.draw(named(other, taken)))))
    one, two = judge(server, told(generated)).statuses(), judge(server, told(more)).statuses()
    assert not differences(one, {place: status for place, status in two.items() if place in one})


@examples(2)
@given(systems(most=2, hostile=False, parts=OWNED), st.data())
def test_renaming_everything_changes_nothing(server, generated, data):
    wound = data.draw(st.sampled_from([(), *_wounds(generated)]))
    taken: set[str] = set()
    renamed = System(
        tuple((part, data.draw(named(part, taken, hostile=True))) for part, _ in generated.parts)
    )
    one, two = (
        judge(server, told(one), *(one.parts[place][1].fill(sql) for place, sql in wound)).statuses()
        for one in (generated, renamed)
    )
    assert not differences(one, two)


@examples(2)
@given(systems(most=2), st.randoms(use_true_random=False), st.data())
def test_order_changes_nothing(server, generated, generator, data):
    wound = data.draw(st.sampled_from([(), *_wounds(generated)]))
    sql = tuple(generated.parts[place][1].fill(text) for place, text in wound)
    parts = [(place, part.shuffled(generator), names) for place, (part, names) in enumerate(generated.parts)]
    order = generator.sample(parts, len(parts))
    shuffled = System(tuple((part, names) for _, part, names in order))
    one = judge(server, told(generated), *sql).statuses()
    found = judge(server, told(shuffled), *sql).statuses()
    places = {str(now): str(place) for now, (place, _, _) in enumerate(order)}
    assert not differences(
        one, {(check, _moved(subject, places)): status for (check, subject), status in found.items()}
    )


def _wounds(generated):
    return [((place, w.sql),) for place, (part, _) in enumerate(generated.parts) for w in part.wounds]


def _moved(subject, places):
    number, colon, rest = subject.partition(":")
    return f"{places[number]}:{rest}" if colon and number in places else subject
