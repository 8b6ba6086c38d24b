"""What the project says about itself: found, parsed and validated once, at the start of a run.

Settings stand under ``[tool.pytest-readiness]`` in ``pyproject.toml``, or under the same keys at
the top of ``readiness.toml``. Every one is optional.
"""

from pytest_readiness.settings.find import load
from pytest_readiness.settings.model import (
    AS_LOGIN,
    KAFKA,
    POSTGRES,
    REDIS,
    Audit,
    AuditSession,
    Gate,
    GivenServer,
    Health,
    Http,
    Isolation,
    Limit,
    NotApplicable,
    Service,
    Session,
    Settings,
    SettingsError,
    Tenancy,
    Waiver,
    Webhook,
)
from pytest_readiness.settings.wallet import Wallet

__all__ = [
    "AS_LOGIN",
    "KAFKA",
    "POSTGRES",
    "REDIS",
    "Audit",
    "AuditSession",
    "Gate",
    "GivenServer",
    "Health",
    "Http",
    "Isolation",
    "Limit",
    "NotApplicable",
    "Service",
    "Session",
    "Settings",
    "SettingsError",
    "Tenancy",
    "Waiver",
    "Wallet",
    "Webhook",
    "load",
]
