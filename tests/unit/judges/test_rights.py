"""Who may use what was made anew, beside who might use the old one."""

import pytest

from pytest_readiness.judges.migrations.rights import Rights, lost_rights, remade

VIEW = "view public.v"
FUNCTION = "function public.f(a integer)"


def rights(made, *held, options=()):
    return Rights(made, frozenset(held), tuple(options))


def test_what_has_another_number_was_made_anew():
    known = {VIEW: rights(1), FUNCTION: rights(2), "function public.g()": rights(3)}
    new = {VIEW: rights(4), FUNCTION: rights(2), "function public.h()": rights(5)}
    assert remade(known, new).keys() == {VIEW}


def test_a_function_of_other_arguments_takes_the_place_of_the_one_that_is_gone():
    new = {"function public.f(b text)": rights(7)}
    assert remade({FUNCTION: rights(2)}, new).keys() == new.keys()
    assert not remade({FUNCTION: rights(2)}, {**new, FUNCTION: rights(2)})
    assert not remade({FUNCTION: rights(2), "function public.f()": rights(3)}, new)


APP = ("app", "SELECT")
ANON = ("anon", "SELECT")


@pytest.mark.parametrize(
    ("old", "new", "sql", "lost"),
    [
        (rights(1, APP), rights(2), "", ("SELECT by app",)),
        (rights(1, APP), rights(2, ("public", "SELECT")), "", ("what closed it to public",)),
        (rights(1, APP), rights(2, APP), "", ()),
        (rights(1), rights(2, ANON), "", ("what closed it to anon",)),
        (rights(1), rights(2, ANON), "grant select on public.v to app, anon;", ()),
        (rights(1), rights(2, ANON), "grant select on public.w to anon;", ("what closed it to anon",)),
        (rights(1), rights(2, ANON), "grant select on all tables in schema public to anon;", ()),
        (rights(1, options=["security_invoker=on"]), rights(2), "", ("security_invoker",)),
        (rights(1, options=["security_invoker=on"]), rights(2, options=["security_invoker=true"]), "", ()),
    ],
)
def test_rights_that_are_lost_or_come_back(old, new, sql, lost):
    assert lost_rights(old, new, VIEW, sql) == lost
