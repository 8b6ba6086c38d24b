"""Calls the declared operations of a wallet as the backend does, and writes down what a person pastes."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING
from uuid import UUID

import psycopg

from pytest_readiness.evidence.wallet import Answer
from pytest_readiness.gather.wallet import entries
from pytest_readiness.gather.wallet.batches import column_names, exchanged, first_row
from pytest_readiness.gather.wallet.manners import Manners, kept, manners
from pytest_readiness.gather.wallet.people import Owner, People
from pytest_readiness.judges.wallet.amounts import amount
from pytest_readiness.judges.wallet.answers import Reading, Words, names_refusal
from pytest_readiness.settings.wallet import PLACEHOLDER
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_readiness.evidence.wallet import Entry
    from pytest_readiness.gather.wallet.batches import Row
    from pytest_readiness.target.target import Target

LIMIT_S = 5
"""Of every statement, so that a function that loops or sleeps ends its call and not the run."""

_TIMED_OUT = "57014"
_PATIENCE = 3
"""How often an operation may run into its limit before it is called no more."""

_DEFAULT_LEVEL = """
select substr(setting, length('default_transaction_isolation=') + 1)
from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole, unnest(setconfig) setting
where setting like 'default_transaction_isolation=%%'
  and (s.setdatabase = 0 or s.setdatabase = (select oid from pg_database where datname = current_database()))
  and (s.setrole = 0 or r.rolname = %s)
order by s.setrole <> 0 and s.setdatabase <> 0 desc, s.setrole <> 0 desc
limit 1
"""
_SERVERS_LEVEL = "show default_transaction_isolation"
_AMOUNTS = ("amount", "limit")
_FALSE = ("f", "false")
_VERDICTS = ("success", "ok", "accepted")

Values = dict[str, str | None]
"""Values of placeholders, as text; the server reads them as what they are assigned to."""


class WalletError(Exception):
    """A step that prepares a trial was refused, so that the trial cannot be made."""


class Teller:
    """Somebody who calls the wallet from one connection, each call in a transaction of its own.

    Args:
        target: Whose wallet it is.
        database: Where; a fresh copy if absent.
        learns: Whether it asks what is peculiar to this wallet.
    """

    end, comment = ";", " -- "
    ahead = 6
    """Worlds that are made together: a round trip and a COMMIT serve them all."""

    def __init__(self, target: Target, database: str = "", *, learns: bool = True) -> None:
        self.wallet = self.declared = target.settings.wallet
        self.connection = target.database(database)
        self.unit = Decimal(self.wallet.unit)
        self.identity = target.service()
        self.users = target.profile.users
        self.levels = self.wallet.isolation or (self._default_level(),)
        self.lines: list[str] = []
        self.names: dict[str, str] = {}
        self.answers_success_with_nothing: dict[str, bool] = {}
        self._timeouts: Counter[str] = Counter()
        self._serial = itertools.count(1)
        self._numbers = itertools.count(1)
        self._people = People(self.connection, self.users)
        # A deadlock is told at once: nobody waits for long here who is not in one.
        self.look_for_deadlocks(1)
        self.manners = Manners()
        if learns:
            self.manners = kept(target, lambda: manners(Teller(target, learns=False), WalletError))

    def look_for_deadlocks(self, after_ms: int) -> None:
        """Have the server look for a deadlock whenever a statement has waited for so long."""
        self.connection.execute(f"set deadlock_timeout = {after_ms}".encode())

    def begin(self) -> None:
        """Start a new account of what is done."""
        self.lines = [self.identity.script().replace("set local ", "set ")]
        self.names = {}

    def script(self) -> str:
        """Return what was done since, for psql as superuser."""
        return "\n".join(self.lines)

    def key(self) -> str:
        """Return an idempotency key that nobody has used: columns of text and of uuid take it alike."""
        # Keys of one sender differ everywhere: of those that differ at their ends alone there is a trial.
        number = int.from_bytes(blake2b(str(next(self._serial)).encode(), digest_size=14).digest())
        return str(UUID(int=(0x1DE << 116) + number, version=4))

    def owner(self) -> str:
        """Make an owner and return the id.

        Raises:
            WalletError: The owner was refused.
        """
        (made,) = self.owners(1)
        self.lines[1:1] = made.lines
        self.names |= made.names
        return made.id

    def owners(self, count: int) -> list[Owner]:
        """Make several owners.

        Raises:
            WalletError: One was refused.
        """
        numbers = [next(self._numbers) for _ in range(count)]
        if self.wallet.owner:
            ids, column = self.make("owner", [{}] * count)
            statement, names = self.rendered("owner", {}), [f"owner{number}" for number in numbers]
            return [
                Owner(made, tuple(self.naming(name, statement, column)), {made: name})
                for made, name in zip(ids, names, strict=True)
            ]
        try:
            return self._people.signed_up(numbers)
        except psycopg.Error as error:
            raise WalletError(f"an owner could not be signed up: {said(error)}") from None

    def open(self, letter: str, owner: str, currency: str = "") -> str:
        """Make a wallet that the account of the trial calls by a letter, and return its id.

        Raises:
            WalletError: It was refused.
        """
        values: Values = {"owner": owner, "currency": currency or self.wallet.currency}
        return self._made("create", letter, values)

    def make(self, operation: str, wanted: Sequence[Values]) -> tuple[list[str], str]:
        """Make several things in one transaction.

        Returns:
            The id of each, and the name of the column that it came in.

        Raises:
            WalletError: One was refused.
        """
        rows, columns = self._together(operation, wanted)
        ids = [made for row in rows if row and (made := shown(row[0])) is not None]
        if len(ids) != len(wanted):
            raise WalletError(f"{operation} returned no id")
        return ids, columns[0] if columns else ""

    def put(self, operation: str, wanted: Sequence[Values]) -> None:
        """Make several calls in one transaction, none of which is on trial.

        Raises:
            WalletError: One was refused.
        """
        for row in self._together(operation, wanted)[0]:
            answer = self.answer(operation, row[0] if row else None)
            if not answer.accepted:
                raise WalletError(str(answer))

    def _together(self, operation: str, wanted: Sequence[Values]) -> tuple[list[Row | None], list[str]]:
        try:
            return self._run([self.rendered(operation, values) for values in wanted])
        except psycopg.Error as error:
            told = f"{said(error)}{self._hint}"
            raise WalletError(f"{operation} was refused ({error.sqlstate}: {told})") from None

    def naming(self, name: str, statement: str, column: str) -> list[str]:
        """Return the lines by which a person runs a statement and keeps what it makes under a name."""
        return [f"{statement} \\gset {name}_", f"\\set {name} :{name}_{column}"]

    def call(self, operation: str, **values: str | None) -> Answer:
        """Call an operation in a transaction of its own, and write down what was called.

        Raises:
            WalletError: It cannot be tried, or ran into its limit so often that it is called no more.
        """
        if why := dict(self.manners.unusable).get(operation):
            raise WalletError(why)
        if self._timeouts[operation] >= _PATIENCE:
            raise WalletError(
                f"{operation} did not end within {LIMIT_S} s, {_PATIENCE} times; not called again"
            )
        self.lines.append(f"{self.rendered(operation, values, self.names)}{self.end}")
        answer = self.call_once(operation, values)
        self._timeouts[operation] += answer.sqlstate == _TIMED_OUT
        return answer if answer.accepted else replace(answer, message=answer.message + self._hint)

    @property
    def _hint(self) -> str:
        """What to add to a refusal, where it is the size of amounts that is refused."""
        unit = self.manners.unit
        return f'; larger amounts are accepted: add unit = "{unit}" to [wallet]' if unit else ""

    def call_once(self, operation: str, values: Mapping[str, str | None]) -> Answer:
        """Call an operation in a transaction of its own, and write nothing down."""
        try:
            rows, _ = self._run([self.rendered(operation, values)])
        except psycopg.Error as error:
            return refusal(operation, error)
        return self.answer(operation, rows[0][0] if rows and rows[0] else None)

    def show_balance(self, letter: str, wallet: str) -> None:
        """Write down how a balance is read."""
        shown_as = self.rendered("balance", {"wallet": wallet}, self.names)
        self.lines.append(f"{shown_as}{self.end}{self.comment}{letter}")

    def need(self, operation: str, **values: str | None) -> Answer:
        """Call what a trial stands on.

        Raises:
            WalletError: It was refused.
        """
        answer = self.call(operation, **values)
        if not answer.accepted:
            raise WalletError(str(answer))
        return answer

    def answer(self, operation: str, value: object) -> Answer:
        """Read the first value of what a call returned."""
        text = shown(value)
        nothing = text is None or text == ""
        usual = self.answers_success_with_nothing.setdefault(operation, nothing)
        refused = (nothing and not usual) or _says_no(text) or names_refusal(self.wallet.refused, text)
        words = dict(self.manners.words).get(operation, Words())
        reading = Reading.DONE if refused or (nothing and usual) else words.read(text)
        doubtful = reading is Reading.DOUBTFUL and not self.wallet.refused
        accepted = not refused and reading is not Reading.REFUSED
        return Answer(operation, accepted=accepted, result=text, doubtful=doubtful)

    def scaled(self, name: str, value: str | None) -> str | None:
        """Return a value as the wallet takes it: amounts are counted in the declared unit."""
        if value is None or name not in _AMOUNTS or self.unit == 1:
            return value
        count = Decimal(value)
        return f"{count * self.unit:f}" if count.is_finite() else value

    def in_units(self, amount: Decimal | None) -> Decimal | None:
        """Return an amount of the wallet as trials count it."""
        return amount if amount is None or self.unit == 1 else amount / self.unit

    def ledger(self, wallets: Iterable[str]) -> tuple[Entry, ...]:
        """Read the entries of these wallets, and the other sides of their transfers; none without a ledger.

        Raises:
            psycopg.Error: The query does not run, or lacks a column.
        """
        return self.entries(self.connection, wallets) if self.wallet.entries else ()

    def entries(self, connection: psycopg.Connection, wallets: Iterable[str]) -> tuple[Entry, ...]:
        """Read the entries of these wallets, and the other sides of their transfers, in the declared unit.

        Raises:
            psycopg.Error: The query does not run, or lacks a column.
        """
        return entries.read(connection, self.wallet.entries, wallets, self.unit)

    def balance(self, wallet: str) -> Decimal | None:
        """Read a balance; None where there is no number to read."""
        return self.balances([wallet])[0]

    def balances(self, wallets: Iterable[str]) -> list[Decimal | None]:
        """Read several in one round trip and one snapshot each; all are None when one is refused."""
        asked = list(wallets)
        try:
            rows, _ = self._run([self.rendered("balance", {"wallet": wallet}) for wallet in asked])
        except psycopg.Error:
            return [None for _ in asked]
        read = [self.in_units(number(row[0] if row else None)) for row in rows]
        return read if len(read) == len(asked) else [None for _ in asked]

    def whole(self, wallets: Iterable[str], level: str) -> list[Decimal | None]:
        """Read several in one snapshot.

        Raises:
            psycopg.Error: One was refused.
        """
        rows, _ = self._run([self.rendered("balance", {"wallet": wallet}) for wallet in wallets], level)
        return [self.in_units(number(row[0] if row else None)) for row in rows]

    def _run(self, statements: Iterable[str], level: str = "") -> tuple[list[Row | None], list[str]]:
        """Run statements in one transaction, sent in one message.

        Args:
            statements: Each may return rows.
            level: Isolation level; the first that callers use if absent.

        Returns:
            The first row of each that returns rows, and the names of the last one's columns.

        Raises:
            psycopg.Error: One of them, or COMMIT, was refused; nothing of them is left.
        """
        batch = self.batch(";\n".join([*statements, "commit"]), level)
        try:
            returned = exchanged(self.connection, batch)[self._preamble :]
        except psycopg.Error:
            if not self.connection.closed:
                self.connection.execute("rollback")
            raise
        tables = [result for result in returned if result.nfields]
        rows = [first_row(result, self.connection.info.encoding) for result in tables]
        return rows, column_names(tables[-1]) if tables else []

    @cached_property
    def _becoming(self) -> str:
        return self.identity.script()

    @cached_property
    def _preamble(self) -> int:
        """How many results come before the first of a statement's own."""
        lines = self._becoming.split("\n")
        return 2 + len([line for line in lines if line and not line.startswith("--")])

    def problems(self) -> tuple[str, ...]:
        """Return the rows of reconciliation.

        Raises:
            psycopg.Error: It raised.
        """
        cursor = self.connection.execute(self.batch(self.wallet.reconcile))
        while cursor.nextset():
            pass
        rows = tuple(str(row[0] if len(row) == 1 else row) for row in cursor.fetchall())
        self.connection.execute("commit")
        return rows

    def batch(self, statement: str, level: str = "") -> bytes:
        """Return the start of a transaction as the backend, and a statement in it.

        Args:
            statement: One or several, of one transaction.
            level: Isolation level; the first that callers use if absent.
        """
        return (
            f"begin isolation level {level or self.levels[0]};\nset local statement_timeout = '{LIMIT_S}s';\n"
            f"{self._becoming}\n{statement}"
        ).encode()

    def rendered(
        self, operation: str, values: Mapping[str, str | None], names: Mapping[str, str] | None = None
    ) -> str:
        """Return the statement of an operation, with variables of psql for what has a name."""
        known = names or {}

        def value(name: str) -> str:
            given = self.scaled(name, values.get(name))
            return f":'{known[given]}'" if given is not None and given in known else literal(given)

        template = getattr(self.wallet, operation)
        return PLACEHOLDER.sub(lambda match: value(match[1]), template).replace("%%", "%").rstrip("; \n")

    def _made(self, operation: str, name: str, values: Values) -> str:
        """Make what has a name from now on, and return its id."""
        statement = self.rendered(operation, values, self.names)
        (made,), column = self.make(operation, [values])
        self.lines += self.naming(name, statement, column)
        self.names[made] = name
        return made

    def _default_level(self) -> str:
        """Return the level of callers who name none: of their role in this database, or the server's."""
        found = self.connection.execute(_DEFAULT_LEVEL, (self.identity.login or self.identity.role,))
        row = found.fetchone()
        return str(row[0]) if row else str(self.connection.execute(_SERVERS_LEVEL).fetchone()[0])  # type: ignore[index]  # a setting has a value


def refusal(operation: str, error: psycopg.Error) -> Answer:
    """Return the answer that a refused call was."""
    return Answer(operation, accepted=False, sqlstate=error.sqlstate or "08006", message=said(error))


def said(error: psycopg.Error) -> str:
    """Return the first line of what the server said."""
    return (error.diag.message_primary or str(error)).split("\n")[0]


def shown(value: object) -> str | None:
    """Return a value as text, as the server would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, default=str, sort_keys=True)
    return None if value is None else str(value)


def number(value: object) -> Decimal | None:
    """Read a balance; NULL is what the sum over no entries is."""
    return amount(shown(value) or "0")


def _says_no(text: str | None) -> bool:
    """Tell whether an answer is a refusal in a wallet that raises no error."""
    if text is None:
        return False
    if text in _FALSE:
        return True
    try:
        value = json.loads(text) if text.startswith("{") else None
    except json.JSONDecodeError:
        return False
    return isinstance(value, dict) and any(value.get(name) is False for name in _VERDICTS)
