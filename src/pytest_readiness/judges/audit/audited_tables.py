"""Which tables belong in an audit log, by declaration, by what is in it already, and by money."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.audit.audit_log import NAMED
from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.judges.audit.audit_log import Trail
    from pytest_readiness.settings import Audit

_MONEY_NAME = re.compile(
    r"(^|_)(amount|balance|total|tokens|credits|cents|paid|debit|credit|payout|commission|fee|proceeds)(_|$)"
)
_MONEY_TYPE = re.compile(r"^(numeric|money|bigint|integer|double precision|real)")
_EXACT_TYPE = re.compile(r"^(numeric|money)")
_MONEY_TABLE = re.compile(
    r"(^|_)(wallets?|payments?|refunds?|invoices?|transactions?|transfers?|ledgers?|payouts?|deposits?"
    r"|withdrawals?|cashouts?|charges?|subscriptions?|purchases?|balances?|accounts?|disbursements?|donations?"
    r"|postings?|chargebacks?|settlements?|entries|vouchers?|loans?|commissions?|escrows?|remittances?)$"
)
_MOVED = re.compile(
    r"(^|_)(wallet|payment|payout|refund|transfer|deposit|withdrawal|disbursement|settlement|chargeback|escrow"
    r"|ledger|remittance)s?_"
)
"""What is moved in a table that is called after more than that: a batch of payouts."""
_NO_MONEY = re.compile(
    r"(^|_)(rate|limits?|carts?|quotes?|estimates?|drafts?|cache|reports?|summar(y|ies)|snapshots?|stats"
    r"|metrics?|budgets?|plans?|prices?|rates?|goals?|templates?|products?|settings|configs?|idempotency|queue"
    r"|outbox|staging|tmp|temp|test)(_|$)|(^|_)(offers?|bids?)$"
)
_NOT_MOVED = re.compile(
    r"(^|_)(methods?|types?|kinds?|categor(y|ies)|attempts?|intents?|requests?|links?|reminders?|alerts?"
    r"|notifications?|forecasts?|exports?|imports?|rules?|providers?|reviews?|features?|scores?|predictions?"
    r"|tariffs?|thresholds?|webhooks?|schedules?|addresses)(_|$)"
)
"""What is about money that moves, and none of it."""
_MEASURE = re.compile(
    r"(^|_)(rates?|ratios?|percent(age)?|pct|scores?|ratings?|ranks?|weights?|factors?|multipliers?|prices?"
    r"|lat|lng|lon|latitude|longitude|altitude|quantit(y|ies)|qty|counts?|hours?|minutes?|seconds?|days?|duration"
    r"|version|height|width|length|size|depth|area|volume|distance|temperature|confidence|probability|priority"
    r"|position|index|sequence|progress|usage|limits?|threshold|risk|speed|level|points?|number|no|age|year"
    r"|month|id)(_|$)"
)
"""Numbers that count or measure something else."""


def expected_tables(
    catalog: CatalogEvidence, found: Trail, settings: Audit, owned: Collection[str]
) -> dict[str, str]:
    """Return the tables that belong in a log, with the reason for each.

    Without a declaration these are the tables whose triggers write to it, and, where one of them holds
    money, all others that do: in a system that keeps a trail of money, one that is not in it is a gap.
    """
    tables = [
        relation
        for relation in catalog.relations
        if relation.kind in TABLE_KINDS
        and relation.name not in found.relations
        and not _is_partition(catalog, relation)
    ]
    if settings.tables:
        return {
            relation.name: "declared"
            for relation in tables
            if any(fnmatchcase(f"{relation.schema}.{relation.table}", name) for name in settings.tables)
        }
    trailed = {name: relation for name in found.recorded if (relation := catalog.relation(name))}
    financial = {name for name, relation in trailed.items() if _money(relation)}
    reasons = ((relation, _expected(relation, found, owned, financial)) for relation in tables)
    return {relation.name: reason for relation, reason in reasons if reason}


def missing(catalog: CatalogEvidence, found: Trail, settings: Audit) -> tuple[tuple[str, str], ...]:
    """Return what settings name and is not there, each with the reason: the log, or audited tables."""
    names = [f"{one.schema}.{one.table}" for one in catalog.relations if one.kind in TABLE_KINDS]
    wanted = [(settings.log, "the audit log")] if settings.log else []
    wanted += [(pattern, "audited") for pattern in settings.tables]
    gone = [
        (name, f"it is declared as {what}, and after all migrations there is no such table")
        for name, what in wanted
        if not any(fnmatchcase(one, name) for one in names)
    ]
    if found.logs or settings.log:
        return tuple(gone)
    return tuple(gone) + tuple(
        (pattern, "it is declared as audited, and no table is seen to be an audit log")
        for pattern in settings.tables
        if pattern not in dict(gone)
    )


def _expected(relation: Relation, found: Trail, owned: Collection[str], financial: Collection[str]) -> str:
    if log := found.recorded.get(relation.name):
        return f"its trigger writes to {log.name}"
    if view := found.through.get(relation.name):
        return f"its view {view} writes to {found.recorded[view].name}"
    if relation.parent in found.recorded:
        return f"it inherits from {relation.parent}, and triggers are not inherited"
    reason = "" if relation.parent else _reason(relation, owned, financial)
    if financial or not reason:
        return reason
    targets = (key.target for key in relation.foreign_keys if key.on_delete)
    whole = next((target for target in targets if target in found.recorded), "")
    return f"{reason}, and follows {whole} when that is deleted" if whole else ""


def _reason(relation: Relation, owned: Collection[str], financial: Collection[str]) -> str:
    name, column = _spelt(relation.table), _money(relation)
    if _NO_MONEY.search(name) or NAMED.search(name):
        return ""
    if column and relation.name in owned:
        return f"it holds somebody's money ({column.name})"
    exact = column and _EXACT_TYPE.match(column.type) and _MOVED.search(name) and not _NOT_MOVED.search(name)
    if column and (exact or _MONEY_TABLE.search(name)):
        return f"it is named like money and holds it ({column.name})"
    whole = next((key.target for key in relation.foreign_keys if key.target in financial), "")
    part = next((c for c in relation.columns if _is_sum(relation, c)), None)
    if whole and part and not _NOT_MOVED.search(name):
        return f"it belongs to {whole}, which is audited, and holds money of it ({part.name})"
    return ""


def _is_sum(relation: Relation, column: Column) -> bool:
    """Whether a column holds an exact number that neither measures anything nor names a row."""
    keys = {name for key in relation.foreign_keys for name in key.columns} | {*relation.primary_key}
    name = _spelt(column.name)
    return bool(_EXACT_TYPE.match(column.type)) and column.name not in keys and not _MEASURE.search(name)


def _is_partition(catalog: CatalogEvidence, relation: Relation) -> bool:
    parent = catalog.relation(relation.parent) if relation.parent else None
    return bool(parent and parent.kind == "partitioned table")


def _money(relation: Relation) -> Column | None:
    named = (column for column in relation.columns if _MONEY_NAME.search(_spelt(column.name)))
    return next((column for column in named if _MONEY_TYPE.match(column.type)), None)


def _spelt(name: str) -> str:
    return underscored(name).lower()
