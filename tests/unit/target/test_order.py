"""Files of the folders that tools keep."""

import pytest

from pytest_readiness.target.order import MissingFilesError, planned, sql_files

PLAN = """%syntax-version=1.0.0
%project=app

users 2026-01-01T00:00:00Z a <a@a.test> # users
# a remark
@v1 2026-01-01T00:00:00Z a <a@a.test>
tables/flips [users] 2026-01-02T00:00:00Z a <a@a.test> # flips
users [users@v1] 2026-01-03T00:00:00Z a <a@a.test> # again
"""


def names_in(root, *files, **how):
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("select 1")
    found = sql_files(root, ["db"], "migrations", by_name=False, **how)
    return [path.relative_to(root / "db").as_posix() for path in found]


def test_a_change_that_is_reworked_has_the_tag_in_its_name():
    assert planned(PLAN) == ["users@v1", "tables/flips", "users"]


def test_the_plan_tells_the_order(tmp_path):
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "sqitch.plan").write_text(PLAN)
    files = ["deploy/users@v1.sql", "deploy/users.sql", "deploy/tables/flips.sql"]
    found = ["deploy/users@v1.sql", "deploy/tables/flips.sql", "deploy/users.sql"]
    assert names_in(tmp_path, *(f"db/{name}" for name in files), "db/revert/users.sql") == found
    assert sql_files(tmp_path, ["db/deploy"], "migrations") == [tmp_path / "db" / name for name in found]
    (tmp_path / "db" / "deploy" / "users.sql").unlink()
    with pytest.raises(MissingFilesError, match=r"a change without its file .*users\.sql"):
        sql_files(tmp_path, ["db"], "migrations")


def test_a_folder_of_each_migration(tmp_path):
    files = ["db/2026_b/migration.sql", "db/2025_a/migration.sql", "db/2025_a/down.sql", "db/notes/x.sql"]
    assert names_in(tmp_path, *files) == ["2025_a/migration.sql", "2026_b/migration.sql"]


def test_numbers_come_as_numbers_but_where_the_tool_goes_by_names(tmp_path):
    assert names_in(tmp_path, "db/10_b.sql", "db/9_a.sql") == ["9_a.sql", "10_b.sql"]
    (tmp_path / "db" / "9_a.sql").write_text("-- migrate:up\nselect 1;")
    assert names_in(tmp_path) == ["10_b.sql", "9_a.sql"]
