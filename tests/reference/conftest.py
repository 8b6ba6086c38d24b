"""A target for each mutant."""

import pytest

from mutants import judge_of


@pytest.fixture(scope="session")
def judge(server, tmp_path_factory):
    """Judge the reference system, with a mutant as its last migration."""
    return judge_of(server, tmp_path_factory.mktemp("reference"))
