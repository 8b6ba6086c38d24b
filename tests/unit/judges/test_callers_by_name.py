"""Grants of single functions are read from the target's own SQL; what all functions get names none."""

from pytest_readiness.judges.purpose.callers_by_name import callers_by_name

HISTORY = (
    'GRANT EXECUTE ON FUNCTION public.Join_List(uuid, text), "ask"(p numeric(10, 2)) TO anon, authenticated;',
    "grant all privileges on procedure tidy to clerk; -- grant execute on function hidden() to anon;",
    "grant execute on all functions in schema public to anon; revoke execute on function gone() from public;",
    "select 'grant execute on function said() to anon';",
)


def test_each_function_stands_with_each_role_that_its_grant_names():
    both = {(name, role) for name in ("join_list", "ask") for role in ("anon", "authenticated")}
    assert callers_by_name(HISTORY) == both | {("tidy", "clerk")}
