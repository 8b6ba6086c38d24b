"""Replays the history on a database of its own, and tries each file on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pytest_readiness.evidence.migrations import OF_A_COMMAND, MigrationEvidence
from pytest_readiness.evidence.trials import ReversalEvidence, Skipped, Trial, TrialEvidence
from pytest_readiness.gather.trials.filling import Filling
from pytest_readiness.gather.trials.guards import POLICY, ROW_SECURITY, lost, rebuilt, replaced
from pytest_readiness.gather.trials.scratch import Scratch
from pytest_readiness.gather.trials.standing import stands_in
from pytest_readiness.gather.trials.state import rows_of, security_of
from pytest_readiness.gather.trials.trial import Attempted
from pytest_readiness.judges.migrations.guarded import meant
from pytest_readiness.judges.migrations.rights import lost_rights, remade
from pytest_readiness.judges.sql.statements import shortened
from pytest_readiness.target.migrations import apply_again, remember
from pytest_readiness.target.salvage import salvage
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.migrations import Migration
    from pytest_readiness.gather.trials.state import State
    from pytest_readiness.judges.migrations.rights import Rights
    from pytest_readiness.target.statements import Statement

_WORD = re.compile(r"\w+")

_LET_IN = """
select exists (select from pg_policy where polrelid = c.oid and polpermissive),
       array(select distinct a.grantee::regrole::text from aclexplode(c.relacl) a
             where a.grantee <> c.relowner and a.grantee <> 0),
       exists (select from aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
               where a.grantee <> c.relowner and not coalesce(r.rolbypassrls or r.rolsuper, false))
from pg_class c where c.oid = to_regclass(%s) and c.relrowsecurity
"""
_GRANTED = """
select exists (select from aclexplode(acl) a left join pg_roles r on r.oid = a.grantee
               where a.grantee <> c.relowner and not coalesce(r.rolbypassrls or r.rolsuper, false))
from pg_class c, lateral (
    select c.relacl union all select attacl from pg_attribute where attrelid = c.oid and not attisdropped
) granted(acl)
where c.oid = to_regclass(%s) and acl is not null order by 1 desc limit 1
"""
_AGAINST_OTHERS = (ROW_SECURITY, POLICY)
"""What guards a table from those who hold rights in it, where it does not guard it from its owner."""
_MISSING = (
    "select name from unnest(%s::text[]) name where to_regclass(name) is null "
    "and (position('.' in name) > 0 or to_regclass('public.' || name) is null)"
)


@gatherer(strength=Strength.ATTACKED)
def trials(target: Target, migrations: MigrationEvidence) -> TrialEvidence:
    """Replay what was applied to the target, with rows in every table, and try each file."""
    files = [m for m in migrations.migrations if m.reached and m.sql]
    if target.built.parent:
        files = files[-1:]  # the others were tried before the copy was made
    commands = [
        Trial(m.name, untried=OF_A_COMMAND, command=True)
        for m in migrations.migrations
        if m.command and m.reached
    ]
    absent = migrations.absent
    if not absent and not commands and not any(not m.dump for m in files):
        absent = "there is a schema, and no migration"
    if absent:
        return TrialEvidence((), migrations.role, absent)
    tried = _History(target).all(files) if any(not m.dump for m in files) else []
    return TrialEvidence((*tried, *commands), migrations.role)


@gatherer(strength=Strength.ATTACKED)
def reversals(trials: TrialEvidence) -> ReversalEvidence:
    """Keep the trials of files that something takes back, or may."""
    kept = tuple(trial for trial in trials.trials if trial.reversible or trial.command)
    absent = trials.absent or ("" if kept else "no migration has anything that takes it back")
    return ReversalEvidence(kept, trials.role, absent)


def left_standing(attempted: Attempted, ever: set[str]) -> list[Skipped]:
    """Tell of statements that drop what never was, where what says the same in other words stays."""
    found = []
    for statement, passed in attempted.passed:
        place = f"{passed.kind} {passed.name} of {passed.table}"
        known = {*ever, *attempted.after.shape}
        if place in known or (not passed.table and any(name.startswith(place) for name in known)):
            continue
        for table in [passed.table] if passed.table else sorted(attempted.after.made):
            held = f" of {table}"
            others = (
                key.removeprefix(f"{passed.kind} ").removesuffix(held)
                for key in attempted.after.shape
                if key.startswith(f"{passed.kind} ") and key.endswith(held)
            )
            if other := meant(passed.name, others, table):
                said = f"{table} has no {passed.kind} {passed.name}, and {other} stays"
                found.append(Skipped(shortened(statement.text), statement.line, said))
    return found


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of a file.

    Attributes:
        trial: Of it.
        tables: By table that it made anew, the state in which the old one was.
        after: The state that it left.
        rights: By view and function that it made anew, who might use the old one.
        sql: Its text, and those of the files behind it.
    """

    trial: Trial
    tables: dict[str, State]
    after: State
    rights: dict[str, Rights]
    sql: str


def _unlike(done: _Done, last: State) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield views and functions that were made anew, with what of their rights is missing at the end."""
    for name, old in sorted(done.rights.items()):
        if name in last.rights:
            at_once = lost_rights(old, done.after.rights[name], name, done.sql)
            still = {*lost_rights(old, last.rights[name], name, done.sql)}
            if missing := tuple(one for one in at_once if one in still):
                yield name, missing


class _History:
    def __init__(self, target: Target) -> None:
        self._target = target
        parent = target.built.parent
        self._scratch = Scratch(target, target.copy_of(parent) if parent else "")
        self._filling = Filling(target)
        self._needs: dict[str, list[tuple[Statement, tuple[str, ...]]]] = {}
        self._vanished: dict[str, State] = {}
        self._ever: set[str] = set()
        self._rights: dict[str, Rights] = {}
        self._blamed = any(m.failure and m.failure.environment for m in target.built.migrations.migrations)

    def all(self, files: list[Migration]) -> list[Trial]:
        """Try all files in their order."""
        state = self._scratch.state()
        self._ever |= state.shape.keys()
        done: list[_Done] = []
        for place, migration in enumerate(files):
            if migration.dump:
                self._apply(migration)
                state = self._salvaged(self._scratch.state(), migration)
                self._ever |= state.shape.keys()
                continue
            state = self._filled(state, migration)
            before = state
            singly = self._may_come_singly(migration)
            attempted = Attempted(self._scratch, migration, state, self._filling, singly=singly)
            self._needs[migration.name] = attempted.needs
            self._filling.said.append(migration.sql)
            missed = left_standing(attempted, self._ever)
            self._ever |= attempted.after.shape.keys()
            if attempted.trial.untried and not migration.failure:
                self._apply(migration)
                state = self._scratch.state()
            else:
                self._remember(migration)
                state = attempted.after
            trial = replace(attempted.trial, skipped=(*attempted.trial.skipped, *missed))
            self._rights |= before.rights
            anew = remade(self._rights, state.rights)
            sql = "\n".join(one.sql for one in files[place:])
            done.append(_Done(trial, rebuilt(before, state, self._vanished), state, anew, sql))
            state = self._salvaged(state, migration)
        return [self._ended(self._guarded(one, state)) for one in done]

    def _may_come_singly(self, migration: Migration) -> bool:
        """Whether a file that fails may have been sent statement by statement, and by its own fault.

        A tool stops at the first file that fails; those behind it want what is not there.
        """
        failed = next((m for m in self._target.built.migrations.migrations if m.failure), None)
        return (
            failed is not None
            and failed.name == migration.name
            and failed.failure is not None
            and not failed.failure.environment
            and not migration.marked
            and not self._scratch.sends_batches
        )

    def _filled(self, state: State, migration: Migration) -> State:
        """Fill the tables that the file names, and return the state with their rows."""
        words = set(_WORD.findall(migration.sql + migration.down))
        named = {name for name in state.rows if name.rpartition(".")[2].strip('"') in words}
        if not self._filling.fill(self._scratch, named):
            return state
        return replace(state, rows=rows_of(self._scratch.connection, self._scratch.platform))

    def _apply(self, migration: Migration) -> None:
        self._scratch.become_owner()
        apply_again(self._scratch.connection, migration)
        self._scratch.rest()
        self._remember(migration)

    def _salvaged(self, state: State, migration: Migration) -> State:
        """Apply what the target has of a file that failed, for those behind it; return what is there then."""
        if not migration.kept:
            return state
        self._scratch.become_owner()
        salvage(self._scratch.connection, migration.kept)
        self._scratch.rest()
        salvaged = self._scratch.state()
        self._ever |= salvaged.shape.keys()
        return salvaged

    def _remember(self, migration: Migration) -> None:
        if migration.failure is None:
            remember(self._scratch.connection, PurePosixPath(migration.name).stem)

    def _ended(self, trial: Trial) -> Trial:
        """Complete a trial with what only the end of the history tells."""
        shut = tuple(name for name in trial.shut if self._locked_out(name))
        return replace(trial, shut=shut, skipped=(*trial.skipped, *self._unmet(trial.name)))

    def _guarded(self, done: _Done, last: State) -> Trial:
        """Tell what guarded what a file made anew, and is missing at the end, or may be."""
        after = done.after
        bared, doubtful = list(_unlike(done, last)), []
        for name, old in sorted(done.tables.items()):
            stood_in = self._stood_in(name, old, after, last)
            missing = [*self._missing(name, old, after, last)]
            missing += [place for place, kept in stood_in.items() if kept is False]
            bared += [(name, tuple(missing))] if missing else []
            unknown = tuple(place for place, kept in stood_in.items() if kept is None)
            doubtful += [(name, unknown)] if unknown else []
        return replace(done.trial, bared=tuple(bared), replaced=tuple(doubtful))

    def _stood_in(self, name: str, old: State, after: State, last: State) -> dict[str, bool | None]:
        """Try whether the functions that a table runs now do the work of those that it ran before."""
        gone = {*lost(old, after, name), *replaced(old, after, name)}
        found: dict[str, bool | None] = {}
        for place, (trigger, body) in replaced(old, last, name).items():
            if place in gone:
                with self._scratch.copied() as copy:
                    Filling(self._target).fill(copy, {name})
                    found[place] = stands_in(copy, name, place, trigger, body)
        return found

    def _missing(self, name: str, old: State, after: State, last: State) -> list[str]:
        kept = lost(old, last, name)
        missing = [one for one in lost(old, after, name) if one in kept]
        if not security_of(old, name)[1] and not self._granted(name):
            missing = [one for one in missing if not one.startswith(_AGAINST_OTHERS)]
        return missing

    def _granted(self, relation: str) -> bool:
        """Whether a role that row security binds, other than the owner, holds any right."""
        row = self._scratch.connection.execute(_GRANTED, (relation,)).fetchone()
        return bool(row and row[0])

    def _unmet(self, name: str) -> list[Skipped]:
        found = []
        for statement, needs in () if self._blamed else self._needs.get(name, ()):
            rows = self._scratch.connection.execute(_MISSING, (list(needs),)).fetchall()
            if rows:
                lacking = ", ".join(row[0] for row in rows) + " never comes to be"
                found.append(Skipped(shortened(statement.text), statement.line, lacking))
        return found

    def _locked_out(self, relation: str) -> bool:
        """Whether somebody but the owner should get at a table, and no policy lets anybody."""
        row = self._scratch.connection.execute(_LET_IN, (relation,)).fetchone()
        if row is None:
            return False
        policies, grantees, bound = row
        return not policies and (bound or not grantees)
