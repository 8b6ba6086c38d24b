"""The data directory that each run copies: made once for each tree of programs."""

from __future__ import annotations

import hashlib
import os
import pwd
from typing import TYPE_CHECKING

from pytest_readiness.providers.cache import publish
from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.providers.process import environment, run

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_readiness.providers.postgres.tree import Tree
    from pytest_readiness.providers.process import Account

SUPERUSER = "supabase_admin"
"""As on Supabase: the name `postgres` is left for the role that migrations run as."""

_FORMAT = 1

_INITDB = (
    *("--no-sync", "--username", SUPERUSER, "--auth", "trust"),
    *("--locale=C", "--encoding=UTF8", "--wal-segsize=1"),
)

# Before PostgreSQL 16 a role with CREATEROLE may grant itself every role that is no superuser, and
# these three run programs and reach files as the server's account.
_CREATEROLE_IS_BOUNDED = 16
_WITHOUT_FILES = """do $$
declare reaching name[] := '{pg_execute_server_program,pg_read_server_files,pg_write_server_files}';
begin
    delete from pg_authid where rolname = any (reaching);
    if (select count(*) from pg_authid where rolname = any (reaching)) <> 0 then
        raise exception 'the roles are still there';
    end if;
end $$;

"""


def template_of(tree: Tree, cache: Path, drop: Account | None) -> Path:
    """Return a data directory to copy, made if need be. It is readable by all and holds no secret.

    Raises:
        ProviderError: It cannot be made here.
    """
    recipe = hashlib.sha256(f"{_FORMAT} {_INITDB} {_WITHOUT_FILES}".encode()).hexdigest()[:8]
    name = f"{tree.path.name}-cluster-{recipe}"
    return publish(cache, name, lambda partial: _make(tree, partial, drop)) / "data"


def _make(tree: Tree, into: Path, drop: Account | None) -> None:
    _require_a_name()
    if drop:
        os.chown(into, drop.uid, drop.gid)
    data = into / "data"
    _run(tree, ["initdb", *_INITDB, "-D", str(data)], drop)
    if tree.major < _CREATEROLE_IS_BOUNDED:
        options = ["-c", "exit_on_error=on", "-c", "allow_system_table_mods=on"]
        _run(
            tree, ["postgres", "--single", "-j", "-D", str(data), *options, "template1"], drop, _WITHOUT_FILES
        )


def _require_a_name() -> None:
    """Initdb insists on one; the server itself does not."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise ProviderError(
            "making a data directory",
            f"uid {os.geteuid()} has no entry in the system's list of users, and initdb demands one",
            "add an entry, or fill the directory that PYTEST_READINESS_CACHE names as a user that "
            "has one (a run does it), or give a server",
        ) from None


def _run(tree: Tree, command: list[str], drop: Account | None, standard_input: str = "") -> None:
    program, *arguments = command
    env = environment(tree.path, {"LD_LIBRARY_PATH": str(tree.path / "lib")})
    status, output = run(
        [tree.path / "bin" / program, *arguments], drop=drop, env=env, standard_input=standard_input
    )
    if status != 0:
        raise ProviderError(
            f"making a data directory with {program} {tree.version}",
            f"exit status {status}\n{output.strip()}",
            "see its output; or give a server",
        )
