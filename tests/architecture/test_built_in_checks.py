"""A check is a file of its own, with a test and mutants; whatever else lies there was forgotten."""

import ast
import re
from pathlib import Path

import pytest

import readiness_checks
import readiness_reference
from pytest_readiness.areas import AREAS
from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.settings import Settings
from pytest_readiness.strays import stray

TESTS = Path(__file__).parents[1] / "checks"
FOLDER = Path(readiness_checks.__path__[0])
CHECKS = read_catalogue(Settings()).checks
KILLS = re.compile(r"^(?:--|#) kills: (\w+)$", re.MULTILINE)
MUTANTS = sorted(path for path in readiness_reference.MUTANTS.iterdir() if path.is_file())

each_check = pytest.mark.parametrize("declared", CHECKS, ids=lambda declared: declared.spec.id)


@each_check
def test_file_function_and_folder_say_the_same(declared):
    assert declared.path.stem == declared.function
    assert declared.path.parent == FOLDER / declared.area
    assert declared.area in AREAS


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.py")), ids=lambda path: path.stem)
def test_none_is_left_out_where_files_are_only_read(path):
    assert stray(ast.parse(path.read_bytes())) is None


@each_check
def test_it_has_a_test_of_its_own(declared):
    assert (TESTS / declared.area / f"test_{declared.function}.py").is_file()


@each_check
def test_it_has_a_mutant(declared):
    assert [path.name for path in MUTANTS if path.name.startswith(f"{declared.spec.id}_")]


@each_check
def test_its_file_says_its_id_and_guarantee_first(declared):
    first = declared.path.read_text().splitlines()[0]
    assert first.startswith(f'"""{declared.spec.id}: '), first


def test_every_file_among_the_checks_is_one_check():
    files = {path for path in FOLDER.rglob("*.py") if path.name != "__init__.py"}
    assert sorted(files) == sorted(declared.path for declared in CHECKS)


def test_every_test_of_a_check_has_its_check():
    tests = {(path.parent.name, path.stem.removeprefix("test_")) for path in TESTS.glob("*/test_*.py")}
    assert tests == {(declared.area, declared.function) for declared in CHECKS}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda path: path.stem)
def test_a_mutant_is_named_after_the_check_that_it_says_kills_it(mutant):
    (killer,) = KILLS.findall(mutant.read_text())
    assert mutant.name.startswith(f"{killer}_")
    assert killer in {declared.spec.id for declared in CHECKS}
