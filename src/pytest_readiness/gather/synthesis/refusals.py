"""What the server's refusal of a row says about the values to try next."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import CheckConstraint
from pytest_readiness.gather.synthesis.values import alternatives, another, holds_text, small, value_for
from pytest_readiness.judges.sql.lexis import name_of, plain
from pytest_readiness.judges.sql.raising import raised_as, raised_over
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import psycopg

    from pytest_readiness.evidence.catalog import Column, Relation

REFERRED_TO = frozenset({"23503", "23001"})
"""A row stays since another refers to it; where the key says RESTRICT, PostgreSQL 18 has its own state."""

Values = dict[str, str | None]
PartsOf = Callable[[str], tuple[object, ...]]
"""Tells of each column what its value derives from."""

_ATTEMPTS = 120
"""How many combinations of values are tried against one CHECK."""

_DRAWS = 40
"""Values that are tried for a partition: with 16 of them, one in thirteen is left empty."""

_BEGINS = r"(?:=|>=) (?:ANY \(\(?ARRAY\[)?(?:'((?:[^']|'')*)'|(-?[\d.]+))"
"""What follows the name of a column where a partition begins."""

_SHORT = (20, 8, 3)
"""Lengths of texts that are tried where some text is too long for what it is written to."""

_KEY = re.compile(r"^Key \((.*?)\)=\(")
_TOO_BIG = {"22001", "22003", "54000"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused INSERT.

    Attributes:
        about: What refused: a constraint, a column, or a SQLSTATE; equal while nothing is gained.
        sqlstate: Five characters.
        text: For people.
        constraint: Name of a constraint of the relation itself; else empty.
        column: Name of a column of the relation itself; else empty.
        taken: The columns whose values somebody has, as the server's detail names them.
        elsewhere: Whether a trigger refuses, or what it writes: another row lacks something.
    """

    about: str
    sqlstate: str
    text: str
    constraint: str = ""
    column: str = ""
    taken: tuple[str, ...] = ()
    elsewhere: bool = False

    def gained_on(self, earlier: Refusal) -> bool:
        """Whether another part of the row refuses now; a value that is taken or malformed gains nothing."""
        taken = self.sqlstate == "23505" and bool(self.constraint)
        return self.about != earlier.about and not taken and not self.sqlstate.startswith("22")

    @classmethod
    def of(cls, relation: Relation, error: psycopg.Error) -> Refusal:
        """Read an error; a trigger may have failed on another table, which says nothing of this one."""
        diag = error.diag
        # A domain names its type alone, and a partition itself.
        lent = bool(diag.datatype_name or relation.bounds)
        known = lent and any(check.name == diag.constraint_name for check in relation.checks)
        own = known or (diag.schema_name, diag.table_name) == (relation.schema, relation.table)
        constraint = (diag.constraint_name or "") if own else ""
        column = (diag.column_name or "") if own else ""
        state = error.sqlstate or ""
        message = (diag.message_primary or str(error)).split("\n")[0]
        key = _KEY.match(plain(diag.message_detail or "")) if own else None
        taken = tuple(name_of(name.strip()) for name in key[1].split(",")) if key else ()
        about = f"{state} {constraint} {column} {raised_as(relation, message)}"
        elsewhere = state == "P0001" or (state == "23514" and not own)
        return cls(about, state, f"{state}: {message}", constraint, column, taken, elsewhere)


def repairs(relation: Relation, refusal: Refusal, parts_of: PartsOf) -> Iterator[Values]:
    """Yield changes to the values of a refused row that may make it valid."""
    if refusal.sqlstate == "23514" and refusal.constraint:
        check = next((c for c in relation.checks if c.name == refusal.constraint), None)
        yield from _for_check(relation, check, parts_of) if check else ()
    elif refusal.sqlstate == "23502" and (column := relation.column(refusal.column)):
        yield {column.name: value_for(column, *parts_of(column.name), column.name)}
    elif refusal.sqlstate == "23514" and relation.bounds and not refusal.constraint:
        names = tuple(column.name for column in relation.columns if column.quoted in relation.bounds)
        yield from _within(relation)
        yield from _for_check(relation, CheckConstraint("", names, relation.bounds), parts_of)
        yield from _drawn(relation, names, parts_of)
    elif refusal.sqlstate == "23503" and refusal.taken:
        yield from _without(relation, refusal.taken)
    elif not refusal.constraint and not refusal.column and refusal.sqlstate.startswith(("23", "P0")):
        yield from _for_triggers(relation, parts_of)
        yield from _complete(relation, parts_of)
    elif refusal.sqlstate in _TOO_BIG:
        for column in relation.columns:
            if column.writable and column.type.startswith(("numeric", "integer", "smallint", "bigint")):
                yield {column.name: "7"}


def _without(relation: Relation, names: tuple[str, ...]) -> Iterator[Values]:
    """Yield NULL for each column of a key that asks for nothing then: nobody's manager, no assignee."""
    for name in names:
        column = relation.column(name)
        if column and not column.not_null and column.writable:
            yield {name: None}


def not_taken(
    relation: Relation, refusal: Refusal, keys: Values, tried: Values, parts_of: PartsOf
) -> Iterator[Values]:
    """Yield other values for what somebody has: of two who share a thing, one says another day of it.

    Args:
        relation: Of the row.
        refusal: Of a key that is taken.
        keys: The columns that say whose the row is, and what it hangs on.
        tried: The row that was refused; what is not as its key has it says nothing of whose it is.
        parts_of: Tells what values derive from.
    """
    for name in refusal.taken if refusal.sqlstate == "23505" else ():
        column, said = relation.column(name), tried.get(name)
        if column and column.writable and (name not in keys or keys[name] != said):
            parts = (*parts_of(name), name, "not taken")
            drawn = small(*parts) if column.type == "smallint" else value_for(column, *parts)
            fixed = column.kind == "e" or column.type == "boolean" or column.dated
            formed = any(name in check.columns for check in relation.checks) and said
            alike = (another(column, said, *parts_of(name), name),) if formed and said else ()
            for value in alternatives(column, "") if fixed else (drawn, *alike):
                yield {name: value}


def shortened(
    relation: Relation, refusal: Refusal, keys: Collection[str], parts_of: PartsOf
) -> Iterator[Values]:
    """Yield shorter texts for one that is too long where a trigger writes it: for each column, then for all.

    Args:
        relation: Of the row.
        refusal: Which does not say of which column it is.
        keys: The columns that say whose the row is, and what it hangs on.
        parts_of: Tells what values derive from.
    """
    if refusal.sqlstate != "22001":
        return
    texts = [
        c for c in relation.columns if c.is_text and c.writable and not c.generated and c.name not in keys
    ]
    whole = {c.name: value_for(c, *parts_of(c.name), c.name) or "" for c in texts if not c.default}
    for length in _SHORT:
        cut: Values = {name: text[-length:] for name, text in whole.items() if len(text) > length}
        yield from ({name: text} for name, text in cut.items())
        if len(cut) > 1:
            yield dict(cut)


def _within(relation: Relation) -> Iterator[Values]:
    """Yield for each partition the values at which it begins, of all columns that bound it at once."""
    for bounds in relation.bounds.split(") or ("):
        found: Values = {}
        for column in relation.columns:
            begins = re.search(rf"(?<!\w){re.escape(column.quoted)} {_BEGINS}", bounds)
            if begins and column.writable:
                found[column.name] = (begins[1] or begins[2] or "").replace("''", "'")
        if found:
            yield found


def _drawn(relation: Relation, names: tuple[str, ...], parts_of: PartsOf) -> Iterator[Values]:
    """Yield one value after another: which of them a partition takes, only its hash tells."""
    references = {name for key in relation.foreign_keys for name in key.columns}
    columns = [c for name in names if name not in references and (c := relation.column(name)) and c.writable]
    for draw in range(_DRAWS) if columns else ():
        yield {
            column.name: value_for(column, *parts_of(column.name), column.name, draw) for column in columns
        }


def _for_check(relation: Relation, check: CheckConstraint, parts_of: PartsOf) -> Iterator[Values]:
    """Yield values for one column of a CHECK at a time, then for several, the likeliest together first."""
    columns = _behind(relation, check)
    wide = [
        alternatives(column, check.definition, value_for(column, *parts_of(column.name), column.name))
        for column in columns
    ]
    single = (((c.name, value),) for c, values in zip(columns, wide, strict=True) for value in values)
    short = [tuple(_named(relation, column)) for column in columns]
    places = sorted(itertools.product(*(range(len(values)) for values in short)), key=sum)[:_ATTEMPTS]
    several = (
        tuple((c.name, values[at]) for c, values, at in zip(columns, short, place, strict=True))
        for place in (places if len(columns) > 1 else ())
    )
    for combination in itertools.chain(itertools.islice(single, _ATTEMPTS), several):
        yield dict(combination)


def _for_triggers(relation: Relation, parts_of: PartsOf) -> Iterator[Values]:
    """Yield values for what triggers look at before they raise, as if a CHECK said the same."""
    for column, said in raised_over(relation):
        if column.writable and (holds_text(column) or not column.default):
            tried = alternatives(column, said, value_for(column, *parts_of(column.name), column.name))
            yield from ({column.name: value} for value in tried[:_ATTEMPTS])


def _behind(relation: Relation, check: CheckConstraint) -> list[Column]:
    """Return the columns that a CHECK looks at, and those that a generated one is made of."""
    names = dict.fromkeys(check.columns)
    for name in check.columns:
        column = relation.column(name)
        if column and column.generated:
            names |= dict.fromkeys(c.name for c in relation.columns if _says(column.default, c.quoted))
    return [column for name in names if (column := relation.column(name)) and column.writable]


def _says(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))


def _named(relation: Relation, column: Column) -> Iterator[str | None]:
    """Yield the few values that any CHECK names for a column, NULL first where it may be."""
    if not column.not_null:
        yield None
    if column.type == "boolean":
        yield from ("false", "true")
    about = [check.definition for check in relation.checks if column.name in check.columns]
    found = (value for text in about for value in alternatives(column, text)[:6])
    yield from dict.fromkeys(value for value in found if value is not None)


def _complete(relation: Relation, parts_of: PartsOf) -> Iterator[Values]:
    """Yield values after a refusal that names nothing: by a trigger, a domain, or partition bounds."""
    references = {name for key in relation.foreign_keys for name in key.columns}
    free = [c for c in relation.columns if c.writable and not c.default and c.name not in references]
    checked = {name for check in relation.checks for name in check.columns}
    optional = [column for column in free if not column.not_null and column.name not in checked]
    if optional:
        yield {column.name: value_for(column, *parts_of(column.name), column.name) for column in optional}
        numbers = [column for column in optional if column.type.startswith(("numeric", "int", "bigint"))]
        yield {column.name: "1" for column in numbers}
    for column in free:
        for value in alternatives(column, ""):
            yield {column.name: value}


def insert_sql(relation: Relation, values: Values) -> str:
    """Return the INSERT of a row, as a person could paste it."""
    if not values:
        return f"insert into {relation.name} default values"
    names = ", ".join(column.quoted for column in _columns(relation, values))
    literals = ", ".join(literal(values[column.name]) for column in _columns(relation, values))
    drawn = any(not column.writable for column in _columns(relation, values))
    overriding = "overriding system value " if drawn else ""
    return f"insert into {relation.name} ({names}) {overriding}values ({literals})"


def where(relation: Relation, keys: Mapping[str, str | None]) -> str:
    """Return the condition that all these columns have these values."""
    return " and ".join(
        f"{column.quoted} = {literal(keys[column.name])}" for column in _columns(relation, keys)
    )


def found_by(relation: Relation, said: Values) -> str:
    """Return the condition that finds a row again: by its key, or by all that it says."""
    keys = {name: said[name] for name in relation.primary_key}
    if not keys:
        plain = (c for c in relation.columns if c.type not in {"json", "xml", "point"})
        keys = {c.name: said[c.name] for c in plain if said[c.name] is not None}
    return where(relation, keys)


def _columns(relation: Relation, values: Mapping[str, str | None]) -> list[Column]:
    return [column for column in relation.columns if column.name in values]
