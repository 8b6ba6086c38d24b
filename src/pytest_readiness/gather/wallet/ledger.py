"""Reads the ledger, and tries to rewrite it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.evidence.wallet import LedgerEvidence, LedgerWrite
from pytest_readiness.gather.wallet import entries, rewriting
from pytest_readiness.gather.wallet.adapted import open_teller
from pytest_readiness.gather.wallet.battery import ABSENT, movements
from pytest_readiness.gather.wallet.conversions import exchanges
from pytest_readiness.gather.wallet.sweep import sweep
from pytest_readiness.gather.wallet.tampering import tampered
from pytest_readiness.gather.wallet.teller import LIMIT_S, Teller, WalletError, said
from pytest_readiness.gather.wallet.trials import Trials
from pytest_readiness.target.quoting import identifier
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWNER = """
select pg_get_userbyid(relowner), oid::regclass::text, relkind from pg_class where oid = to_regclass(%s)
"""
_MAY_BECOME = """
select rolname from pg_roles
where rolcanlogin and not rolsuper and (rolname <> %s or rolname = %s) and pg_has_role(oid, %s, 'MEMBER')
order by rolname
"""
"""Who logs in and may become a role; whoever migrates is left out, unless the application is the same."""

_PARTS = """
with recursive part(oid) as (
  select inhrelid from pg_inherits where inhparent = %s::regclass
  union select inhrelid from pg_inherits join part on part.oid = inhparent)
select oid::regclass::text from part order by 1
"""
_INCIDENTAL = ("23", "42", "22", "57")
"""Classes of SQLSTATE that say nothing of immutability: a constraint, the statement itself, a time limit."""


@gatherer(strength=Strength.ATTACKED)
def ledger(target: Target) -> LedgerEvidence:
    """Move money, and look at what the ledger gained."""
    declared = target.settings.wallet
    if not declared.declared:
        return LedgerEvidence(absent=ABSENT)
    teller = open_teller(target)
    trials = Trials(teller)
    movements(trials)
    sweep(trials)
    if teller.wallet.exchange:
        exchanges(trials)
    sound = _sound(teller)
    error = sound if isinstance(sound, str) else ""
    problems = None if isinstance(sound, str) else sound
    balances = tuple(zip(trials.scripts, teller.balances(trials.scripts), strict=True))
    if not declared.ledger:
        return LedgerEvidence(balances=balances, sound=problems, error=error)
    try:
        names = entries.columns(teller.connection, declared.entries)
        missing = [name for name in entries.REQUIRED if name not in names]
        if missing:
            raise WalletError(f"`entries` returns no column {missing[0]!r}; found: {', '.join(names)}")  # noqa: TRY301  told like the server's own refusal
        return LedgerEvidence(
            table=declared.ledger,
            entries=teller.ledger([*trials.scripts]),
            balances=balances,
            columns=names,
            writes=tuple(_writes(teller, target.built.owner)),
            double_entry=declared.double_entry,
            tampering=tuple(tampered(teller, [*trials.scripts])) if problems is not None else (),
            sound=problems,
            error=error,
            script=f"{declared.entries};",
            scripts=tuple(trials.scripts.items()),
            currencies=tuple(trials.currencies.items()),
            numbered_as_one=teller.manners.numbered_as_one,
        )
    except (psycopg.Error, WalletError) as refusal:
        text = said(refusal) if isinstance(refusal, psycopg.Error) else str(refusal)
        return LedgerEvidence(table=declared.ledger, balances=balances, sound=problems, error=text)


def _sound(teller: Teller) -> tuple[str, ...] | str | None:
    """Return what reconciliation says of a ledger that only the wallet wrote to; text for an error."""
    if not teller.wallet.reconcile:
        return None
    try:
        return teller.problems()
    except psycopg.Error as error:
        teller.connection.execute("rollback")
        return f"reconcile was refused: {said(error)}"
    except WalletError as error:
        return str(error)


def _writes(teller: Teller, migrator: str) -> Iterator[LedgerWrite]:
    """Try to rewrite the ledger as its owner, who may switch off nothing, and as the backend."""
    found = teller.connection.execute(_OWNER, (teller.wallet.ledger,)).fetchone()
    if found is None:
        raise WalletError(f"`ledger` names {teller.wallet.ledger}, which does not exist")
    owner, table, kind = found
    if kind not in "rp":
        raise WalletError(f"`ledger` names {table}, which is no table; name the table that holds the entries")
    parts = _parts(teller, table)
    statements = {
        "UPDATE": [*rewriting.updates(teller.connection, teller.wallet.entries, parts)],
        "DELETE": [[(f"delete from {part}", part) for part in parts]],
        "TRUNCATE": [[(f"truncate {part} cascade", part) for part in parts]],
    }
    become = {owner: f"set local role {identifier(owner)};"}
    become.setdefault(teller.identity.role, teller.identity.script())
    nobody = owner != teller.identity.role and not _may_be(teller, owner, migrator)
    for role, script in become.items():
        for verb, groups in statements.items():
            tried = [
                [_write(teller, role, script, (verb, way, part)) for way, part in ways] for ways in groups
            ]
            telling = _telling(tried) or _no_way(verb, table, role)
            yield _unproved(telling) if nobody and role == owner and telling.changed else telling


def _telling(tried: list[list[LedgerWrite]]) -> LedgerWrite | None:
    """Return what was done; failing that, what is not known of some column; failing that, a refusal."""
    proof = [write for group in tried for write in group if not write.setup]
    changed = [write for write in proof if write.changed]
    open_ = [group[0] for group in tried if all(write.setup for write in group)]
    return next(iter(changed or open_ or proof), None)


def _may_be(teller: Teller, owner: str, migrator: str) -> bool:
    """Tell whether anybody can come to act as the owner."""
    can = teller.connection.execute("select rolcanlogin from pg_roles where rolname = %s", (owner,))
    application = teller.identity.login or teller.identity.role
    found = teller.connection.execute(_MAY_BECOME, (migrator, application, owner)).fetchone()
    return can.fetchone() == (True,) or found is not None


def _unproved(write: LedgerWrite) -> LedgerWrite:
    """Take nothing for proved by what a role may do that none of the logins we know of can come to be."""
    who = f"nobody logs in as {write.role}, and no login but whoever migrates may become it"
    return replace(write, changed=False, setup=f"it would be done, and {who}: waive it where that stays so")


def _parts(teller: Teller, table: str) -> list[str]:
    """Return a table, and the partitions and children with rows, which triggers of it may not guard."""
    found = [row[0] for row in teller.connection.execute(_PARTS, (table,)).fetchall()]
    return [table, *(part for part in found if _filled(teller, part))]


def _filled(teller: Teller, table: str) -> bool:
    query = f"select exists (select from only {table})"
    return teller.connection.execute(query.encode()).fetchone() == (True,)


def _no_way(verb: str, table: str, role: str) -> LedgerWrite:
    return LedgerWrite(verb, table, role, changed=False, message="", script="", setup="it has no number")


def _write(teller: Teller, role: str, become: str, attempt: tuple[str, str, str]) -> LedgerWrite:
    verb, statement, table = attempt
    connection, message, setup = teller.connection, "", ""
    connection.execute("begin")
    try:
        before = _digest(connection, table)
        connection.execute("savepoint attempt")
        try:
            batch = f"set local statement_timeout = '{LIMIT_S}s'; {become}\n{statement};"
            connection.execute(f"{batch}\nreset session authorization; reset role;".encode())
        except psycopg.Error as error:
            message = said(error)
            if _is_incidental(error):
                setup = f"it was refused for another reason ({error.sqlstate}: {message})"
            connection.execute("rollback to attempt")
        changed = _digest(connection, table) != before
    finally:
        connection.execute("rollback")
    lines = ("begin;", become, f"{statement};", "rollback;")
    return LedgerWrite(verb, table, role, changed, message, "\n".join(lines), setup)


def _is_incidental(error: psycopg.Error) -> bool:
    """Tell whether a refusal is no rule against changes: one that code raises is, whatever its SQLSTATE."""
    state, raised = error.sqlstate or "", error.diag.source_function == "exec_stmt_raise"
    return state.startswith(_INCIDENTAL) and state != REFUSED and not raised


def _digest(connection: psycopg.Connection, table: str) -> object:
    query = f"select count(*), md5(string_agg(t.*::text, '|' order by t.*::text)) from {table} t"
    return connection.execute(query.encode()).fetchone()
