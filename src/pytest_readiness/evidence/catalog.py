"""What the database's own catalog says: relations, keys, policies and who may read what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TABLE_KINDS = frozenset({"table", "partitioned table"})

_CALL = re.compile(r"[a-z_]\w*\((?!\d)", re.IGNORECASE)
"""A call in a default, and not the length of a type."""

_TEXTS = frozenset({"text", "citext", "name", "character varying", "character", "bpchar"})


def is_text(type_: str) -> bool:
    """Whether a type, as ``format_type`` spells it, holds words: no list of them, and no enum."""
    return type_.split("(", maxsplit=1)[0] in _TEXTS


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a statement can name.

    Attributes:
        quoted: The name as it stands in a statement.
        type: As ``format_type`` spells it, domains resolved to their base type.
        kind: ``b`` base, ``e`` enum, ``c`` composite, ``r`` range, ``m`` multirange.
        writable: False for generated columns and identities that refuse a value.
        generated: Whether the server computes it, so that not even OVERRIDING sets it.
        labels: Of an enum, in order.
        identity: Whether the server draws it from a sequence of its own.
        comment: What its author says of it.
    """

    name: str
    quoted: str
    type: str
    kind: str
    not_null: bool
    default: str
    writable: bool
    labels: tuple[str, ...] = ()
    generated: bool = False
    identity: bool = False
    comment: str = ""

    @property
    def is_text(self) -> bool:
        """Whether any word can stand in it."""
        return self.kind == "b" and is_text(self.type)

    @property
    def is_made(self) -> bool:
        """Whether the server makes its value: as an identity, or by what its default calls."""
        return self.identity or bool(_CALL.search(self.default))

    @property
    def dated(self) -> bool:
        """Whether it holds a date, alone or with a time, and no range or list of them."""
        return self.type == "date" or (self.type.startswith("timestamp") and not self.type.endswith("[]"))


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from columns of one relation to columns of another.

    Attributes:
        on_delete: CASCADE, SET NULL or SET DEFAULT; empty where the delete is refused.
        on_update: The same of what becomes of it when the key of the other row is changed.
    """

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str = ""
    on_update: str = ""


@dataclass(frozen=True, slots=True)
class CheckConstraint:
    """A CHECK with the columns that it names and its text."""

    name: str
    columns: tuple[str, ...]
    definition: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A row-level security policy, as ``pg_policies`` shows it."""

    name: str
    command: str
    roles: tuple[str, ...]
    permissive: bool
    using: str
    check: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger with the function that it runs.

    Attributes:
        enabled: ``O``, ``A``, ``R`` or ``D``.
        events: Of INSERT, UPDATE, DELETE and TRUNCATE those that fire it.
    """

    name: str
    function: str
    body: str
    enabled: str
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Privileges:
    """What one role may do with a relation.

    Attributes:
        select: Columns that it may select.
        insert: Columns that it may insert into.
        update: Columns that it may update.
        others: Of delete, truncate, references and trigger those that it holds.
    """

    select: tuple[str, ...] = ()
    insert: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation outside the system schemas.

    Attributes:
        name: Schema-qualified, quoted where needed, so that it can stand in a statement.
        kind: table, partitioned table, view, materialized view, foreign table.
        parent: The relation that it is a partition or an inheritance child of; else empty.
        bounds: Which rows a partition takes, or any partition of it, as SQL; else empty.
        privileges: Of each client role that holds any.
        view: The query of a view; else empty.
        options: Storage parameters such as ``security_invoker=on``.
        rules: Definitions of its rewrite rules, its own query apart.
        unique: Columns of its keys and unique indexes, those in expressions too.
        exclusions: Columns of its EXCLUDE constraints, those in expressions too.
        forced: Whether its policies bind its owner as well.
        unlogged: Whether a crash of the server empties it.
        big: Whether it is a table that may hold more rows of the target's own than an attempt keeps.
        comment: What its author says of it.
    """

    schema: str
    table: str
    name: str
    kind: str
    owner: str
    rls: bool
    parent: str
    bounds: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    foreign_keys: tuple[ForeignKey, ...]
    checks: tuple[CheckConstraint, ...]
    policies: tuple[Policy, ...]
    triggers: tuple[Trigger, ...]
    privileges: dict[str, Privileges]
    view: str = ""
    options: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    exclusions: tuple[tuple[str, ...], ...] = ()
    forced: bool = False
    unlogged: bool = False
    big: bool = False
    comment: str = ""

    @property
    def exempt(self) -> str:
        """The owner, where there are policies and they do not bind it; else empty."""
        return self.owner if self.rls and self.policies and not self.forced else ""

    @property
    def readable(self) -> dict[str, tuple[str, ...]]:
        """Of each client role, the columns that it may select; absent when none."""
        return {role: held.select for role, held in self.privileges.items() if held.select}

    @property
    def all_keys(self) -> tuple[tuple[str, ...], ...]:
        """The columns of each key, the primary one first; that is empty where there is none."""
        return (self.primary_key, *self.unique)

    @property
    def single_keys(self) -> frozenset[str]:
        """The columns of which each is a key by itself."""
        return frozenset(columns[0] for columns in self.all_keys if len(columns) == 1)

    @property
    def link_columns(self) -> frozenset[str]:
        """The columns that say which row is meant: those of its primary key, and of its references."""
        referring = (name for key in self.foreign_keys for name in key.columns)
        return frozenset((*self.primary_key, *referring))

    @property
    def shown_by(self) -> tuple[Policy, ...]:
        """The policies by which clients that may select read; one without USING shows nothing."""
        roles = {"public", *self.readable}
        shown = (p for p in self.policies if p.command in {"SELECT", "ALL"} and p.using)
        return tuple(p for p in shown if roles & {*p.roles})

    def column(self, name: str) -> Column | None:
        """Return the column with this name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Argument:
    """An input of a function. ``type`` is the base type of what was declared, ``kind`` as for columns."""

    name: str
    type: str
    declared: str
    kind: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A function or procedure outside the system schemas.

    Attributes:
        name: Schema-qualified, quoted where needed.
        signature: The name with the types of its arguments, as ALTER FUNCTION takes it.
        returns: Type; empty for a procedure.
        definer: Whether it runs with its owner's rights.
        config: Settings in force while it runs, such as ``search_path=""``.
        defaults: How many of the last arguments may be left out.
        callers: Client roles that may execute it.
        leakproof: Whether it is declared to tell nothing of its arguments: it may run before policies.
        attached: Whether a trigger of any table runs it, of the platform's too.
        modes: Of all that a call names, in order: `i`, `b` or `v` for an argument, `o` for what comes out.
        columns: The types of the columns of what comes out, where the function declares them one by one.
    """

    schema: str
    name: str
    signature: str
    kind: str
    returns: str
    definer: bool
    owner: str
    volatility: str
    language: str
    config: tuple[str, ...]
    body: str
    defaults: int
    arguments: tuple[Argument, ...]
    callers: tuple[str, ...]
    leakproof: bool = False
    modes: tuple[str, ...] = ()
    attached: bool = False
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the server, with the roles that it is directly a member of.

    Attributes:
        replicates: Whether it may read the log of all that is written.
    """

    name: str
    login: bool
    superuser: bool
    bypasses: bool
    creates_roles: bool
    settings: tuple[str, ...]
    member_of: tuple[str, ...]
    replicates: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence, the relation that it numbers, and the client roles that may read or set it."""

    name: str
    relation: str
    readers: tuple[str, ...]
    setters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A relation in a publication; ``columns`` are those that leave the database."""

    publication: str
    relation: str
    filter: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CatalogEvidence:
    """What there is outside the system schemas, by name in order; compared by identity, as it is large.

    Attributes:
        clients: Roles that an end user's request runs as.
        readable_large_objects: Whether everybody may call ``lo_get``.
        guards_files: Whether there are policies on the files of the platform's storage.
        alike: By partitioned table, how many partitions are left out because they are guarded like others.
        read: The same as the server has it, where this one has calls written out; else absent.
    """

    relations: tuple[Relation, ...]
    server_version: int
    clients: tuple[str, ...] = ()
    functions: tuple[Function, ...] = ()
    roles: tuple[Role, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    published: tuple[Published, ...] = ()
    large_objects: bool = False
    readable_large_objects: bool = False
    guards_files: bool = False
    alike: dict[str, int] = field(default_factory=dict)
    read: CatalogEvidence | None = None
    _by_name: dict[str, Relation] = field(default_factory=dict, init=False, repr=False)
    _referring: dict[str, list[tuple[Relation, ForeignKey]]] = field(
        default_factory=dict, init=False, repr=False
    )
    _parts: dict[str, list[Relation]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update((relation.name, relation) for relation in self.relations)
        for relation in self.relations:
            if relation.parent:
                self._parts.setdefault(relation.parent, []).append(relation)
            for key in relation.foreign_keys:
                self._referring.setdefault(key.target, []).append((relation, key))

    @property
    def as_read(self) -> CatalogEvidence:
        """The same with the target's own words: what is planned, or written into a migration."""
        return self.read or self

    def relation(self, name: str) -> Relation | None:
        """Return the relation with this schema-qualified name."""
        return self._by_name.get(name)

    def referring(self, name: str) -> tuple[tuple[Relation, ForeignKey], ...]:
        """Return the relations that refer to this one, with the key by which they do."""
        return tuple(self._referring.get(name, ()))

    def parts(self, name: str) -> tuple[Relation, ...]:
        """Return the partitions and inheritance children of a relation."""
        return tuple(self._parts.get(name, ()))
