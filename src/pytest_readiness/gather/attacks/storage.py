"""Attacks files in the platform's storage: read, replaced, deleted, published, put into another's folder."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.evidence.storage import Bucket, BucketAccess, StorageEvidence
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt, Runner, install, watch
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.states import likenesses
from pytest_readiness.gather.synthesis.values import canary
from pytest_readiness.judges.sql.lexis import strings
from pytest_readiness.target.quoting import literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.target.identities import Identity

_POLICIES = """
select polname, polcmd, concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
from pg_policy where polrelid = 'storage.objects'::regclass order by polname
"""
_COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE", "*": "ALL"}
_BUCKET = re.compile(
    r"bucket_id\)?(?:::text)?\s*=\s*'((?:[^']|'')+)'|bucket_id\)?(?:::text)? = ANY \(\(?ARRAY\[([^\]]*)\]"
)
_NEUTRAL = "readiness"
_FORGED = "-forged"
_KEPT = "-kept"
"""Ends the name of a file that has no owner: only its folder may say whose it is."""

_WATCHED = ("storage.objects t where t.name like '%canary-%'", "to_jsonb(t.*)::text")
_MOST = 4
"""Folders that policies name and that files are put in."""


@gatherer(strength=Strength.ATTACKED)
def storage(
    target: Target, catalog: CatalogEvidence, owners: Owners, population: Population
) -> StorageEvidence:
    """Put files of alice and bob into each bucket, and let others at hers; every attempt is undone."""
    if "storage" not in target.profile.platform_schemas:
        return StorageEvidence((), absent="the platform keeps no files")
    if not catalog.guards_files:
        whole = target.built.migrations.whole
        return StorageEvidence((), absent="no policy lets a client at any file" if whole else "")
    with Field(target, catalog, owners, population) as field:
        return StorageEvidence(tuple(_Keeper(field).all()))


@dataclass(frozen=True, slots=True)
class _Policy:
    name: str
    command: str
    text: str


@dataclass(frozen=True, slots=True)
class _Try:
    """What an attempt is for."""

    bucket: str
    kind: str


class _Keeper:
    """Keeps files of two people in a copy of the populated target."""

    def __init__(self, field: Field) -> None:
        self.field = field
        # Files are committed, so that the copy is of its own.
        self.connection = field.target.database(like=field.population.database)
        rows = self.connection.execute(_POLICIES).fetchall()
        self.policies = [_Policy(name, _COMMANDS[command], text) for name, command, text in rows]
        self._by_file: set[str] = set()

    def all(self) -> Iterator[BucketAccess]:
        """Attack bucket by bucket."""
        for bucket in self._buckets():
            self._store(bucket)
        self.connection.execute("drop schema readiness_attempts, readiness_tripwire cascade")
        install(self.connection)
        self.runner = Runner(self.connection)
        for bucket in self._buckets():
            self._rename(bucket)
        # What is watched is what lies there from now on.
        watch(self.connection, {"storage.objects": _WATCHED})
        self.runner = Runner(self.connection)
        for bucket, kind in self._buckets().items():
            yield self._attacked(bucket, kind)

    @cached_property
    def _made(self) -> dict[str, Bucket]:
        """The buckets that migrations made."""
        rows = self.connection.execute("select id, public from storage.buckets").fetchall()
        return {key: Bucket.PUBLIC if public else Bucket.PRIVATE for key, public in rows}

    def _buckets(self) -> dict[str, Bucket]:
        """Return all buckets that there are, that policies name, and one that nothing names."""
        named = dict.fromkeys(sorted({b for p in self.policies for b in _named(p.text)}), Bucket.UNKNOWN)
        return {_NEUTRAL: Bucket.PRIVATE} | named | self._made

    def _store(self, bucket: str) -> None:
        run = self.connection.execute
        run("insert into storage.buckets (id, name) values (%s, %s) on conflict do nothing", (bucket, bucket))
        for person in (ALICE, BOB):
            for name in self._names(bucket, person):
                # A trigger may refuse a path; others may be taken.
                with contextlib.suppress(psycopg.Error):
                    run(_insert(bucket, name, person).encode())
                    run(_insert(bucket, f"{name}{_KEPT}", None).encode())

    def _rename(self, bucket: str) -> None:
        """Name files after whom they belong to, where a policy cannot read the names that they have.

        One that takes the name for a key raises at any other, which no application would give.
        """
        look = f"{QUERY}select name from storage.objects where bucket_id = {literal(bucket)}"
        read = self.runner.one(Attempt(self.field.cast.user(ALICE), (look,)))
        if read.state.startswith("22") and "canary-" in read.message:
            self._by_file.add(bucket)
            self.connection.execute("delete from storage.objects where bucket_id = %s", (bucket,))
            self._store(bucket)

    def _names(self, bucket: str, person: Person) -> list[str]:
        """Return paths that may say whose a file is: by the user's folder, the tenant's, one in another."""
        file = canary(self.field.target.seed, bucket, person.name)
        tenant = str(self.field.cast.tenant_key(person.tenant)) if person.tenant else ""
        if bucket in self._by_file:
            return [f"{key}.{file}" for key in (person.uuid, tenant) if key]
        folders = [person.uuid, tenant, f"{tenant}/{person.uuid}"]
        folders += [f"{word}/{person.uuid}" for word in self._words(bucket)]
        folders += [self._text(place, person) or "" for place in self._keys(bucket)]
        return [f"{folder}/{file}" for folder in folders if folder]

    def _words(self, bucket: str) -> list[str]:
        said = {text for policy in self._about(bucket) for text in strings(policy.text)}
        plain = (text for text in sorted(said) if re.fullmatch(r"[a-z][\w-]{1,30}", text))
        return [text for text in plain if text not in self._buckets()][:_MOST]

    def _keys(self, bucket: str) -> list[tuple[str, str]]:
        """Return relation and column of keys under which files may lie: of a project, a thread, a case."""
        known = {ALICE.uuid, *(str(self.field.cast.tenant_key(t)) for t in ALICE.tenants)}
        keys = (
            (name, key)
            for name in sorted(self._deciding(bucket))
            if (relation := self.field.catalog.relation(name))
            for key in relation.primary_key
        )
        hers = {p: text for p in keys if (text := self._text(p, ALICE)) not in known}
        both = {
            text: p for p, text in reversed(hers.items()) if text and self._text(p, BOB) not in {None, text}
        }
        return sorted(both.values())[:_MOST]

    def _text(self, place: tuple[str, str], person: Person) -> str | None:
        row = self.field.population.row(place[0], person.name)
        return row.texts.get(place[1]) if row else None

    def _deciding(self, bucket: str) -> frozenset[str]:
        """Return the relations whose rows decide who gets at files."""
        return self.field.texts.staged(policy.text for policy in self._about(bucket))

    def _alike(self, bucket: str) -> Iterator[Attempt]:
        """Yield bob's attempts while rows of his look like alice's to whoever compares carelessly."""
        bob = self.field.cast.user(BOB)
        for state in likenesses(self.field, self._deciding(bucket)):
            actor = replace(bob, name=f"{bob.name}, given {state.said},")
            for attempt in self._attempts(actor, BOB, bucket, []):
                yield replace(attempt, before=state.statements)

    def _about(self, bucket: str) -> list[_Policy]:
        """Return the policies that mention a bucket, and those that mention none."""
        return [p for p in self.policies if bucket in (named := _named(p.text)) or not named]

    def _attacked(self, bucket: str, kind: Bucket) -> BucketAccess:
        cast = self.field.cast
        others: list[tuple[Identity, Person | None]] = [(cast.user(BOB), BOB)]
        others += [(nobody, None) for nobody in cast.nobody()]
        hers, folders, error = self._owners_own(cast.user(ALICE), bucket)
        attempts = [a for actor, person in others for a in self._attempts(actor, person, bucket, folders)]
        attempts += self._alike(bucket)
        harms: dict[str, Harm] = {}
        for attempt, outcome in self.runner.run(attempts):
            reached = [
                name for name in _names_in(attempt.about, outcome) if self._is_hers(name, attempt.about)
            ]
            if reached and not self._meant(attempt.about, kind):
                harms.setdefault(attempt.about.kind, self._harm(attempt, bucket, reached[0]))
        named = tuple((policy.command, policy.name) for policy in self._about(bucket))
        return BucketAccess(bucket, kind, len(attempts), hers, tuple(harms.values()), error, named)

    def _owners_own(self, alice: Identity, bucket: str) -> tuple[tuple[str, ...], list[str], str]:
        """Return what alice may do with files, the paths whose folder alone makes them hers, and an error.

        A folder says whose a file is if she reaches one without owner in hers, and none in bob's.
        """
        done: dict[str, None] = {}
        names: set[str] = set()
        error = ""
        for attempt, outcome in self.runner.run(self._attempts(alice, ALICE, bucket, [], everything=True)):
            error = error or ("" if outcome.state in {"", REFUSED} else f"{outcome.state} {outcome.message}")
            reached = _names_in(attempt.about, outcome)
            done |= {attempt.about.kind: None} if reached else {}
            names |= {*reached}
        pairs = zip(self._names(bucket, ALICE), self._names(bucket, BOB), strict=True)
        folders = [mine for mine, his in pairs if f"{mine}{_KEPT}" in names and f"{his}{_KEPT}" not in names]
        return tuple(done), folders, error

    def _attempts(
        self,
        actor: Identity,
        person: Person | None,
        bucket: str,
        folders: list[str],
        *,
        everything: bool = False,
    ) -> Iterator[Attempt]:
        """Yield what the storage's API does for a caller: it names the file, so SELECT policies take part.

        Args:
            actor: Who acts.
            person: Whose key the actor has.
            bucket: In which.
            folders: Paths in which a file of somebody else's would be taken for alice's.
            everything: Whether to act on all files instead of alice's.
        """
        here = f"where bucket_id = {literal(bucket)}"
        mark = canary(self.field.target.seed, bucket, ALICE.name)
        # Without a condition, policies for other verbs take no part.
        named = "" if everything else f"{here} and name like '%{mark}'"
        steps = {
            "read": f"{QUERY}select name from storage.objects {here}",
            "altered": f"update storage.objects set metadata = '{{}}' {named}",
            "destroyed": f"delete from storage.objects {named}",
        }
        for kind, step in steps.items():
            yield Attempt(actor, (step,), ("storage.objects",), _Try(bucket, kind))
        if not everything:
            publish = f"update storage.buckets set public = true where id = {literal(bucket)}"
            yield Attempt(actor, (publish,), (), _Try(bucket, "published"))
        for name in folders:
            step = _insert(bucket, f"{name}{_FORGED}", person)
            yield Attempt(actor, (step,), ("storage.objects",), _Try(bucket, "forged"))

    def _is_hers(self, name: str, about: _Try) -> bool:
        mark = canary(self.field.target.seed, about.bucket, ALICE.name)
        return about.kind == "published" or name.endswith((mark, f"{mark}{_FORGED}"))

    def _meant(self, about: _Try, kind: Bucket) -> bool:
        """Whether everybody may read it: the bucket is public, or settings say so."""
        declared = self.field.target.settings.isolation.world_readable
        open_ = kind is Bucket.PUBLIC or any(fnmatchcase(subject(about.bucket), one) for one in declared)
        return about.kind == "read" and open_

    def _harm(self, attempt: Attempt, bucket: str, name: str) -> Harm:
        make = f"insert into storage.buckets (id, name) values ({literal(bucket)}, {literal(bucket)})"
        hers = (_insert(bucket, one, ALICE) for one in self._names(bucket, ALICE))
        steps = (step.lstrip(QUERY) for step in attempt.steps)
        deciding = sorted(self._deciding(bucket))
        rows = self.field.setup(deciding[0], deciding) if deciding else ()
        lines = [*(row.rstrip(";") for row in rows), f"{make} on conflict do nothing", *hers]
        lines += [*attempt.before, attempt.actor.script().rstrip(";"), *steps]
        lines += ["reset session authorization", "select name, metadata from storage.objects"]
        script = ";\n".join(["begin", *lines, "rollback;"])
        return Harm(attempt.actor.name, attempt.about.kind, subject(bucket), ALICE.name, f"`{name}`", script)


def _names_in(about: _Try, outcome: Outcome) -> list[str]:
    """Return the names of files that an attempt reached or made."""
    if outcome.state:
        return []
    if about.kind == "read":
        return list(outcome.rows)
    if about.kind == "published":
        return [about.bucket] * outcome.touched
    change = outcome.changed.get("storage.objects")
    rows = (change.new if about.kind == "forged" else change.gone) if change else ()
    return [str(row["name"]) for row in rows if row["bucket_id"] == about.bucket]


def subject(bucket: str) -> str:
    """Return what a bucket is called in reports and settings."""
    return f"storage.objects:{bucket}"


def _named(text: str) -> set[str]:
    """Return the buckets that a policy names."""
    found: set[str] = set()
    for one, several in _BUCKET.findall(text):
        found |= {one} if one else {*strings(several)}
    return {name.replace("''", "'") for name in found}


def _insert(bucket: str, name: str, person: Person | None) -> str:
    owner = literal(person.uuid if person else None)
    return (
        "insert into storage.objects (bucket_id, name, owner, owner_id) "
        f"values ({literal(bucket)}, {literal(name)}, {owner}, {owner})"
    )
