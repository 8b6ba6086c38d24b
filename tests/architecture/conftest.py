"""The wheel as a stranger gets it: built and installed without network."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def stranger(tmp_path_factory, wheel):
    """Run programs of a virtual environment that has the wheel in it, and nothing of this checkout.

    What the wheel depends on is borrowed from here by naming the folder: a file in it that extends the
    path, such as that of an editable installation, is not read there.
    """
    home = tmp_path_factory.mktemp("venv") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    programs = home / "bin"
    (site,) = home.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n")
    pip = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True, env=_environment())

    def run(program, *arguments, cwd):
        return subprocess.run(
            [programs / program, *arguments],
            cwd=cwd,
            env=_environment(),
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def _environment():
    """What steers pytest and Python here is not for the stranger."""
    ours = ("PYTEST_", "PYTHON", "COV_")
    kept = ("PYTEST_READINESS_CACHE",)
    return {name: text for name, text in os.environ.items() if name in kept or not name.startswith(ours)}
