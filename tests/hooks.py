"""The reference's webhooks under attack."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace

import readiness_reference
from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.evidence.webhooks import WebhookEvidence
from pytest_readiness.gather.webhooks.deliveries import attacked
from pytest_readiness.run.evaluate import load as load_check
from pytest_readiness.settings import Service, Settings, Webhook, load
from pytest_readiness.target.build import build, project_files
from pytest_readiness.target.target import Target

MUTANTS = sorted(readiness_reference.MUTANTS.glob("WHK*.py"))
KILLS = re.compile(r"^# kills: (\w+)$", re.MULTILINE)
CHECKS = {d.spec.id: load_check(d) for d in read_catalogue(Settings()).checks if d.area == "webhooks"}
GROUPS = {
    "WHK001": ("genuine",),
    "WHK002": ("unsigned", "altered"),
    "WHK003": ("stale", "replayed", "again"),
    "WHK004": ("malformed", "huge", "endless", "order"),
    "WHK005": ("setback",),
    "WHK006": ("again",),
}
AFTERWARDS = ("genuine", "restart")
"""What is asked of a service that has lost its previous secret."""
HOOK = Webhook(
    name="payments",
    service="api",
    path="/webhooks/payments",
    scheme="standard-webhooks",
    payload='{"owner": "a0000000-0000-4000-8000-000000000001", "currency": "RWF", "amount": "12.50"}',
    effect="select sum(balance) from public.wallet_accounts",
    largest=1024 * 1024,
)
_DEPOSIT = '"owner": "a0000000-0000-4000-8000-000000000001", "currency": "RWF", "amount": "12.50"'
HOOKS = {
    "stripe": replace(
        HOOK,
        path="/webhooks/stripe",
        scheme="stripe",
        payload=f'{{"id": "{{id}}", "type": "charge.succeeded", "data": {{"object": {{{_DEPOSIT}}}}}}}',
    ),
    "whatsapp": replace(
        HOOK,
        path="/webhooks/whatsapp",
        scheme="meta",
        payload='{"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"value": '
        f'{{"payments": [{{"id": "{{id}}", {_DEPOSIT}}}]}}}}]}}]}}',
    ),
}


def hook_of(app):
    """Return what is declared of a service, or of a mutant, by its name."""
    names = {"stripe": "stripe", "whatsapp": "whatsapp", "meta": "whatsapp"}
    return next((HOOKS[scheme] for word, scheme in names.items() if word in app), HOOK)


def service(app, instances):
    return Service(
        "api",
        app=app,
        env={
            "DATABASE_URL": "{database_url}",
            "WEBHOOK_SECRET": "{secret.payments}",
            "WEBHOOK_SECRET_PREVIOUS": "{secret.payments.previous}",
            "VERIFY_TOKEN": "{secret.payments.verify}",
        },
        instances=instances,
    )


@contextmanager
def attacks(server, folder, name):
    """Yield a function that attacks a webhook of the reference, and returns the findings of each check."""
    settings = load(readiness_reference.ROOT, readiness_reference.ROOT)
    built = build(settings, project_files(settings), server, name)
    with Target(settings, built, folder, seed=0) as target:
        yield lambda app, groups=(), instances=1: under_attack(
            target, service(app, instances), hook_of(app), groups
        )


def under_attack(target, served, hook, groups=()):
    """Attack one webhook of a target, and return the findings of each check."""
    target.settings = replace(target.settings, services=(served,), webhooks=(hook,))
    evidence = WebhookEvidence((attacked(target, hook, groups),))
    return {name: list(check(evidence)) for name, check in CHECKS.items()}


def groups_of(mutant):
    """Return the attacks in which a mutant shows."""
    groups = GROUPS[KILLS.search(mutant.read_text()).group(1)]
    return (*groups, *AFTERWARDS) if "previous" in mutant.stem else groups
