"""Of two actions the first has to change what the second may ask for."""

from dataclasses import replace

from pytest_readiness.gather.attacks.climbing.action import Action
from pytest_readiness.gather.attacks.climbing.pairs import likeliest

JOIN = Action("public.join()", ("join",), frozenset({"public.members"}))
RISE = Action("public.rise()", ("rise",), frozenset({"public.members", "public.ranks"}))
OTHER = Action("public.other()", ("other",), frozenset({"public.others"}))


def pairs(allowed, following, most=100):
    by_subject = {}
    for action in following:
        by_subject.setdefault(action.subject, []).append(action)
    found = dict(likeliest(allowed, by_subject, most))
    return {subject: [(a.steps[0], b.steps[0]) for a, b in them] for subject, them in found.items()}


def test_what_touches_the_same_follows_and_each_pair_once():
    assert pairs([JOIN, RISE, OTHER], [RISE]) == {"public.rise()": [("join", "rise")]}


def test_nothing_follows_itself_or_what_it_has_nothing_to_do_with():
    assert pairs([RISE, OTHER], [RISE]) == {"public.rise()": []}


def test_what_needs_a_state_of_its_own_follows_nothing():
    assert pairs([JOIN], [replace(RISE, before=("set",))]) == {"public.rise()": []}


def test_a_bound_over_all_leaves_each_its_likeliest():
    slow = replace(JOIN, steps=("slowly",))
    wide = [RISE, replace(OTHER, touches=JOIN.touches)]
    assert pairs([JOIN, slow], wide, most=2) == {
        "public.rise()": [("join", "rise")],
        "public.other()": [("join", "other")],
    }
