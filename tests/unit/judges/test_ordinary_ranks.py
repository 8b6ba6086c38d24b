"""Which words make somebody an ordinary user, and which make him more than that."""

from dataclasses import replace

import pytest

from pytest_readiness.judges.purpose.ordinary_ranks import ordinary
from relations import column, relation

SAID = frozenset({"guest", "referee", "admin"})


def words(one, now, *, said=SAID):
    return ordinary(one, relation("public.players", column("id", "uuid"), one), said, now)


def enum(*labels):
    return replace(column("role", "public.role", default="'guest'::public.role"), kind="e", labels=labels)


def test_a_usual_word_comes_before_one_that_code_does_not_name_and_the_least_is_none():
    assert words(enum("admin", "guest", "player", "referee", "member"), "guest") == ("member", "player")


def test_who_has_a_right_by_name_is_not_ordinary():
    assert words(enum("admin", "guest", "club_manager", "superuser", "referee"), "guest") == ()


def test_of_several_words_that_code_does_not_name_none_is_known_to_be_ordinary():
    assert words(enum("admin", "guest", "ferryman", "stoker"), "guest") == ()
    assert words(enum("admin", "guest", "ferryman", "stoker", "member"), "guest") == ("member",)


def test_a_word_is_made_up_where_nothing_lists_them_and_the_column_is_called_like_a_rank():
    assert words(column("role", "text"), "guest") == ("member",)
    assert words(column("role", "text"), "member") == ()
    assert words(column("remark", "text"), "guest") == ()


@pytest.mark.parametrize(
    ("name", "now", "said"), [("is_approved", False, ("true",)), ("is_approved", True, ())]
)
def test_a_switch_that_everybody_comes_to_have_is_turned_on(name, now, said):
    assert words(column(name, "boolean"), now) == said


def test_a_switch_that_gives_a_right_is_not():
    assert words(column("is_admin", "boolean"), now=False) == ()
