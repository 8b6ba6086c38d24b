"""What a reader of SQL says of migrations without running them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was remarked on.

    Attributes:
        file: Relative to the project.
        line: From 1, of what was applied of the file.
        rule: Name of the reader's rule.
        message: What it says.
        help: What it advises; empty without advice.
    """

    file: str
    line: int
    rule: str
    message: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class ReviewEvidence:
    """All remarks of one reader.

    Attributes:
        reader: Name and version.
        files: That were read.
        remarks: In the order of files and lines.
        absent: Why nothing was read; empty when something was.
    """

    reader: str = ""
    files: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    absent: str = ""
