"""Tells what somebody made of a public thing of another's, as her own: it has no reason to go with that.

A comment is put into a post, and whoever wrote the post reads it. A contract that was made from a template
is hidden from the template's author, and may be without any.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.meanings import family
from pytest_readiness.gather.attacks.states import publishing
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.sql.lexis import plain, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.judges.isolation.cascades import Hanging


_HERS = {ALICE.name, *(tenant.name for tenant in ALICE.tenants)}


class Originals:
    """Tells in which states of bob's row alice makes one of her own of it."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.forger = Forger(field)
        self.alice, self.bob = field.cast.user(ALICE), field.cast.user(BOB)

    def states(self, link: Hanging, row: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
        """Yield what a superuser does so that she reads bob's row; nothing where hers is not her own.

        Args:
            link: The rows that refer to his.
            row: Hers, as it refers to his.
        """
        original = self.field.catalog.relation(link.key.target)
        mine = self.field.population.row(link.key.target, BOB.name)
        labels = self.field.labels.of(link.child.name, dict(row))
        if original is None or mine is None or not labels <= _HERS or not self._is_her_work(link):
            return
        for before in ((), *(s.statements for s in publishing(self.field, original, mine))):
            if self._is_shown(original, mine, before) and self._is_made(link, mine, before):
                yield before

    def is_used(self, link: Hanging) -> bool:
        """Whether she reads bob's row as it is, and lets one of hers refer to it."""
        original = self.field.catalog.relation(link.key.target)
        mine = self.field.population.row(link.key.target, BOB.name)
        if original is None or mine is None:
            return False
        return self._is_shown(original, mine, ()) and self._is_made(link, mine, ())

    def is_seen(self, link: Hanging) -> bool:
        """Whether she reads bob's row as it is."""
        original = self.field.catalog.relation(link.key.target)
        mine = self.field.population.row(link.key.target, BOB.name)
        return original is not None and mine is not None and self._is_shown(original, mine, ())

    def _is_her_work(self, link: Hanging) -> bool:
        """Whether it says something by itself, which it must, and hangs on nothing else.

        What hangs on one of several, or has to hang on something, is put there. A text says something by
        itself; a number, which may be a mark for the other row, where it is told that there need be none.
        """
        child, keys = link.child, self.field.key_columns(link.child)
        checked = {name for check in child.checks for name in check.columns}
        several = [
            key for key in child.foreign_keys if key.on_delete == "CASCADE" and _is_free(child, key.columns)
        ]
        required = [
            c
            for c in child.columns
            if c.not_null and c.writable and not c.default and not c.identity and c.name not in keys
        ]
        said = any(map(holds_text, required)) or (
            any(family(column.type) == "number" for column in required) and self._stands_alone(link)
        )
        return said and len(several) == 1 and not checked & {*link.key.columns}

    def _stands_alone(self, link: Hanging) -> bool:
        """Whether a policy speaks of rows that refer to nothing by this key, or others hang on them."""
        said = [plain(f"{one.using} {one.check}") for one in link.child.policies]
        asked = "|".join(re.escape(word(name)) for name in link.key.columns)
        without = re.compile(rf"(?<!\w)(?:{asked})\)*\s+is\s+null", re.IGNORECASE)
        below = [
            one for one, key in self.field.catalog.referring(link.child.name) if key.on_delete == "CASCADE"
        ]
        return any(map(without.search, said)) or any(one.name != link.child.name for one in below)

    def _is_shown(self, original: Relation, mine: SyntheticRow, before: tuple[str, ...]) -> bool:
        """Whether she reads his row."""
        if self.alice.role not in original.readable:
            return False
        (seen,) = self.field.runner.run([Attempt(self.alice, (read(original, mine.where),), before=before)])
        return bool(seen[1].rows)

    def _is_made(self, link: Hanging, mine: SyntheticRow, before: tuple[str, ...]) -> bool:
        """Whether she writes a row that refers to his."""
        held, model = link.child.privileges.get(self.alice.role), self.forger.model(link.child, ALICE)
        pairs = zip(link.key.columns, link.key.target_columns, strict=True)
        refers: Values = {name: mine.texts.get(other) for name, other in pairs}
        if held is None or model is None or not refers.keys() <= {*held.insert}:
            return False
        row = {name: value for name, value in (model | refers).items() if name in held.insert}
        made = self.field.runner.one(Attempt(self.alice, (insert_sql(link.child, row),), before=before))
        return not made.state


def _is_free(child: Relation, columns: tuple[str, ...]) -> bool:
    """Whether rows may refer to nothing by these columns."""
    return any(column and not column.not_null for column in map(child.column, columns))
