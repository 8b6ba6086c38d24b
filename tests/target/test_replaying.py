"""A reproduction is run again on a real server: what it got at is told, and what could not be tried."""

import pytest

from pytest_readiness.target.replaying import parts, replay
from systems import system

NOTES = "create table public.notes (id int primary key, user_id uuid, body text);"
BEGIN = "begin;\ninsert into public.notes values (1, 'a11ce000-4815-4162-8342-000000000001', 'canary-x'), (2, null, 'mine');\n"
BECOME = 'set local session authorization "authenticator";\nset local role "authenticated";\n'
LOOK = "reset session authorization;\ntable public.notes;\n"


def got(server, path, theft, *, look=LOOK, marks=("canary-x",), setup=BEGIN, sql=NOTES):
    with system(server, path, sql) as target:
        return replay(target, f"{setup}{BECOME}{theft};\n{look}rollback;", marks)


def test_a_script_is_taken_apart():
    found = parts(f"{BEGIN}{BECOME}select 1;\n{LOOK}rollback;")
    assert len(found.setup) == 1
    assert found.theft[-1] == "select 1"
    assert found.look == ("table public.notes",)


def test_a_row_that_comes_back_is_told(server, tmp_path):
    assert "A row came back" in got(server, tmp_path, "select body from public.notes", look="").got


@pytest.mark.parametrize(
    "theft",
    [
        "select body from public.notes where id = 2",
        "select body from public.notes where id = 3",
        "update public.notes set body = 'y' where id = 2",
        "select * from public.gone",
    ],
)
def test_what_is_not_hers_does_not_count(server, tmp_path, theft):
    assert got(server, tmp_path, theft).got == ""


@pytest.mark.parametrize(
    "theft",
    [
        "update public.notes set body = 'y'",
        "delete from public.notes",
        "insert into public.notes values (3, null, 'canary-x')",
    ],
)
def test_a_row_of_hers_that_changes_goes_or_appears_is_told(server, tmp_path, theft):
    assert "A row was changed" in got(server, tmp_path, theft).got


def test_an_error_that_tells_is_told(server, tmp_path):
    assert "in an error" in got(server, tmp_path, "select body::int from public.notes").got


def test_without_marks_every_row_counts_but_one_that_says_nothing(server, tmp_path):
    assert got(server, tmp_path, "select body from public.notes where id = 2", look="", marks=()).got
    (tmp_path / "two").mkdir()
    assert not got(
        server, tmp_path / "two", "select user_id from public.notes where id = 2", look="", marks=()
    ).got


def test_rows_that_cannot_be_made_leave_it_untried(server, tmp_path):
    found = got(server, tmp_path, "select 1", sql=NOTES.replace("body text", "body text check (body = 'z')"))
    assert (found.got, "check constraint" in found.unready) == ("", True)


def test_a_script_in_which_nobody_acts_is_no_attempt(server, tmp_path):
    with system(server, tmp_path, NOTES) as target:
        assert replay(target, "\\du").unready
