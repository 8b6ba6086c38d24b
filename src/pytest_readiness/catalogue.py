"""Which checks exist. They are found by reading files, without running or importing any of them.

The catalogue is the denominator of the score: what is in it and was not judged is unknown.
Built-in checks are found like a project's own: by their decorator, their header or their marker.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pytest_readiness.areas import AREAS
from pytest_readiness.strays import stray
from pytest_readiness.vocabulary import CheckSpec, Severity, Strength

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_readiness.settings import Settings

E = TypeVar("E", bound=Enum)

BUILT_IN = "readiness_checks"
_HEADER = re.compile(r"^--\s*(id|title|severity|needs|rationale|remediation)\s*:\s*(.+?)\s*$")
_BUILT_IN_KEYS = {"id", "title", "severity", "needs", "rationale", "remediation", "references"}
_PASSED_OVER = {"node_modules", "site-packages", "__pycache__"}


class CatalogueError(Exception):
    """The catalogue cannot be read: which file and line, what was found, what is expected."""


class Kind(Enum):
    """How a check is written."""

    FUNCTION = "function"
    QUERY = "query"
    MARKED = "marked"


@dataclass(frozen=True, slots=True)
class Declared:
    """A check as it stands in its file.

    Attributes:
        spec: Its metadata.
        area: The area that it counts in; ``project`` for a project's own.
        kind: A function, a query, or a marked test.
        path: The file; None for a marked test that is nowhere to be found.
        function: Name of the function; empty for a query.
        root: Folder that its module name is relative to.
        line: Line of the declaration.
    """

    spec: CheckSpec
    area: str
    kind: Kind
    path: Path | None
    function: str
    root: Path
    line: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All declared checks, by id."""

    checks: tuple[Declared, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the metadata of all checks."""
        text = "\n".join(f"{c.area} {c.spec!r}" for c in self.checks)
        return hashlib.sha256(text.encode()).hexdigest()


def read_catalogue(settings: Settings) -> Catalogue:
    """Read the built-in checks, the project's folders and the marked tests that settings name.

    Raises:
        CatalogueError: A folder is missing, a file cannot be parsed, metadata is not literal or
            incomplete, or two checks share an id.
    """
    found = [*_built_in(), *_project(settings), *_marked(settings)]
    by_id: dict[str, Declared] = {}
    for declared in found:
        other = by_id.setdefault(declared.spec.id, declared)
        if other is not declared:
            raise CatalogueError(
                f"two checks have the id {declared.spec.id}: {_place(other)} and {_place(declared)}; "
                "rename one of them"
            )
    return Catalogue(tuple(by_id[name] for name in sorted(by_id)))


def _place(declared: Declared) -> str:
    return f"{declared.path}:{declared.line}"


def _built_in() -> Iterator[Declared]:
    spec = importlib.util.find_spec(BUILT_IN)
    if spec is None or not spec.submodule_search_locations:
        raise CatalogueError(f"the package {BUILT_IN} is missing; reinstall pytest-readiness")
    folder = Path(next(iter(spec.submodule_search_locations)))
    for path in sorted(folder.glob("*/*.py")):
        for declared in _functions(path, path.parent.name, folder.parent):
            yield declared
            if declared.area not in AREAS:
                raise CatalogueError(
                    f"{path}: {declared.area!r} is no area; expected one of {', '.join(AREAS)}"
                )


def _project(settings: Settings) -> Iterator[Declared]:
    for name in settings.checks:
        folder = settings.root / name
        if not folder.is_dir():
            if settings.checks == type(settings)().checks:
                continue
            raise CatalogueError(f"{folder}: no such folder of checks (settings: checks)")
        if not folder.resolve().is_relative_to(settings.root.resolve()):
            raise CatalogueError(
                f"{folder}: checks are imported by their path below {settings.root}, and this folder lies "
                "outside it (settings: checks); move it there, or the settings to a folder above both"
            )
        for path in sorted(folder.rglob("*")):
            if path.suffix == ".sql":
                yield _query(path, settings.root)
            elif path.suffix == ".py" and not _PASSED_OVER & set(path.parts):
                yield from _functions(path, "project", settings.root)
                yield from _markers(path, settings.root)


def _marked(settings: Settings) -> Iterator[Declared]:
    """Tests elsewhere in the suite. One that is nowhere still counts, and stays unknown."""
    wanted = set(settings.marked)
    if not wanted:
        return
    folders = {settings.root / name for name in settings.checks}
    for path in sorted(settings.root.rglob("*.py")):
        hidden = any(part.startswith(".") for part in path.relative_to(settings.root).parts)
        if hidden or folders & set(path.parents) or _PASSED_OVER & set(path.parts):
            continue
        if ".readiness(" not in path.read_text(encoding="utf-8", errors="replace"):
            continue
        for declared in _markers(path, settings.root):
            if declared.spec.id in wanted:
                wanted.discard(declared.spec.id)
                yield declared
    for name in sorted(wanted):
        spec = CheckSpec(name, "a marked test that settings name", Severity.BLOCKER)
        yield Declared(spec, "project", Kind.MARKED, None, "", settings.root, 0)


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except SyntaxError as error:
        raise CatalogueError(f"{path}:{error.lineno}: not valid Python: {error.msg}") from None
    except ValueError as error:  # a NUL byte, before Python 3.12
        raise CatalogueError(f"{path}: not valid Python: {error}") from None


def _functions(path: Path, area: str, root: Path) -> Iterator[Declared]:
    tree = _parse(path)
    # Of what is built in a test says so: to look again would take two thirds of the reading.
    if area == "project" and (missed := stray(tree)):
        line, why = missed
        raise CatalogueError(
            f"{path}:{line}: a check would be left out of the score: {why}; files are read and not imported "
            "to find them, so write `from pytest_readiness import check`, and `@check(…)` on a function at "
            "the left margin"
        )
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for call in node.decorator_list:
            if isinstance(call, ast.Call) and _name(call.func) == "check":
                spec = _spec(_literals(call, path), f"{path}:{node.lineno}")
                _require_annotations(node, f"{path}:{node.lineno}")
                if area != "project":
                    _require_all(call, f"{path}:{node.lineno}")
                yield Declared(spec, area, Kind.FUNCTION, path, node.name, root, node.lineno)


def _require_annotations(node: ast.FunctionDef | ast.AsyncFunctionDef, place: str) -> None:
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    bare = [argument.arg for argument in every if argument.annotation is None]
    if bare:
        raise CatalogueError(
            f"{place}: argument {bare[0]!r} has no annotation; evidence is matched by type, never by name"
        )


def _markers(path: Path, root: Path) -> Iterator[Declared]:
    for node in ast.walk(_parse(path)):
        if not isinstance(node, ast.Call) or not _is_marker(node.func):
            continue
        spec = _spec(_literals(node, path), f"{path}:{node.lineno}")
        yield Declared(spec, "project", Kind.MARKED, path, "", root, node.lineno)


def _is_marker(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "readiness"
        and isinstance(function.value, ast.Attribute)
        and function.value.attr == "mark"
    )


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _query(path: Path, root: Path) -> Declared:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{path}: not UTF-8: {error.reason} at byte {error.start}") from None
    header = {m[1]: m[2] for line in lines if (m := _HEADER.match(line))}
    header.setdefault("needs", Strength.CATALOG.value)
    return Declared(_spec(header, str(path)), "project", Kind.QUERY, path, "", root, 1)


def _literals(call: ast.Call, path: Path) -> dict[str, object]:
    values: dict[str, object] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise CatalogueError(f"{path}:{call.lineno}: metadata must stand in the call, not behind **")
        if isinstance(keyword.value, ast.Attribute):
            values[keyword.arg] = keyword.value.attr.lower()
            continue
        try:
            values[keyword.arg] = ast.literal_eval(keyword.value)
        except ValueError:
            raise CatalogueError(
                f"{path}:{keyword.value.lineno}: {keyword.arg} must be a literal, so that the catalogue "
                "is known without running anything"
            ) from None
    return values


def _spec(values: Mapping[str, object], place: str) -> CheckSpec:
    for key in ("id", "title", "severity"):
        if not isinstance(values.get(key), str) or not values[key]:
            raise CatalogueError(f"{place}: a check needs {key}, as text")
    return CheckSpec(
        id=str(values["id"]),
        title=str(values["title"]),
        severity=_member(Severity, values["severity"], f"{place}: severity"),
        needs=_member(Strength, values.get("needs", "declared"), f"{place}: needs"),
        rationale=str(values.get("rationale", "")),
        remediation=str(values.get("remediation", "")),
        references=tuple(map(str, _iterable(values.get("references", ())))),
        costs=bool(values.get("costs", False)),
    )


def _iterable(value: object) -> Iterable[object]:
    return value if isinstance(value, tuple | list) else (value,)


def _member(kind: type[E], value: object, place: str) -> E:
    try:
        return kind(value)
    except ValueError:
        accepted = ", ".join(str(member.value) for member in kind)
        raise CatalogueError(f"{place}: expected one of {accepted}; found {value!r}") from None


def _require_all(call: ast.Call, place: str) -> None:
    missing = _BUILT_IN_KEYS - {str(keyword.arg) for keyword in call.keywords}
    if missing:
        raise CatalogueError(
            f"{place}: a built-in check states all of its metadata; missing: {sorted(missing)}"
        )
