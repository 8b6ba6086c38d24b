"""Servers live in short, private places with room; what is unpacked is nobody else's to change."""

import os
import stat
from pathlib import Path

import pytest

from pytest_readiness.providers import directories
from pytest_readiness.providers.directories import MIB, cache, run_directory
from pytest_readiness.providers.errors import ProviderError


@pytest.fixture
def candidates(monkeypatch):
    def only(*paths):
        named = [(f"place {n}", Path(path)) for n, path in enumerate(paths, 1)]
        monkeypatch.setattr(directories, "_runtime_candidates", lambda: named)

    return only


@pytest.fixture
def root():
    """A directory whose name is short and plain, and that any account may enter."""
    import tempfile

    with tempfile.TemporaryDirectory(dir="/tmp") as path:
        Path(path).chmod(0o755)
        yield Path(path)


def test_the_first_place_that_will_do_is_taken_and_not_made(candidates, root):
    candidates("/nowhere", root)
    found = run_directory(MIB, None)
    assert found.parent == root
    assert not found.exists()


def test_two_runs_never_share_one(candidates, root):
    candidates(root)
    assert run_directory(MIB, None) != run_directory(MIB, None)


@pytest.mark.parametrize("name", ["a b", "a;b", "a:b", 'a"b', "a'b", "a,b", "a\nb", "ü"])
def test_names_that_lists_are_split_at_are_passed_over(candidates, root, name):
    (root / name).mkdir()
    candidates(root / name, root)
    assert run_directory(MIB, None).parent == root


def test_why_each_place_will_not_do_is_said(candidates, root, monkeypatch):
    (root / "a;b").mkdir()
    (root / ("long" * 20)).mkdir()
    (root / "open").mkdir()
    (root / "open").chmod(0o777)
    candidates("/nowhere", root / "a;b", root / ("long" * 20), root / "open", root)
    monkeypatch.setattr(directories, "free", lambda _: 3 * MIB)
    with pytest.raises(ProviderError) as caught:
        run_directory(5 * MIB, None)
    for reason in (
        "place 1 /nowhere: no such directory",
        "characters in its name",
        "too long for a socket",
        "no sticky bit",
        "3 MiB free of 5 needed",
    ):
        assert reason in caught.value.found
    assert "TMPDIR" in caught.value.mend


def test_a_place_that_the_dropped_account_cannot_enter_is_passed_over(candidates, root):
    closed = root / "closed"
    closed.mkdir(mode=0o700)
    candidates(closed, root)
    assert run_directory(MIB, os.geteuid() + 4815).parent == root


def test_the_cache_is_made_readable_for_other_accounts(root, monkeypatch):
    monkeypatch.setenv("PYTEST_READINESS_CACHE", str(root / "of" / "mine"))
    assert cache(None) == root / "of" / "mine"
    assert stat.S_IMODE((root / "of" / "mine").stat().st_mode) == 0o755


@pytest.mark.parametrize("name", ["with space", "it's", "a;b", "ünïcode"])
def test_a_cache_may_have_an_unusual_name(root, monkeypatch, name):
    monkeypatch.setenv("PYTEST_READINESS_CACHE", str(root / name))
    assert cache(None) == root / name


@pytest.mark.parametrize("name", ['a"b', "a$b", "a`b", "a\\b"])
def test_a_cache_whose_name_a_shell_would_read_is_refused(root, monkeypatch, name):
    monkeypatch.setenv("PYTEST_READINESS_CACHE", str(root / name))
    with pytest.raises(ProviderError, match="shell"):
        cache(None)


@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_a_cache_that_anybody_may_write_to_is_refused(root, monkeypatch, mode):
    root.chmod(mode)
    monkeypatch.setenv("PYTEST_READINESS_CACHE", str(root))
    with pytest.raises(ProviderError, match="anybody may write to it"):
        cache(None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_cache_of_another_account_is_refused(root, monkeypatch):
    os.chown(root, 4815, 4815)
    monkeypatch.setenv("PYTEST_READINESS_CACHE", str(root))
    with pytest.raises(ProviderError, match="another account"):
        cache(None)


def test_an_empty_cache_needs_room_and_a_filled_one_does_not(root, monkeypatch):
    monkeypatch.setenv("PYTEST_READINESS_CACHE", str(root))
    monkeypatch.setattr(directories, "free", lambda _: 0)
    with pytest.raises(ProviderError, match="0 MiB free"):
        cache(None)
    (root / "entry").mkdir()
    assert cache(None) == root
