"""Views and functions that are made anew keep who may use them."""

import pytest

VIEW = "create view public.bodies as select body from public.notes; grant select on public.bodies to public;"
AGAIN = "drop view public.bodies; create view public.bodies as select id, body from public.notes;"
GRANT = "grant select on public.bodies to public;"
FUNCTION = """
create function public.count() returns bigint language sql security definer set search_path = ''
as 'select count(*) from public.notes';
"""
REVOKE = "revoke execute on function public.count from public;"


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ((VIEW, AGAIN), ("view public.bodies", ("SELECT by public",))),
        ((VIEW, AGAIN + GRANT), None),
        (
            (VIEW, AGAIN.replace("drop view public.bodies; create", "create or replace").replace("id, ", "")),
            None,
        ),
        ((VIEW, AGAIN + "drop view public.bodies;"), None),
        (
            (FUNCTION + REVOKE, "drop function public.count();" + FUNCTION),
            ("function public.count()", ("what closed it to public",)),
        ),
        ((FUNCTION + REVOKE, "drop function public.count();" + FUNCTION + REVOKE), None),
        ((FUNCTION, "drop function public.count();" + FUNCTION), None),
    ],
)
def test_what_is_made_anew_is_compared_with_the_old_one(trial, changes, lost):
    tried = trial(*changes)
    assert not tried.untried
    assert tried.bared == ((lost,) if lost else ())
