"""Public names are what they are, whatever else was imported (docs/decisions/0005)."""

import pkgutil
import subprocess
import sys

import pytest

import pytest_readiness

RESOLVE = """
import importlib, pkgutil, sys
import pytest_readiness
if sys.argv[1] == "all":
    for module in pkgutil.walk_packages(pytest_readiness.__path__, "pytest_readiness."):
        importlib.import_module(module.name)
for name in pytest_readiness.__all__:
    value = getattr(pytest_readiness, name)
    assert not isinstance(value, type(sys)), f"{name} is a module"
    assert value.__name__ == name, (name, value)
"""


def test_no_public_name_is_the_name_of_a_submodule():
    submodules = {module.name for module in pkgutil.iter_modules(pytest_readiness.__path__)}
    assert submodules & set(pytest_readiness.__all__) == set()


def test_names_that_are_told_and_names_that_are_found_are_the_same():
    assert set(pytest_readiness._HOME) == set(pytest_readiness.__all__)


@pytest.mark.parametrize("imported", ["nothing", "all"])
def test_every_public_name_resolves(imported):
    done = subprocess.run(
        [sys.executable, "-c", RESOLVE, imported], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_any_other_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = pytest_readiness.nothing_of_the_kind
