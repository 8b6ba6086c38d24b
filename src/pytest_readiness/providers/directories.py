"""Where things live: the directory of a running server, and the cache of what is unpacked once."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import tempfile
from pathlib import Path

from pytest_readiness.providers.errors import ProviderError

MIB = 1024 * 1024
CACHE_ROOM = 150 * MIB
"""A server unpacked, a template of its data directory, and both once more while they are made."""

_LONGEST = 80
"""Bytes; with the socket's own name below it stays under 104, the shortest limit of the systems."""

# The path stands in lists that libpq, the server and the dynamic loader split, each at characters
# of its own; what none of them treats specially is short to say.
_PLAIN = re.compile(r"[A-Za-z0-9_./+=~-]+")

# initdb passes the path of its own binaries to a shell, between double quotes.
_SHELL = re.compile(r'["$`\\\n]')


def run_directory(needed: int, uid: int | None) -> Path:
    """Return a fresh path for one server: short, private, on memory where there is room.

    It is not made here: whoever makes it must first see to its removal.

    Args:
        needed: Bytes that must be free.
        uid: The account that the server is dropped to, if it is dropped.

    Raises:
        ProviderError: There is no room anywhere; it says what was tried, with the free sizes.
    """
    refused: list[str] = []
    for origin, path in _runtime_candidates():
        reason = _unfit_to_run(path, needed, uid)
        if not reason:
            return path / f"readiness-{secrets.token_hex(4)}"
        refused.append(f"{origin} {path}: {reason}")
    raise ProviderError(
        "a directory for the server",
        "; ".join(refused),
        f"free {needed // MIB} MiB in one of them, or point TMPDIR at a directory that has them "
        "(a short path of letters, digits and ./_+=~-)",
    )


def cache(uid: int | None) -> Path:
    """Return the directory of what is kept between runs, made if need be.

    Args:
        uid: The account that the server is dropped to, if it is dropped: it must be able to read it.

    Raises:
        ProviderError: None of the candidates can be used.
    """
    given = os.environ.get("PYTEST_READINESS_CACHE", "")
    refused: list[str] = []
    for path in (Path(given).absolute(),) if given else _cache_candidates(uid):
        reason = _unfit_to_keep(path, uid)
        if not reason:
            return path
        refused.append(f"{path}: {reason}")
    raise ProviderError(
        "a directory for the unpacked server",
        "; ".join(refused),
        f"point PYTEST_READINESS_CACHE at a directory of yours with {CACHE_ROOM // MIB} MiB free, "
        "on a file system from which programs may run",
    )


def free(path: Path) -> int:
    """Return how many bytes an ordinary account may still write there."""
    return shutil.disk_usage(path).free


def _runtime_candidates() -> list[tuple[str, Path]]:
    candidates = {
        "shared memory": "/dev/shm",  # noqa: S108 - only a directory of our own in it, of mode 0700
        "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", ""),
        "the temporary directory": tempfile.gettempdir(),
        "the system's": "/tmp",  # noqa: S108 - the same
    }
    paths = ((origin, Path(path)) for origin, path in candidates.items())
    return [(origin, path) for origin, path in paths if path.is_absolute()]


def _unfit_to_run(path: Path, needed: int, uid: int | None) -> str:
    if not path.is_dir():
        return "no such directory"
    if not _PLAIN.fullmatch(str(path)):
        return "characters in its name that lists of sockets are split at"
    if len(os.fsencode(path / "readiness-00000000")) > _LONGEST:
        return "its name is too long for a socket"
    return _closed(path, uid) or _exposed(path) or _full(path, needed)


def _closed(path: Path, uid: int | None) -> str:
    if not os.access(path, os.W_OK | os.X_OK):
        return "not writable"
    return _unreachable(path, uid)


def _exposed(path: Path) -> str:
    mode = path.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        return "anybody may replace what lies in it (writable by all, no sticky bit)"
    return ""


def _full(path: Path, needed: int) -> str:
    room = free(path)
    return "" if room >= needed else f"{room // MIB} MiB free of {needed // MIB} needed"


def _unreachable(path: Path, uid: int | None) -> str:
    """Why the account cannot get there: each directory on the way must let it pass."""
    if uid is None:
        return ""
    for directory in (path, *path.parents):
        status = directory.stat()
        passes = stat.S_IXUSR if status.st_uid == uid else stat.S_IXOTH
        if not status.st_mode & passes:
            return f"the account that the server is dropped to may not enter {directory}"
    return ""


def _cache_candidates(uid: int | None) -> tuple[Path, ...]:
    own = Path(tempfile.gettempdir()) / f"pytest-readiness-{os.geteuid()}"
    if uid is not None:
        return Path("/var/cache/pytest-readiness"), own
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not home.is_absolute():
        # Path.home() raises where the account has no home at all.
        home = Path(os.path.expanduser("~/.cache"))  # noqa: PTH111 - this leaves the ~ in place
    return (home / "pytest-readiness", own) if home.is_absolute() else (own,)


def _unfit_to_keep(path: Path, uid: int | None) -> str:
    if _SHELL.search(str(path)):
        return "initdb would pass its name to a shell, which a quote, $, ` or \\ in it would confuse"
    try:
        if not path.is_dir():
            path.mkdir(parents=True)
            path.chmod(0o755)  # whatever the umask: another account runs the server from it
        filled = any(path.iterdir())
    except OSError as error:
        return error.strerror or str(error)
    return _foreign(path) or _unreachable(path, uid) or ("" if filled else _unfillable(path))


def _unfillable(path: Path) -> str:
    return _full(path, CACHE_ROOM) if os.access(path, os.W_OK | os.X_OK) else "not writable"


def _foreign(path: Path) -> str:
    """Programs are run from it: nobody else may have put them there."""
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode):
        return "not a directory"
    if status.st_uid not in {0, os.geteuid()}:
        return f"it belongs to another account (uid {status.st_uid})"
    return "anybody may write to it" if status.st_mode & stat.S_IWOTH else ""
