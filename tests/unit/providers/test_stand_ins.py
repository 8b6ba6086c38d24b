"""Stand-ins go where the real extension does not work, and nowhere else."""

import os
import re
from pathlib import Path

import pytest

from pytest_readiness.providers.postgres.stand_ins import install

DATA = Path(__file__).parents[3] / "src/pytest_readiness/providers/postgres/stand_ins"
NAMES = sorted(path.stem for path in DATA.glob("*.control"))
REAL = "comment = 'real'\ndefault_version = '1.1'\nmodule_pathname = '$libdir/{}'\n"


@pytest.fixture(params=["share/extension", "share/postgresql/extension"])
def tree(request, tmp_path):
    folder = tmp_path / "tree" / request.param
    folder.mkdir(parents=True)
    (folder / "plpgsql.control").write_text("comment = 'PL/pgSQL'\ntrusted = true\n")
    (tmp_path / "tree/lib").mkdir()
    return tmp_path / "tree"


def control(tree, name):
    return next(tree.glob("share/**/extension")) / f"{name}.control"


def put_real(tree, name):
    control(tree, name).write_text(REAL.format(name))
    (tree / f"lib/{name}.so").touch()


def lister(folder, monkeypatch, says):
    """Put an `ldd` of our own first on the path, or none at all."""
    programs = folder / "programs"
    programs.mkdir()
    if says:
        (programs / "ldd").write_text(f'#!/bin/sh\necho "{says}"\n')
        (programs / "ldd").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}" if says else str(programs))


def test_what_is_absent_is_put_in_and_a_second_time_changes_nothing(tree):
    assert list(install(tree)) == NAMES
    files = {path.name: path.read_bytes() for path in control(tree, "x").parent.iterdir()}
    assert {f"{name}--stand-in.sql" for name in NAMES} < set(files)
    assert list(install(tree)) == NAMES
    assert {path.name: path.read_bytes() for path in control(tree, "x").parent.iterdir()} == files


@pytest.mark.parametrize("name", ["uuid-ossp", "vector"])
@pytest.mark.parametrize(
    ("says", "kept"),
    [
        ("libc.so.6 => /lib/libc.so.6 (0x0)", {"uuid-ossp", "vector"}),
        ("libossp-uuid.so.16 => not found", set()),
        ("Error loading shared library libossp-uuid.so.16: No such file", set()),
        ("", {"vector"}),  # nobody can tell
    ],
    ids=["loads", "lacks a library", "lacks a library, musl", "no ldd"],
)
def test_a_real_extension_stays_if_its_library_loads(tree, tmp_path, monkeypatch, name, says, kept):
    put_real(tree, name)
    lister(tmp_path, monkeypatch, says)
    assert (name not in install(tree)) is (name in kept)
    assert ("real" in control(tree, name).read_text()) is (name in kept)


def test_a_control_file_without_its_library_is_replaced(tree):
    put_real(tree, "vector")
    (tree / "lib/vector.so").unlink()
    assert "vector" in install(tree)


def test_a_real_extension_in_sql_alone_stays(tree):
    control(tree, "pgjwt").write_text("comment = 'real'\ndefault_version = '0.2.0'\n")
    assert "pgjwt" not in install(tree)


def test_files_shared_with_another_tree_stay_as_they_are_there(tree, tmp_path, monkeypatch):
    put_real(tree, "vector")
    lister(tmp_path, monkeypatch, "libc.so.6 => /lib/libc.so.6 (0x0)")
    elsewhere = tmp_path / "vector.control"
    elsewhere.hardlink_to(control(tree, "vector"))
    install(tree)
    assert "trusted = true" in control(tree, "vector").read_text()
    assert elsewhere.read_text() == REAL.format("vector")


def test_what_is_no_server_tree_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"plpgsql\.control"):
        install(tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_each_says_that_it_is_one_and_needs_no_superuser(name):
    settings = dict(re.findall(r"^(\w+) = (.*)$", (DATA / f"{name}.control").read_text(), re.MULTILINE))
    assert settings["comment"] == "'stand-in: makes migrations apply, proves nothing'"
    assert settings["default_version"] == "'stand-in'"
    assert settings["trusted"] == "true"
    script = (DATA / f"{name}--stand-in.sql").read_text()
    assert "or replace" not in script, "it would take over what a migration put there, as the superuser"
    if settings["relocatable"] == "true":
        assert "@extschema@" not in script
