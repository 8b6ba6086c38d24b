"""What goes up is told from what goes down, in one file and in two."""

import pytest

from pytest_readiness.target.sections import down_file, is_down, sections, singly


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("-- migrate:up", "-- migrate:down"),
        ("-- +goose Up", "-- +goose Down"),
        ("-- +migrate Up", "-- +migrate Down"),
        ("-- Up Migration", "-- Down Migration"),
    ],
)
def test_markers_part_a_file_and_keep_its_lines(up, down):
    upward, downward = sections(f"{up}\ncreate table a ();\n{down}\ndrop table a;\n")
    assert upward.strip() == "create table a ();"
    assert downward.strip() == "drop table a;"
    assert upward.split("\n")[1] == "create table a ();"
    assert downward.split("\n")[3] == "drop table a;"


def test_the_line_of_tern_parts_a_file():
    line = "---- create above / drop below ----"
    upward, downward = sections(f"create table a ();\n{line}\ndrop table a;\n")
    assert upward.strip() == "create table a ();"
    assert downward.split("\n")[2] == "drop table a;"
    assert sections(f"create table a ();\n{line}\n-- nothing\n")[1] == ""


def test_a_way_back_in_comments_alone_is_none():
    assert sections("-- Up Migration\nselect 1;\n-- Down Migration\n-- drop table a;\n")[1] == ""


@pytest.mark.parametrize(
    "prose", ["-- down migration is left out\nselect 1", "-- up to here\nselect 1", "select 1"]
)
def test_prose_is_no_marker(prose):
    assert sections(prose) == (prose, "")


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("1_a.sql", "1_a.down.sql"),
        ("1_a.up.sql", "1_a.down.sql"),
        ("1_a.sql", "down/1_a.sql"),
        ("1/up.sql", "1/down.sql"),
        ("1/migration.sql", "1/down.sql"),
        ("1.do.a.do.sql", "1.do.a.undo.sql"),
        ("V1.0__a.sql", "U1__a.sql"),
        ("deploy/1/a.sql", "revert/1/a.sql"),
    ],
)
def test_the_file_that_takes_another_back(tmp_path, up, down):
    for name in (up, down):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("select 1")
    assert down_file(tmp_path / up) == tmp_path / down
    assert down_file(tmp_path / "2_b.sql") is None
    assert is_down(tmp_path / "1_a.down.sql")
    assert not is_down(tmp_path / up)


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("-- +goose NO TRANSACTION\n-- +goose Up\nselect 1", True),
        ("-- +migrate Up notransaction\nselect 1", True),
        ("-- atlas:txmode none\nselect 1", True),
        ("-- migrate:up transaction:false\nselect 1", False),
        ("-- +goose Up\nselect 1", False),
        ("-- there is no transaction\nselect 1", False),
    ],
)
def test_statements_that_are_sent_by_themselves(text, alone):
    assert singly(text) is alone
