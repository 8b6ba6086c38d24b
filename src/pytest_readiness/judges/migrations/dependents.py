"""What a migration that failed would have made, which later files fail for want of it, and what lacks it.

Told by the texts of the files and by what the server said: nobody but the project can mend a file and see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pytest_readiness.judges.migrations.conditions import needed
from pytest_readiness.judges.sql.lexis import name_of, plain, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_readiness.evidence.migrations import Migration

_ANY = "*"
_SHOWN = 8
"""How much of a list is written out."""
_NAME = r"(?P<name>[\w$]+(?:\s*\.\s*[\w$]+)?)"
_OF = r"(?P<of>[\w$]+(?:\s*\.\s*[\w$]+)?)"
_IF = r"(?:if\s+not\s+exists\s+)?"
_MAKES = (
    re.compile(
        rf"\bcreate\s+(?:or\s+replace\s+)?(?:unlogged\s+|foreign\s+|materialized\s+|recursive\s+)?"
        rf"(?P<kind>table|view|sequence|type|domain|schema|function|procedure|role|user|extension)\s+{_IF}{_NAME}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\bcreate\s+(?:or\s+replace\s+)?(?:unique\s+)?(?:constraint\s+)?(?P<kind>policy|trigger|index)\s+"
        rf"(?:concurrently\s+)?{_IF}{_NAME}\b[^;]*?\bon\s+(?:only\s+)?{_OF}",
        re.IGNORECASE,
    ),
)
_ROUTINE = re.compile(rf"create\s+(?:or\s+replace\s+)?(?P<kind>function|procedure)\s+{_NAME}", re.IGNORECASE)
_ALTERS = re.compile(
    rf"\balter\s+(?:table|view|materialized\s+view)\s+(?:if\s+exists\s+)?(?:only\s+)?{_OF}\s+(?P<rest>[^;]*)",
    re.IGNORECASE,
)
_ADDS = re.compile(
    rf"\badd\s+(?:(?P<kind>constraint)\s+|(?:column\s+)?{_IF}"
    rf"(?!constraint\b|primary\b|unique\b|check\b|foreign\b|exclude\b|if\b|generated\b)){_NAME}",
    re.IGNORECASE,
)
_RENAMES = re.compile(rf"^rename\s+(?:(?:column\s+)?(?P<old>[\w$]+)\s+)?to\s+{_NAME}", re.IGNORECASE)
_LACKS = re.compile(
    r"\b(?P<kind>relation|table|view|index|sequence|column|function|procedure|type|schema|role|policy|trigger"
    r'|constraint|extension)\s+(?:"(?P<quoted>[^"]+)"|(?P<bare>[^\s("]+))'
    r'(?:\s+(?:of relation|for table)\s+"(?P<of>[^"]+)")?[^;"]*\bdoes not exist'
    r'|could not find a (?P<called>function|procedure) named "(?P<named>[^"]+)"'
)
_LIST = r"(?P<of>[^;]*?)"
_GUARDS = {
    "a change of row security": re.compile(
        rf"\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{_OF}[^;]*\brow\s+level\s+security",
        re.IGNORECASE,
    ),
    "a change of its owner": re.compile(
        rf"\balter\s+(?:table|view)\s+(?:if\s+exists\s+)?(?:only\s+)?{_OF}\s+owner\s+to\b", re.IGNORECASE
    ),
    "a change of its triggers": re.compile(
        rf"\bdrop\s+trigger\b[^;]*?\bon\s+{_OF}"
        rf"|\balter\s+table\s+(?:only\s+)?{_OF.replace('<of>', '<or_of>')}\s+(?:en|dis)able\s+trigger",
        re.IGNORECASE,
    ),
    "a change of a policy": re.compile(rf"\b(?:alter|drop)\s+policy\b[^;]*?\bon\s+{_OF}", re.IGNORECASE),
    "a change of rights": re.compile(
        rf"\b(?:grant|revoke)\b[^;]*?\bon\s+(?:table\s+)?"
        rf"(?!(?:function|procedure|routine|schema|sequence|type|all)\b){_LIST}\s+(?:to|from)\b",
        re.IGNORECASE,
    ),
}
"""What else decides who reads a table, and writes to it."""

_EVERYWHERE = re.compile(
    r"^(?:grant|revoke)\b.*\bon\s+all\s+tables\b|^(?:do|select|call)\b.*\b(?:(?:create|alter|drop)\s+policy|row\s+level\s+security)\b",
    re.IGNORECASE | re.DOTALL,
)
"""What may do so to any table."""

_ALIKE = {
    **dict.fromkeys(("table", "view", "sequence", "index"), "relation"),
    **dict.fromkeys(("procedure",), "function"),
    **dict.fromkeys(("domain",), "type"),
    **dict.fromkeys(("user",), "role"),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """What a statement makes, or lacks.

    Attributes:
        kind: In the words of SQL.
        name: With its schema, where that is told; without quotes.
        of: The table that it is part of; empty for what stands alone.
    """

    kind: str
    name: str
    of: str = ""

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.kind} {self.name} of {self.of}" if self.of else f"{self.kind} {self.name}"

    def meets(self, other: Thing) -> bool:
        """Whether one may be the other, where each may leave out its schema or its table."""
        alike = _ALIKE.get(self.kind, self.kind) == _ALIKE.get(other.kind, other.kind)
        return (
            alike
            and _meet(self.name, other.name)
            and (not (self.of and other.of) or _meet(self.of, other.of))
        )


@dataclass(frozen=True, slots=True)
class Want:
    """A file that fails for want of what an earlier one, which failed too, would have made.

    Attributes:
        file: The later one.
        cause: The earlier one, the nearest that would have made it.
        lacking: What is not there.
    """

    file: str
    cause: str
    lacking: Thing


def made(texts: Iterable[str]) -> tuple[Thing, ...]:
    """Return what statements make, each once."""
    return tuple(dict.fromkeys(thing for text in texts for thing in _made_by(text)))


@lru_cache(maxsize=2048)
def _made_by(text: str) -> tuple[Thing, ...]:
    return tuple(_made(plain(text)))


def lacking(message: str) -> Thing | None:
    """Return what the server says that there is not; None where it says something else."""
    found = _LACKS.search(message)
    if found is None:
        return None
    kind = found["kind"] or found["called"]
    name = found["quoted"] or found["bare"] or found["named"]
    of = found["of"] or ""
    if kind == "column" and not found["quoted"]:
        name = name.rpartition(".")[2]
    return Thing(kind, name, of)


def wants(migrations: Sequence[Migration]) -> tuple[Want, ...]:
    """Return each file that fails for want of an earlier one, in their order."""
    return tuple(want for place in range(len(migrations)) for want in _want(migrations, place))


def behind(wants: Iterable[Want], file: str) -> tuple[Want, ...]:
    """Return what fails for want of one file, directly or through others."""
    reached, found = {file}, []
    for want in wants:
        if want.cause in reached:
            reached.add(want.file)
            found.append(want)
    return tuple(found)


def nowhere(migrations: Sequence[Migration], migration: Migration) -> tuple[Thing, ...]:
    """Return what a file that failed would have made, and no file that was applied made."""
    there = _there(tuple(migrations))
    return tuple(thing for thing in made(migration.undone) if not any(thing.meets(other) for other in there))


@lru_cache(maxsize=4)
def unbuilt_things(migrations: tuple[Migration, ...]) -> tuple[Thing, ...]:
    """Return what files that failed would have made, and no file that was applied made."""
    return tuple(thing for one in migrations if one.failure for thing in nowhere(migrations, one))


@lru_cache(maxsize=4)
def _there(migrations: tuple[Migration, ...]) -> tuple[Thing, ...]:
    """Return what files made that were applied, or of which it could be had."""
    return made(text for one in migrations for text in _applied(one))


def _applied(migration: Migration) -> tuple[str, ...]:
    return (migration.sql,) if migration.failure is None and migration.reached else migration.kept


def incomplete(migration: Migration) -> tuple[str, ...]:
    """Return the relations that a file would have changed and did not make: they are there without it."""
    own = [thing for thing in made(migration.undone) if _ALIKE.get(thing.kind) == "relation"]
    named = (Thing("table", ".".join(words(name))) for text in migration.undone for name in needed(text))
    found = (table for table in named if not any(table.meets(thing) for thing in own))
    return tuple(dict.fromkeys(table.name for table in found))


@lru_cache(maxsize=4)
def lacks(migrations: tuple[Migration, ...]) -> tuple[Thing, ...]:
    """Return what tables lack of files that failed: policies and rights first, then columns and the like."""
    failed = [place for place, migration in enumerate(migrations) if migration.failure]
    guards = [thing for place in failed for thing in _unguarded(migrations, place)]
    parts = (thing for place in failed for thing in nowhere(migrations, migrations[place]) if thing.of)
    return tuple(
        dict.fromkeys((*guards, *(thing for thing in parts if thing.kind not in {"index", "policy"})))
    )


def lacking_to(relation: str, things: Iterable[Thing]) -> str:
    """Say what of this a relation lacks, whose name is spelt as SQL has it; empty where it lacks nothing."""
    name = ".".join(words(relation))
    return listed(f"{one.kind} {one.name}".strip() for one in things if one.of == _ANY or _meet(name, one.of))


def _unguarded(migrations: Sequence[Migration], place: int) -> Iterator[Thing]:
    """Yield what a failed file would have done to who reads and writes tables, and nothing after it did."""
    migration = migrations[place]
    policies = [thing for thing in made(migration.undone) if thing.kind == "policy"]
    later = made(text for one in migrations[place:] for text in _applied(one)) if policies else ()
    yield from (thing for thing in policies if not any(thing.meets(other) for other in later))
    if migration.command or not (migration.sql or migration.undone):
        yield Thing(f"what {migration.name} would have made", "", _ANY)
    for text in map(plain, migration.undone):
        if _EVERYWHERE.search(text):
            yield Thing("a change of many tables", "", _ANY)
        for kind, pattern in _GUARDS.items():
            found = (one["of"] or one.groupdict().get("or_of") or "" for one in pattern.finditer(text))
            tables = (table.strip() for one in found for table in one.split(","))
            yield from (Thing(kind, "", _spelt(table)) for table in tables if table)


def unbuilt(migrations: Sequence[Migration]) -> str:
    """Say which files did not apply, and what is missing for it; empty where all did."""
    failed = [migration for migration in migrations if migration.failure]
    missing = dict.fromkeys(str(thing) for one in failed for thing in nowhere(migrations, one))
    files = listed(migration.name for migration in failed)
    if not failed:
        return ""
    return f"{files} did not apply" + (f"; not there to be judged: {listed(missing)}" if missing else "")


def listed(items: Iterable[str]) -> str:
    """Return the first items of a list in one line, and how many more there are."""
    first = [*items]
    more = f" and {len(first) - _SHOWN} more" if len(first) > _SHOWN else ""
    return ", ".join(first[:_SHOWN]) + more


def _want(migrations: Sequence[Migration], place: int) -> Iterator[Want]:
    later = migrations[place]
    missing = lacking(later.failure.message) if later.failure else None
    for earlier in reversed(migrations[:place]):
        if missing and any(thing.meets(missing) for thing in made(earlier.undone)):
            yield Want(later.name, earlier.name, missing)
            return


def _made(text: str) -> Iterator[Thing]:
    if routine := _ROUTINE.match(text.lstrip()):  # what its body makes is made when it is called
        yield Thing(routine["kind"].lower(), _spelt(routine["name"]))
        return
    for pattern in _MAKES:
        for found in pattern.finditer(text):
            of = found.groupdict().get("of")
            yield Thing(found["kind"].lower(), _spelt(found["name"]), _spelt(of) if of else "")
    for found in _ALTERS.finditer(text):
        of = _spelt(found["of"])
        for added in _ADDS.finditer(found["rest"]):
            yield Thing((added["kind"] or "column").lower(), _spelt(added["name"]), of)
        if renamed := _RENAMES.match(found["rest"]):
            name = _spelt(renamed["name"])
            yield Thing("column", name, of) if renamed["old"] else Thing("table", _beside(of, name))


def _spelt(name: str) -> str:
    return ".".join(name_of(part.strip()) for part in name.split("."))


def _beside(of: str, name: str) -> str:
    schema = of.rpartition(".")[0]
    return f"{schema}.{name}" if schema else name


def _meet(one: str, other: str) -> bool:
    schemas, names = zip(
        *((name.rpartition(".")[0], name.rpartition(".")[2]) for name in (one, other)), strict=True
    )
    return len(set(names)) == 1 and ("" in schemas or len(set(schemas)) == 1)
