"""Stand-ins for extensions that a server lacks, so that migrations which create them apply.

They prove nothing: types take any text, and what a stand-in cannot do it refuses with 0A000 and a
message that begins with "stand-in:". Each carries the version ``stand-in`` and a comment that says
so, by which a database tells which of its extensions are real.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

_VERSION = "stand-in"

_OFFERED = ("vector", "bloom", "pg_prewarm", "pg_walinspect", "sslinfo", "dict_xsyn")
"""Real extensions that Supabase lets a role create which is no superuser, but their authors do not."""

_DOUBTFUL = frozenset({"uuid-ossp"})
"""Without proof that its library loads it is taken not to: builds ship it without what it needs."""


def install(tree: Path) -> tuple[str, ...]:
    """Put stand-ins into an unpacked server tree of our own, where the real extension does not work.

    Returns:
        Their names, in order; the same when it is repeated.

    Raises:
        FileNotFoundError: The tree is not a server's.
    """
    folder = _extensions(tree)
    replaced = []
    for control in _stand_ins():
        name = control.name.removesuffix(".control")
        if _works(folder, tree, name):
            continue
        script = control.name.replace(".control", f"--{_VERSION}.sql")
        for file in (control.name, script):
            _write(folder / file, _data().joinpath(file).read_text(encoding="utf-8"))
        replaced.append(name)
    for name in _OFFERED:
        _trust(folder / f"{name}.control")
    return tuple(replaced)


def _data() -> Traversable:
    return files("pytest_readiness.providers.postgres").joinpath("stand_ins")


def _stand_ins() -> list[Traversable]:
    found = [file for file in _data().iterdir() if file.name.endswith(".control")]
    return sorted(found, key=lambda file: file.name)


def _extensions(tree: Path) -> Path:
    for control in sorted(tree.glob("share/**/extension/plpgsql.control")):
        return control.parent
    raise FileNotFoundError(f"no share/…/extension/plpgsql.control below {tree}")


def _works(folder: Path, tree: Path, name: str) -> bool:
    """Tell whether the tree holds the real extension, with a library that loads."""
    control = folder / f"{name}.control"
    if not control.is_file():
        return False
    text = control.read_text(encoding="utf-8")
    if re.search(rf"^default_version\s*=\s*'{_VERSION}'", text, re.MULTILINE):
        return False
    module = re.search(r"^module_pathname\s*=\s*'(?:\$libdir/)?([^']+)'", text, re.MULTILINE)
    return module is None or _loads(tree, module[1], proven=name not in _DOUBTFUL)


def _loads(tree: Path, module: str, *, proven: bool) -> bool:
    """Tell whether a library finds all that it needs; `proven` is the answer where nobody can tell."""
    lister = shutil.which("ldd")
    libraries = [path for ending in ("so", "dylib") for path in tree.glob(f"lib/**/{module}.{ending}")]
    if not libraries:
        return False
    if lister is None:
        return proven
    listing = subprocess.run(
        [lister, libraries[0]],
        env={**os.environ, "LC_ALL": "C", "LD_LIBRARY_PATH": str(tree / "lib")},
        capture_output=True,
        text=True,
        check=False,
    )
    missing = re.search(r"=> not found|Error loading shared library", listing.stdout + listing.stderr)
    return listing.returncode == 0 and missing is None


def _trust(control: Path) -> None:
    if not control.is_file():
        return
    text = control.read_text(encoding="utf-8")
    if not re.search(r"^trusted\b", text, re.MULTILINE):
        _write(control, f"{text.rstrip()}\ntrusted = true\n")


def _write(file: Path, text: str) -> None:
    """Replace the name, not the content: an unpacked file may be linked to another tree's."""
    partial = file.with_name(f".{file.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.chmod(0o644)
    partial.replace(file)
