"""What a project says about its wallet: SQL templates, and the choices that differ between sound wallets."""

# Annotations are evaluated: the parser reads them, so they are no strings here.
import re
from dataclasses import dataclass
from typing import Literal

PLACEHOLDER = re.compile(r"%\((\w+)\)s")

Level = Literal["read committed", "repeatable read", "serializable"]

MOST_GROUPS = 4
"""Groups of clients that a load may have."""

LINES = """[wallet]
create = "select wallet_create(%(owner)s, %(currency)s)"
deposit = "select wallet_deposit(%(wallet)s, %(amount)s, %(key)s)"
transfer = "select wallet_transfer(%(source)s, %(destination)s, %(amount)s, %(key)s)"
balance = "select wallet_balance(%(wallet)s)"
currency = "USD\""""
"""What brings a wallet into scope, to be pasted with the project's own names."""

TEMPLATES: dict[str, tuple[str, ...]] = {
    "owner": (),
    "create": ("owner", "currency"),
    "deposit": ("wallet", "amount", "key"),
    "transfer": ("source", "destination", "amount", "key"),
    "balance": ("wallet",),
    "reconcile": (),
    "freeze": ("wallet", "frozen"),
    "limit": ("wallet", "limit"),
    "owner_limit": ("owner", "limit"),
    "exchange": ("source", "destination", "amount", "rate", "key"),
    "entries": (),
}
"""Which placeholders each template may have."""

REQUIRED = ("create", "deposit", "transfer", "balance")
NEEDED = {
    "deposit": ("wallet", "amount"),
    "transfer": ("source", "destination", "amount"),
    "balance": ("wallet",),
    "freeze": ("wallet", "frozen"),
    "limit": ("wallet", "limit"),
    "owner_limit": ("owner", "limit"),
    "exchange": ("source", "destination", "amount", "rate"),
}
"""Which placeholders a template cannot do without."""


@dataclass(frozen=True, slots=True)
class Wallet:
    """How money is moved, as SQL with ``%(name)s`` for values; an empty template is a missing capability.

    Attributes:
        adapter: In place of templates, ``module:factory``: called with the URL of a copy of the target, it
            returns an object whose methods, sync or async, have the names of the templates and take what
            they take by name. One that raises refuses.
        create: Makes a wallet and returns its id.
        owner: Makes an owner and returns the id; without it owners are random UUIDs, who are signed up
            where the platform has users.
        reconcile: Returns one row for each problem, and none when all is well.
        ledger: The append-only table.
        entries: Its rows as ``transfer_id, wallet_id, amount`` and, where kept, ``currency, seq,
            balance_after``.
        double_entry: Whether the platform's side of a deposit is in the ledger, so that it sums to zero too.
        currency: Of the wallets that are made.
        duplicate_in_flight: What a second call with the same key meets while the first runs.
        requires_key: Whether a call without a key is refused; None where nothing is declared.
        replays_failures: Whether a refusal is kept for its key; None where nothing is declared.
        rounds_to_nothing: Whether an exchange is done of which nothing is left when it is rounded; None where
            nothing is declared.
        key_scope: Within what a key names one operation.
        retries: SQLSTATEs that the caller retries.
        isolation: Levels that callers use; empty where nothing is declared.
        held_between: Levels at which calls are held between statements too; where empty, the first that
            callers use.
        freeze_stops: Whether a freeze keeps money from coming in too.
        unit: What all amounts are multiplied by, for a wallet that takes no cents, or no small amounts.
        instances: Of the service behind an adapter, each from a call of the factory; callers take turns.
        refused: Answers that are refusals, where calls raise no error: whole, or as a member of an object;
            ``*`` stands for anything.
        drawn: How many pairs of calls meet that chance draws, beside those that were thought of.
        load_calls: Transfers that are made under load, by all clients together.
        load_groups: Groups of clients, each with wallets of its own, that share a database and call at once:
            in one process, or in as many of the run as wait for them.
        load_clients: How many connections make calls at once, in each group.
        load_wallets: Among how many wallets; the fewer, the hotter.
    """

    adapter: str = ""
    create: str = ""
    deposit: str = ""
    transfer: str = ""
    balance: str = ""
    owner: str = ""
    reconcile: str = ""
    freeze: str = ""
    limit: str = ""
    owner_limit: str = ""
    exchange: str = ""
    ledger: str = ""
    entries: str = ""
    double_entry: bool = True
    currency: str = "USD"
    duplicate_in_flight: Literal["", "wait", "conflict"] = ""
    requires_key: bool | None = None
    replays_failures: bool | None = None
    rounds_to_nothing: bool | None = None
    key_scope: Literal["", "global", "owner", "operation"] = ""
    retries: tuple[str, ...] = ("40001", "40P01")
    isolation: tuple[Level, ...] = ()
    held_between: tuple[Level, ...] = ()
    freeze_stops: Literal["all", "outgoing"] = "all"
    unit: str = "1"
    instances: int = 2
    refused: tuple[str, ...] = ()
    drawn: int = 8
    load_calls: int = 160
    load_groups: int = 1
    load_clients: int = 4
    load_wallets: int = 4

    @property
    def declared(self) -> bool:
        """Whether settings speak of a wallet at all."""
        return bool(self.adapter) or any(getattr(self, name) for name in TEMPLATES)

    def takes(self, operation: str, placeholder: str) -> bool:
        """Tell whether the template of an operation has a placeholder."""
        return placeholder in PLACEHOLDER.findall(getattr(self, operation))


def fault(wallet: Wallet) -> tuple[str, str] | None:
    """Return the key of what cannot be used, and why; None where all can."""
    if not wallet.declared:
        return None
    if bool(wallet.ledger) != bool(wallet.entries):
        return "ledger", "`ledger` names the table and `entries` reads it: give both, or neither"
    return (
        _number(wallet)
        or _missing(wallet)
        or next(filter(None, (_placeholders(wallet, name) for name in TEMPLATES)), None)
    )


def _number(wallet: Wallet) -> tuple[str, str] | None:
    if wallet.instances < 1:
        return "instances", f"expected 1 or more, found {wallet.instances}"
    if not 1 <= wallet.load_groups <= MOST_GROUPS:
        return "load_groups", f"expected 1 to {MOST_GROUPS}, found {wallet.load_groups}"
    if wallet.adapter and wallet.load_groups > 1:
        return "load_groups", "a service is spread by `instances`: groups are of templates"
    if not re.fullmatch(r"0*[1-9][0-9]*(\.[0-9]+)?|0+\.0*[1-9][0-9]*", wallet.unit):
        return "unit", f"expected a positive amount as text, as '100', found {wallet.unit!r}"
    return None


def _missing(wallet: Wallet) -> tuple[str, str] | None:
    if wallet.adapter:
        fits = re.fullmatch(r"[\w.]+:[\w.]+", wallet.adapter)
        return None if fits else ("adapter", f"expected 'module:factory', found {wallet.adapter!r}")
    absent = next((name for name in REQUIRED if not getattr(wallet, name)), None)
    return (absent, f"required as soon as [wallet] is given; the least is\n{LINES}") if absent else None


def _placeholders(wallet: Wallet, name: str) -> tuple[str, str] | None:
    template, accepted = getattr(wallet, name), TEMPLATES[name]
    found = PLACEHOLDER.findall(template)
    unknown = [placeholder for placeholder in found if placeholder not in accepted]
    missing = [placeholder for placeholder in NEEDED.get(name, ()) if placeholder not in found]
    shown = ", ".join(f"%({placeholder})s" for placeholder in accepted) or "none"
    if unknown:
        return name, f"unknown placeholder %({unknown[0]})s; accepted here: {shown}"
    if template and missing:
        return name, f"placeholder %({missing[0]})s is missing; accepted here: {shown}"
    return None
