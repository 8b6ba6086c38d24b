"""A sound project for each test to make hostile."""

from textwrap import dedent

import pytest
from projects import SETTINGS, SOUND, Project


@pytest.fixture(scope="module")
def make_project(tmp_path_factory):
    """Make a sound project with these files in it; its decision is go."""

    def make(files=None, settings=""):
        project = Project(tmp_path_factory.mktemp("project"))
        # An ini file of its own keeps pytest from climbing to one above.
        base = {"pytest.ini": "[pytest]\n", "db/1_notes.sql": SOUND}
        project.write(base | (files or {}))
        (project.path / "readiness.toml").write_text(SETTINGS + dedent(settings))
        return project

    return make
