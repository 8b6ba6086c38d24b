"""Changes the ledger behind its triggers, to see what reconciliation says; each change is undone."""

from __future__ import annotations

from collections import Counter
from enum import Enum, auto
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.wallet import Tampering
from pytest_readiness.gather.wallet import balances, entries
from pytest_readiness.gather.wallet.adapted import AdaptedTeller
from pytest_readiness.gather.wallet.teller import LIMIT_S, said
from pytest_readiness.gather.wallet.trials import Case
from pytest_readiness.judges.wallet.ledger import unbalanced
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_readiness.gather.wallet.teller import Teller

_BACK = "reset session authorization; reset role"
_PLACE = "tableoid, ctid"
"""Where a row is: each partition counts its own rows."""


class Answered(Enum):
    """How balances are answered after a change; UNCHANGED where it could not be made."""

    UNCHANGED = auto()
    ALIKE = auto()
    OTHERWISE = auto()


def tampered(teller: Teller, wallets: Sequence[str]) -> Iterator[Tampering]:
    """Yield each change of entries that could be tried.

    Args:
        teller: Whose ledger it is.
        wallets: Those that have moved money.
    """
    if isinstance(teller, AdaptedTeller) and teller.reconciles_by_code:
        # What an adapter does commits, and what is changed here must not.
        why = "give `reconcile` as SQL, which sees what is not committed, in place of the adapter's"
        yield Tampering("an amount", done=False, problems=0, script="", error=why)
        return
    found = _amount(teller, wallets)
    if isinstance(found, str):
        yield Tampering("an amount", done=False, problems=0, script="", error=found)
        return
    table, columns = found
    for what, statement in _changes(table, columns["amount"]).items():
        yield _tamper(teller, table, what, statement)
    if all(name in columns for name in entries.REQUIRED):
        for what, change in _transfers(table, columns, wallets).items():
            if _leaves_balances(teller, table, change, wallets):
                yield _tamper(teller, table, what, change)
    yield from _balances(teller, table)


def _amount(teller: Teller, wallets: Sequence[str]) -> tuple[str, dict[str, str]] | str:
    """Return the table that amounts are in, and its columns by what entries call them; text for why not.

    Where amounts are computed, it is a number of the declared ledger that changes them, and leaves a
    transfer or a balance that is no longer right: what changes along with all else is for nobody to tell.
    """
    connection = teller.connection
    sources = entries.sources(connection, teller.wallet.entries)
    table, column = sources.get("amount", ("", ""))
    if not table or not _is_table(connection, table):
        (table,) = connection.execute("select %s::regclass::text", (teller.wallet.ledger,)).fetchone() or (
            "",
        )
        candidates = balances.numbers(connection, table)
        column = next((one for one in candidates if _is_amount(teller, table, one, wallets)), "")
    if not column:
        return (
            f"`amount` is an expression, and {table} has no number of which a change would be seen in one "
            "transfer or balance alone; where it has one, read `amount` from it as it is"
        )
    columns = {name: known for name, (owner, known) in sources.items() if owner == table}
    return table, columns | {"amount": column}


def _is_table(connection: psycopg.Connection, relation: str) -> bool:
    found = connection.execute(
        "select relkind in ('r', 'p') from pg_class where oid = %s::regclass", (relation,)
    )
    return found.fetchone() == (True,)


def _is_amount(teller: Teller, table: str, column: str, wallets: Sequence[str]) -> bool:
    """Tell whether a column is what amounts are computed from."""
    change = _changes(table, column)["one amount"]

    def unequal() -> list[str]:
        return [*unbalanced(teller.ledger(wallets), double_entry=teller.wallet.double_entry)]

    def sums() -> list[tuple[str, str]]:
        return sorted((str(entry.wallet), f"{entry.amount:f}") for entry in teller.ledger(wallets))

    if _answered(teller, table, change, unequal) is Answered.OTHERWISE:
        return True
    moved = _answered(teller, table, change, sums) is Answered.OTHERWISE
    return moved and _leaves_balances(teller, table, change, wallets)


def _balances(teller: Teller, ledger: str) -> Iterator[Tampering]:
    """Give money to a wallet that has no entry, where balances are kept in a column of their own."""
    teller.begin()
    (wallet,) = [Case(teller).open("a")]
    asked = _balances_of(teller, [wallet])
    told = [
        (table, column, change)
        for table, column, change in balances.changes(teller.connection, wallet)
        if table != ledger and _answered(teller, table, change, asked) is Answered.OTHERWISE
    ]
    several = Counter(table for table, _, _ in told)
    for table, column, change in told:
        place = f"{table}.{column}" if several[table] > 1 else table
        yield _tamper(teller, table, f"the balance of a wallet without entries ({place})", change)


def _changes(table: str, amount: str) -> dict[str, str]:
    one, two = (
        f"({_PLACE}) in (select {_PLACE} from {table} where {amount} > 0 order by {_PLACE} limit {count})"
        for count in (1, 2)
    )
    return {
        "one amount": f"update {table} set {amount} = {amount} + 1 where {one}",
        "two amounts that offset each other": (
            f"update {table} set {amount} = {amount} + case when {one} then 1 else -1 end where {two}"
        ),
        "an entry that is gone": f"delete from {table} where {one}",
    }


def _transfers(table: str, columns: Mapping[str, str], wallets: Sequence[str]) -> dict[str, str]:
    """Return what changes both wallets' entries of one transfer, so that all still sums to zero."""
    transfer, wallet, amount = (columns[name] for name in entries.REQUIRED)
    mine = ", ".join(map(literal, wallets))
    legs = (
        f"select x.tableoid as gained_in, x.ctid as gained, y.tableoid as paid_in, y.ctid as paid, "
        f"x.{transfer} as transfer from {table} x join {table} y "
        f"on x.{transfer} = y.{transfer} and x.{amount} = -y.{amount} where x.{amount} > 0 "
        f"and x.{wallet}::text in ({mine}) and y.{wallet}::text in ({mine}) order by x.ctid limit 1"
    )
    return {
        "a transfer that is larger on both its sides": (
            f"update {table} t set {amount} = t.{amount} + case when t.{amount} > 0 then 1 else -1 end "
            f"from ({legs}) legs "
            "where (t.tableoid, t.ctid) in ((legs.gained_in, legs.gained), (legs.paid_in, legs.paid))"
        ),
        "a transfer whose entries are all gone": (
            f"delete from {table} t using ({legs}) legs where t.{transfer} = legs.transfer"
        ),
    }


def _leaves_balances(teller: Teller, table: str, change: str, wallets: Sequence[str]) -> bool:
    """Tell whether a change of entries is one of the ledger alone.

    Balances that are the sum of entries change along, and nothing is left that would tell.
    """
    return _answered(teller, table, change, _balances_of(teller, wallets)) is Answered.ALIKE


def _answered(teller: Teller, table: str, change: str, ask: Callable[[], object]) -> Answered:
    """Say how a question is answered after a change, which is undone."""
    connection = teller.connection
    connection.execute("begin")
    try:
        connection.execute(f"set local statement_timeout = '{LIMIT_S}s'".encode())
        before = ask()
        connection.execute("\n".join([f"{_BACK};", *_unguarded(teller, table)]).encode())
        changed = connection.execute(change.encode()).rowcount
        if not changed:
            return Answered.UNCHANGED
        return Answered.ALIKE if ask() == before else Answered.OTHERWISE
    except psycopg.Error:
        return Answered.UNCHANGED
    finally:
        connection.execute("rollback")


def _balances_of(teller: Teller, wallets: Sequence[str]) -> Callable[[], object]:
    """Return what asks for balances in the transaction that is open."""
    read = ";\n".join(teller.rendered("balance", {"wallet": wallet}) for wallet in wallets)
    return lambda: _answers(teller.connection, f"{teller.identity.script()}\n{read}")


def _answers(connection: psycopg.Connection, statements: str) -> list[object]:
    """Return the rows of all statements that return any."""
    cursor = connection.execute(statements.encode())
    rows: list[object] = []
    while True:
        rows += cursor.fetchall() if cursor.description else []
        if not cursor.nextset():
            return rows


def _tamper(teller: Teller, table: str, what: str, statement: str) -> Tampering:
    connection = teller.connection
    lines = ["begin;", *_unguarded(teller, table), f"{statement};"]
    script = "\n".join([*lines, f"{teller.wallet.reconcile};", "rollback;"])
    connection.execute("begin")
    try:
        connection.execute("\n".join(lines[1:]).encode())
        connection.execute(f"set local statement_timeout = '{LIMIT_S}s'; {teller.identity.script()}".encode())
        found = connection.execute(teller.wallet.reconcile.encode()).fetchall()
        return Tampering(what, done=True, problems=len(found), script=script)
    except psycopg.Error as error:
        return Tampering(what, done=False, problems=0, script=script, error=said(error))
    finally:
        connection.execute("rollback")


def _unguarded(teller: Teller, table: str) -> list[str]:
    """Return what takes the guards off: triggers, and constraints that compare columns of one row."""
    query = "select conname from pg_constraint where conrelid = %s::regclass and contype = 'c' and conislocal"
    names = [row[0] for row in teller.connection.execute(query, (table,)).fetchall()]
    dropped = [f"alter table {table} drop constraint {identifier(name)};" for name in names]
    return [f"alter table {table} disable trigger all;", *dropped]
