"""Settings are found from where the command is called, and a Supabase project needs none."""

import pytest

from pytest_readiness.settings import SettingsError, load


def supabase(folder, config=""):
    (folder / "supabase" / "migrations").mkdir(parents=True)
    (folder / "supabase" / "migrations" / "1_a.sql").write_text("select 1")
    (folder / "supabase" / "config.toml").write_text(config)
    return folder


def test_the_folder_of_the_call_comes_before_rootdir(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "project" / "readiness.toml").write_text("[gate]\nfail_under = 90")
    (tmp_path / "elsewhere" / "readiness.toml").write_text("[gate]\nfail_under = 0")
    assert load(tmp_path / "project", tmp_path / "elsewhere").gate.fail_under == 90


def test_a_subfolder_finds_the_settings_above_it(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.pytest-readiness]\nname = 'x'")
    (tmp_path / "a" / "b").mkdir(parents=True)
    settings = load(tmp_path / "a" / "b", tmp_path)
    assert (settings.name, settings.root) == ("x", tmp_path)


def test_a_project_is_found_by_a_link_and_below_a_folder_of_any_name(tmp_path):
    root = tmp_path / "migrations"
    supabase(root / "apps" / "web")
    assert load(root, root).migrations == ("apps/web/supabase/migrations",)
    elsewhere = tmp_path / "linked"
    (elsewhere / "supabase").mkdir(parents=True)
    (elsewhere / "supabase" / "migrations").symlink_to(root / "apps" / "web" / "supabase" / "migrations")
    assert load(elsewhere, elsewhere).migrations == ("supabase/migrations",)
    below = tmp_path / "below"
    (below / "apps").mkdir(parents=True)
    (below / "apps" / "api").symlink_to(elsewhere)
    (below / "apps" / "supabase").mkdir()
    (below / "apps" / "supabase" / "migrations").symlink_to(root / "apps" / "web" / "supabase" / "migrations")
    assert load(below, below).migrations == ("apps/supabase/migrations",)


def test_a_supabase_project_needs_no_settings(tmp_path):
    config = (
        'project_id = "p"\n[api]\nschemas = ["public", "storage", "app"]\n[db]\nmajor_version = 17\n'
        '[db.seed]\nsql_paths = ["./seeds/*.sql"]\n'
    )
    root = supabase(tmp_path, config)
    (root / "supabase" / "seeds").mkdir()
    (root / "supabase" / "seeds" / "a.sql").write_text("select 1")
    settings = load(root, root)
    assert settings.profile == "supabase"
    assert settings.migrations == ("supabase/migrations",)
    assert settings.seed == ("supabase/seeds/a.sql",)
    assert settings.postgres_version == 17
    assert settings.isolation.schemas == ("public", "app")
    assert settings.source is None


def test_a_monorepo_is_searched_and_two_projects_are_an_error(tmp_path):
    supabase(tmp_path / "apps" / "one")
    assert load(tmp_path, tmp_path).migrations == ("apps/one/supabase/migrations",)
    supabase(tmp_path / "apps" / "two")
    with pytest.raises(SettingsError, match="several Supabase projects") as raised:
        load(tmp_path, tmp_path)
    assert 'migrations = ["apps/one/supabase/migrations"]' in str(raised.value)


def test_installed_packages_are_not_searched(tmp_path):
    supabase(tmp_path / "node_modules" / "x")
    assert load(tmp_path, tmp_path).migrations == ()


def test_declared_migrations_of_a_supabase_folder_imply_the_profile(tmp_path):
    root = supabase(tmp_path)
    (root / "readiness.toml").write_text('migrations = ["supabase/migrations"]')
    assert load(root, root).profile == "supabase"


def test_the_postgres_profile_is_the_default_elsewhere(tmp_path):
    (tmp_path / "readiness.toml").write_text('migrations = ["db"]')
    assert load(tmp_path, tmp_path).profile == "postgres"


@pytest.mark.parametrize("text", ["name = ", "[tool.pytest-readiness]\nname = 1"])
def test_an_error_names_the_file(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"pyproject\.toml"):
        load(tmp_path, tmp_path)


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(SettingsError, match="no such settings file"):
        load(tmp_path, tmp_path, tmp_path / "nowhere.toml")


def test_a_supabase_folder_at_the_root_comes_before_those_of_examples(tmp_path):
    supabase(tmp_path)
    (tmp_path / "examples" / "one").mkdir(parents=True)
    supabase(tmp_path / "examples" / "one")
    assert load(tmp_path, tmp_path).migrations == ("supabase/migrations",)
