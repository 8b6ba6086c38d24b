"""What became of files in the platform's storage that belong to somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.evidence.attacks import Harm


class Bucket(Enum):
    """For whom the files of a bucket are to be read."""

    PRIVATE = "private"
    PUBLIC = "public"
    UNKNOWN = "no migration makes it"


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """All attempts on the files of one bucket.

    Attributes:
        bucket: Its key.
        kind: Whether its files are for everybody.
        tried: Number of attempts of others.
        hers: What the owner of a file may do with it: read, replace, delete, upload.
        harms: What others did with it, one for each kind.
        error: What the policies raise for the owner; empty when they work.
        policies: Verb and name of those that mention the bucket, or none.
    """

    bucket: str
    kind: Bucket
    tried: int
    hers: tuple[str, ...] = ()
    harms: tuple[Harm, ...] = ()
    error: str = ""
    policies: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StorageEvidence:
    """The attempts on all buckets.

    Attributes:
        absent: Why there are no files to judge; empty when there are.
        undeclared: Why no actor could be impersonated; empty when they could.
    """

    buckets: tuple[BucketAccess, ...]
    undeclared: str = ""
    absent: str = ""
