"""Lints of extensions: where they stand, and how old they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.lints.points import Point

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.schema import SchemaEvidence


def shown_extensions(schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the extensions whose functions stand among what the API shows."""
    for extension in schema.extensions if schema.roles else ():
        if extension.schema in schema.exposed:
            moved = f'alter extension "{extension.name}" set schema extensions;'
            yield Point(
                extension.name,
                f"the extension {extension.name} stands in {extension.schema}, which the API shows: "
                "its functions can be called there, and its names are taken",
                f"select extnamespace::regnamespace from pg_extension where extname = '{extension.name}';",
                moved if extension.movable else f"create {extension.name} in another schema from the start.",
            )


def old_extensions(schema: SchemaEvidence) -> Iterator[Point]:
    """Yield the extensions of which the server has a newer version than the one that was installed."""
    for extension in schema.extensions:
        installed, default = _parts(extension.installed), _parts(extension.default)
        if installed and default and installed < default:
            yield Point(
                extension.name,
                f"{extension.name} is installed as {extension.installed}, and this server has "
                f"{extension.default}",
                f"select * from pg_available_extensions where name = '{extension.name}';",
                f'alter extension "{extension.name}" update;',
            )


def _parts(version: str) -> tuple[int, ...]:
    """Return a version as numbers that can be compared; nothing where it is spelt in another way."""
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()
