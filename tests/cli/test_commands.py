"""The commands that show and mend findings, on real servers, from a report as a run leaves it."""

import io
import json
from importlib.metadata import version

import pytest

from pytest_readiness.cli import main

NOTES = "create table public.notes (id int primary key, user_id uuid not null, body text);"
SCRIPT = """begin;
insert into auth.users (id) values ('a11ce000-4815-4162-8342-000000000001');
insert into public.notes values (1, 'a11ce000-4815-4162-8342-000000000001', 'canary-x');
set local session authorization "authenticator";
set local role "authenticated";
select body from public.notes;
select nothing;
rollback;"""


def finding(subject, *, mend=None, reproduce="", detail="leaks"):
    return {"subject": subject, "detail": detail, "mend": mend, "reproduce": reproduce, "status": "failed"}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A Supabase project with the report of a run."""
    folder = tmp_path / "supabase" / "migrations"
    folder.mkdir(parents=True)
    (folder / "1_notes.sql").write_text(NOTES)
    monkeypatch.chdir(tmp_path)
    report = tmp_path / "readiness-report" / "readiness.json"
    report.parent.mkdir()
    mend = "pytest-readiness fix ISO001:public.notes"
    findings = [finding("public.notes", mend=mend, reproduce=SCRIPT), finding("public.other")]
    report.write_text(json.dumps({"checks": [{"id": "ISO001", "findings": findings}]}))
    return tmp_path


def test_without_a_finding_fix_lists_what_may_be_mended(project, capsys):
    assert main(["fix"]) == 0
    told = capsys.readouterr().out
    assert told == "pytest-readiness fix ISO001:public.notes\n    leaks\n"


@pytest.mark.parametrize("command", [["fix", "--report"], ["verify"]])
def test_the_folder_of_a_report_names_it_too(project, capsys, command):
    main([*command, "readiness-report"])
    assert "is not there" not in "".join(told := capsys.readouterr()), told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fix", "ISO001"], "expected ID:SUBJECT"),
        (["fix", "--report", "gone.json"], "gone.json is not there"),
        (["fix", "--report", "supabase/migrations/1_notes.sql"], "no report of this tool"),
        (["psql", "ISO001:public.notes", "--report", "gone.json"], "gone.json is not there"),
        (["psql", "ISO001:public.gone"], "no failure ISO001:public.gone"),
    ],
)
def test_what_cannot_be_done_is_said(project, capsys, arguments, said):
    assert main(arguments) != 0
    assert said in capsys.readouterr().err


def test_a_finding_is_shown_on_a_server_of_its_own_with_errors_in_their_place(project, capsys):
    assert main(["psql", "ISO001:public.notes"]) == 0
    told = capsys.readouterr().out
    assert " body\n----------\n canary-x\n(1 row)\n" in told
    assert "ERROR:  42703" in told
    assert told.endswith("rollback;\n")


def test_statements_of_a_pipe_are_run_each_when_it_is_whole(project, capsys, monkeypatch):
    monkeypatch.setattr(
        "sys.stdin",
        io.StringIO("select 1 as one,\n  2 as two;\ndo $$ begin\n null;\nend $$;\nselect 'a;b' as three"),
    )
    assert main(["psql"]) == 0
    told = capsys.readouterr().out
    assert " one | two\n-----+-----\n 1   | 2\n(1 row)" in told
    assert "do $$ begin\n null;\nend $$;" in told
    assert " three\n-------\n a;b\n" in told


def test_a_finding_that_is_mended_already_is_not_mended_again(project, capsys):
    policy = "create policy own on public.notes using (user_id = auth.uid());"
    (project / "supabase" / "migrations" / "2_close.sql").write_text(
        f"alter table public.notes enable row level security; {policy}"
    )
    assert main(["fix", "ISO001:public.notes"]) == 1
    assert "ISO001:public.notes is passed" in capsys.readouterr().err
    assert not list(project.glob("supabase/migrations/*fix*"))


def test_where_no_change_is_good_the_changes_are_offered_as_text(project, capsys):
    (project / "supabase" / "migrations" / "2_view.sql").write_text(
        "alter table public.notes enable row level security; revoke all on public.notes from anon, authenticated;"
        "create view public.bodies as select body from public.notes;"
    )
    assert main(["fix", "ISO001:public.bodies"]) == 1
    told = capsys.readouterr().out
    assert "nothing was written" in told
    assert "alter view public.bodies set (security_invoker = true);" in told
    assert "an access that worked is lost: alice" in told
    assert [path.name for path in sorted(project.glob("supabase/migrations/*"))] == [
        "1_notes.sql",
        "2_view.sql",
    ]
    assert not (project / "readiness").exists()


def test_what_a_terminal_obeys_is_written_out(project, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("select e'\\x1b[2J' as \"a\x1bb\""))
    assert main(["psql"]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "a\\x1bb" in told


@pytest.mark.parametrize("typed", ["ISO001", "iso001"])
def test_a_check_is_explained_whatever_the_case(project, capsys, typed):
    assert main(["explain", typed]) == 0
    assert capsys.readouterr().out.startswith("ISO001: ")


def test_a_check_that_there_is_not_is_looked_up_in_the_list(project, capsys):
    assert main(["explain", "NOPE"]) == 4
    assert "see `pytest-readiness list`" in capsys.readouterr().err


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"pytest-readiness {version('pytest-readiness')}\n"
