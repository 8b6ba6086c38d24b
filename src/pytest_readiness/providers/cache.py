"""What is unpacked once: entries that appear whole or not at all, whoever else wants them too."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness.providers.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def publish(cache: Path, name: str, make: Callable[[Path], None]) -> Path:
    """Return the entry of that name, made by one process while the others wait for it.

    Args:
        cache: The directory of all entries.
        name: A file name that determines the content.
        make: Fills the empty directory that it is given, which is then renamed.

    Raises:
        ProviderError: It cannot be written; or what `make` raises.
    """
    entry = cache / name
    if entry.is_dir():
        return entry
    try:
        with _alone(cache, name):
            if not entry.is_dir():
                _make(entry, make)
    except OSError as error:
        raise ProviderError(
            f"writing {entry}",
            str(error),
            "make room there, or point PYTEST_READINESS_CACHE at a directory that can be written",
        ) from error
    return entry


def content_digest(cache: Path, file: Path) -> str:
    """Return what identifies the file's content, in hexadecimal.

    Reading 30 MB takes longer than starting a server, so that the digest of a file that has not
    been touched since is remembered.
    """
    status = file.stat()
    touched = f"{file}\0{status.st_ino}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}"
    memory = cache / f"digest-{hashlib.sha256(os.fsencode(touched)).hexdigest()[:32]}"
    with suppress(FileNotFoundError):
        return memory.read_text()
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    with suppress(OSError):  # a cache that is filled and read-only still serves
        fresh = memory.with_name(f"{memory.name}.{secrets.token_hex(4)}")
        fresh.write_text(digest)
        fresh.rename(memory)
    return digest


def open_to_all(directory: Path) -> None:
    """Let every account read what is in there, and nobody but this one write it."""
    for folder, _, files in os.walk(directory):
        _hand_over(Path(folder), 0o755)
        for path in (Path(folder, name) for name in files):
            if not path.is_symlink():
                _hand_over(path, 0o755 if path.stat().st_mode & 0o100 else 0o644)


def _hand_over(path: Path, mode: int) -> None:
    os.chown(path, os.geteuid(), os.getegid(), follow_symlinks=False)
    path.chmod(mode)


@contextmanager
def _alone(cache: Path, name: str) -> Iterator[None]:
    with (cache / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(entry: Path, make: Callable[[Path], None]) -> None:
    for abandoned in entry.parent.glob(f"{entry.name}.partial-*"):
        shutil.rmtree(abandoned)  # of a process that was killed: the lock is ours
    partial = entry.with_name(f"{entry.name}.partial-{secrets.token_hex(4)}")
    try:
        partial.mkdir()
        make(partial)
        open_to_all(partial)
        partial.rename(entry)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)  # the reason to tell is the first one
        raise
